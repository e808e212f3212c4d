// The part of a group's path that is of what functions note of themselves, and others of them.
#include "engine/folding/function_facts.h"
#include "engine/sequencing/group_writer.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::Notice;
using storage::NoticeKind;

// Whether the notice would leave everything as it is.
Result<bool> changes_nothing(const Notice& notice, storage::StateBatch& state) {
    const storage::FunctionNote& note = *notice.function;
    switch (notice.kind) {
        case NoticeKind::place: {
            if (note.is_reset) return false;
            const auto is_newest = is_in_force(notice, state);
            if (!is_newest) return fail(is_newest.error());
            const auto place = find_place(notice.name, state);
            if (!place) return fail(place.error());
            return !*is_newest || (*place && (*place)->record == note.record);
        }
        case NoticeKind::parked: {
            const auto is_newest = is_in_force(notice, state);
            if (!is_newest) return fail(is_newest.error());
            return !*is_newest;
        }
        case NoticeKind::released: {
            const auto parked = find_parked(notice.name, note.record, state);
            if (!parked) return fail(parked.error());
            return !parked->has_value();
        }
        case NoticeKind::paused: {
            const auto paused = is_paused(notice.name, state);
            if (!paused) return fail(paused.error());
            return *paused == note.is_paused;
        }
        default:
            invariant(false, "the notice is of a function");
    }
    return false;
}

}  // namespace

// What was under way while somebody put the function to another place counts no more.
Result<void> GroupWriter::note_function(const Notice& notice, Group& group, Receipt& receipt) {
    const auto is_idle = changes_nothing(notice, group.state);
    if (!is_idle) return fail(is_idle.error());
    if (*is_idle) return {};
    return append_notice(notice, group, receipt);
}

}  // namespace freshet::engine
