#include "storage/state_run.h"

#include <utility>

namespace freshet::storage {

StateRun::StateRun(std::shared_ptr<const StateRun> before, std::shared_ptr<const StateRun> after)
    : commits_(before->commits() + after->commits()),
      size_(before->size_ + after->size_),
      before_(std::move(before)),
      after_(std::move(after)) {}

const std::vector<StateRun::Entry>& StateRun::in_order() const {
    std::call_once(ordered_, [this] {
        if (commit_ != nullptr) {
            in_order_ = commit_->in_order();
        } else {
            merge();
        }
        is_ordered_ = true;
    });
    return in_order_;
}

void StateRun::merge() const {
    const std::vector<Entry>& before = before_->in_order();
    const std::vector<Entry>& after = after_->in_order();
    in_order_.reserve(before.size() + after.size());
    auto earlier = before.begin();
    for (const Entry& entry : after) {
        while (earlier != before.end() && earlier->key < entry.key) in_order_.push_back(*earlier++);
        const bool is_in_both = earlier != before.end() && earlier->key == entry.key;
        const bool was_absent = is_in_both ? (earlier++)->was_absent : entry.was_absent;
        if (!entry.value && was_absent) continue;  // it came and went
        in_order_.push_back({.key = entry.key, .value = entry.value, .was_absent = was_absent});
    }
    in_order_.insert(in_order_.end(), earlier, before.end());
    before_ = nullptr;
    after_ = nullptr;
}

}  // namespace freshet::storage
