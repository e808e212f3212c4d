#include "engine/folding/table_walk.h"

#include <optional>
#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {

TableWalk::TableWalk(TableRows rows, std::string cursor)
    : rows_(std::move(rows)), cursor_(std::move(cursor)) {
    invariant(rows_.table != nullptr && !rows_.empty(), "a walk builds rows of a table");
}

Result<bool> TableWalk::next_slice(std::size_t items_max, const storage::StateSnapshot& items,
                                   storage::StateBatch& state, const Clock& clock) {
    invariant(items_max > 0, "a slice makes progress");
    invariant(state.is_over(items), "a slice reads what its batch is begun over");
    const Clock::TimePoint end = clock.now() + slice_time_max;
    std::string last = cursor_;
    std::size_t count = 0;
    bool more = false;
    const auto walked = items.items(
        rows_.table->name, cursor_,
        [&](std::string_view key, const storage::Item& item) -> Result<bool> {
            if (count == items_max || (count > 0 && clock.now() >= end)) {
                more = true;
                return false;
            }
            if (key.empty()) {
                return fail(Errc::damaged_state,
                            "an item of table " + rows_.table->name + " has no key");
            }
            const auto folded = fold_rows(rows_, key, std::nullopt, item.parts(), state);
            if (!folded) return fail(folded.error());
            last = key;
            ++count;
            return true;
        });
    if (!walked) return fail(walked.error());
    cursor_ = std::move(last);
    return more;
}

}  // namespace freshet::engine
