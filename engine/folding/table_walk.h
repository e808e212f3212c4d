// Builds new lists and totals of a table, by walking its items in the order of their keys.
//
// A walk goes on in small slices between the groups of the sequencer. Items up to its cursor are
// in the new rows, and changes of them are folded into these like into any; later items wait for
// the walk. The rows of a slice and its cursor are written together, so that a walk that was cut
// short goes on where it was.
//
// Invariants
//   - A walk is of one table and has rows to build.
//   - The cursor only moves on, and what is folded follows it.
//   - A slice reads the commit that its batch is begun over: no change falls between the two.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/clock.h"
#include "engine/folding/rows.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// Where a slice ends: writers wait for it.
inline constexpr std::size_t slice_items_default = 256;
inline constexpr std::chrono::milliseconds slice_time_max{1};

class TableWalk {
public:
    // Goes on behind the item of that key; from the first if `cursor` is empty.
    TableWalk(TableRows rows, std::string cursor);

    [[nodiscard]] const TableRows& rows() const { return rows_; }
    [[nodiscard]] const std::string& cursor() const { return cursor_; }
    // Whether the walk has come past the item: whether its changes are to be folded.
    [[nodiscard]] bool has_passed(std::string_view key) const { return key <= cursor_; }

    // Folds the next items, at most so many, into the rows and moves the cursor behind them.
    // Returns whether there are more. `items` must be the state that `state` is begun over.
    // Fails with damaged_state or io.
    Result<bool> next_slice(std::size_t items_max, const storage::StateSnapshot& items,
                            storage::StateBatch& state, const Clock& clock);

private:
    TableRows rows_;
    std::string cursor_;
};

}  // namespace freshet::engine
