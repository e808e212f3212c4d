// Walks through two states at once, in the order of keys.
#pragma once

#include <optional>
#include <string_view>

#include "storage/result.h"
#include "storage/state_cursor.h"

namespace freshet::engine {

// Calls `visit(key, left, right)` for every key of either: what stands there, or nothing.
// Fails as `visit` does; with damaged_state or io.
template <class Visit>
Result<void> side_by_side(storage::StateCursor& left, storage::StateCursor& right, Visit visit) {
    using Value = std::optional<std::string_view>;
    while (left.valid() || right.valid()) {
        const bool is_left = left.valid() && (!right.valid() || left.key() <= right.key());
        const bool is_right = right.valid() && (!left.valid() || right.key() <= left.key());
        Result<void> visited =
            visit(is_left ? left.key() : right.key(), is_left ? Value(left.value()) : std::nullopt,
                  is_right ? Value(right.value()) : std::nullopt);
        if (!visited) return visited;
        if (is_left) left.next();
        if (is_right) right.next();
    }
    const auto read = left.status();
    return read ? right.status() : read;
}

}  // namespace freshet::engine
