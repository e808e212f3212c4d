// The part of a group's path that is of what functions note of themselves, and others of them.
#include "engine/folding/function_facts.h"
#include "engine/sequencing/group_writer.h"

namespace freshet::engine {
namespace {

using storage::Notice;
using storage::NoticeKind;

// Whether the notice would leave everything as it is.
Result<bool> changes_nothing(const Notice& notice, storage::StateBatch& state) {
    if (notice.kind == NoticeKind::paused) {
        const auto paused = is_paused(notice.name, state);
        if (!paused) return fail(paused.error());
        return *paused == notice.function->is_paused;
    }
    if (notice.kind != NoticeKind::place || notice.function->is_reset) return false;
    const auto place = find_place(notice.name, state);
    if (!place) return fail(place.error());
    return *place && (*place)->record == notice.function->record;
}

}  // namespace

// What was under way while somebody put the function to another place, or saw to what is parked,
// counts no more.
Result<void> GroupWriter::note_function(const Notice& notice, Group& group, Receipt& receipt) {
    const auto is_current = is_in_force(notice, group.state);
    if (!is_current) return fail(is_current.error());
    const auto is_idle = changes_nothing(notice, group.state);
    if (!is_idle) return fail(is_idle.error());
    if (!*is_current || *is_idle) return {};
    return append_notice(notice, group, receipt);
}

}  // namespace freshet::engine
