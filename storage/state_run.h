// What some commits, one after the other, have left of their entries, in the order of keys: for
// those who read the state in its order before the database has it (storage/state_window.h).
//
// It is put in order for the first who asks, so it costs nothing where nobody reads. Two runs
// become one by merging them. A row that came and went within a run is not in it.
//
// Invariants
//   - Keys rise, and none comes twice.
//   - It never changes.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/state_notes.h"

namespace freshet::storage {

class StateRun {
public:
    using Entry = StateNotes::Entry;

    // Borrows the commits, of which the entries are.
    explicit StateRun(const StateNotes& commit)
        : commit_(&commit), commits_(1), size_(commit.size()) {}
    StateRun(std::shared_ptr<const StateRun> before, std::shared_ptr<const StateRun> after);

    [[nodiscard]] const std::vector<Entry>& in_order() const;
    // Of how many commits it is.
    [[nodiscard]] std::size_t commits() const { return commits_; }
    // About how many entries are still to be put in order.
    [[nodiscard]] std::size_t unordered() const { return is_ordered_ ? 0 : size_; }

private:
    void merge() const;

    const StateNotes* const commit_ = nullptr;
    const std::size_t commits_;
    const std::size_t size_;  // of all of them
    mutable std::once_flag ordered_;
    mutable std::atomic<bool> is_ordered_ = false;
    // Until it is in order.
    mutable std::shared_ptr<const StateRun> before_;
    mutable std::shared_ptr<const StateRun> after_;
    mutable std::vector<Entry> in_order_;
};

}  // namespace freshet::storage
