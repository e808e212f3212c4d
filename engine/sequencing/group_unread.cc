// The part of a group's path that is of records that were sent and could not be understood.
#include "engine/folding/projector.h"
#include "engine/folding/unread_facts.h"
#include "engine/sequencing/group_writer.h"

namespace freshet::engine {

Result<GroupWriter::Kept> GroupWriter::keep(const storage::Notice& unread, Group& group) {
    const auto known = find_unread(hash_of_unread(unread.unread->text), group.state);
    if (!known) return fail(known.error());
    group.tally.add("", *known ? Fate::duplicate : Fate::parked);
    if (*known) return Kept{.position = **known, .is_new = false};
    const storage::Record& record = group.log.add(unread);
    const auto folded = Projector(catalog_).apply(record, keeper_.contents(), group.state);
    if (!folded) return fail(folded.error());
    return Kept{.position = record.position(), .is_new = true};
}

Result<void> GroupWriter::discard(const storage::Notice& notice, Group& group, Receipt& receipt) {
    const auto kept = find_unread(notice.unread->record, group.state);
    if (!kept) return fail(kept.error());
    if (!*kept) return {};  // somebody else has
    return append_notice(notice, group, receipt);
}

}  // namespace freshet::engine
