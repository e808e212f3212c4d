// A walk over what commits have left of the entries of a range, in either order: of each entry what
// the newest of them left, those that were erased included (storage/state_window.h).
//
// It has one place in each run, and moves the one that comes first.
//
// Invariants
//   - Keys rise, or where the order is falling they fall, and none comes twice.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/state_notes.h"
#include "storage/state_store.h"
#include "storage/state_window.h"

namespace freshet::storage::internal {

class WindowWalk {
public:
    // From `begin` on and below `end`; without an end if that is empty.
    WindowWalk(std::shared_ptr<const StateWindow::Seen> seen, std::string_view begin,
               std::string_view end, RowOrder order);

    // False behind the last.
    [[nodiscard]] bool valid() const { return !places_.empty(); }
    [[nodiscard]] const StateNotes::Entry& entry() const { return *places_.front().at; }
    void next();

private:
    // In one run: what comes next, and where that ends, which lies behind it in the walk's
    // order.
    struct Place {
        const StateNotes::Entry* at;
        const StateNotes::Entry* end;
        std::size_t age;  // the run's number: the newest has the greatest
    };

    [[nodiscard]] bool is_after(const Place& one, const Place& other) const;
    void move_first();

    const std::shared_ptr<const StateWindow::Seen> seen_;
    const RowOrder order_;
    std::vector<Place> places_;  // a heap: the first is what the walk is at
};

}  // namespace freshet::storage::internal
