#include "storage/side_state.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "storage/invariant.h"

namespace freshet::storage {

SideState::SideState(std::string path, std::unique_ptr<StateStore> state)
    : path_(std::move(path)), state_(std::move(state)) {}

SideState::~SideState() {
    const std::weak_ptr<internal::Rocks> opened = state_->opened_;
    state_.reset();
    invariant(opened.expired(), "nothing reads a side state once it is gone");
    if (path_.empty()) return;
    std::error_code left_over;  // what stays, the folder removes when it is opened next
    std::filesystem::remove_all(path_, left_over);
}

}  // namespace freshet::storage
