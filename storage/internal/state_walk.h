// A walk over the entries of a range of a snapshot, in either order: those of the database, and
// over them what was committed since (storage/state_window.h).
//
// Invariants
//   - It shows what stands in the snapshot that it is of: that, and nothing else.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "storage/internal/row_walk.h"
#include "storage/internal/window_walk.h"
#include "storage/internal/written_state.h"

namespace freshet::storage::internal {

class StateWalk {
public:
    // Stands at the first entry, or where the order is falling at the last. Borrows the written
    // state, and the stretches without rows, which are null for a walk over what else there is.
    StateWalk(const WrittenState& written, std::shared_ptr<const StateWindow::Seen> seen,
              EntryRange range, RowOrder order, EmptyStretches* stretches);

    // False behind the last, and if reading failed: status() tells which.
    [[nodiscard]] bool valid() const { return at_ != At::end; }
    [[nodiscard]] std::string_view entry() const;
    [[nodiscard]] std::string_view value() const;
    void next();
    [[nodiscard]] rocksdb::Status status() const { return written_.status(); }

private:
    enum class At : std::uint8_t { end, written, window };

    void settle();

    const RowOrder order_;
    WindowWalk window_;  // made before the range moves on
    RowWalk written_;
    bool is_in_both_ = false;  // what the window's walk is at
    At at_ = At::end;
};

}  // namespace freshet::storage::internal
