#include "engine/folding/table_walk.h"

#include <optional>

namespace freshet::engine {

Result<bool> TableWalk::next_slice(std::size_t items_max, const storage::StateSnapshot& items,
                                   storage::StateBatch& state, const Clock& clock) {
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
            const auto folded = fold_rows(rows_, key, std::nullopt, item.parts().image, state);
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
