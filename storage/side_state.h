// A state beside a data folder's own: folded anew from the log, a copy to look into, or a shelf for
// what is to be compared with it. What stands
// in it is gone with the object, unless the folder has taken it in place of its own
// (DataFolder::swap_in). What a crash leaves of it the folder removes when it is opened next.
//
// Invariants
//   - Snapshots and batches of its state are gone before it.
//   - Only the folder that made it takes it in, and only while its own state is not open.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>

#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::storage {

class SideState {
public:
    // Snapshots and batches of its state must be gone by then.
    ~SideState();
    SideState(const SideState&) = delete;
    SideState& operator=(const SideState&) = delete;

    [[nodiscard]] StateStore& state() { return *state_; }

private:
    friend class DataFolder;
    SideState(std::string path, std::unique_ptr<StateStore> state);

    std::string path_;  // empty once it is no longer ours to delete
    std::unique_ptr<StateStore> state_;
};

}  // namespace freshet::storage
