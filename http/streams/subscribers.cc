#include "http/streams/subscribers.h"

#include <algorithm>
#include <utility>

namespace freshet::http {

using std::chrono::steady_clock;

Subscribers::Subscription::Subscription(Subscribers& subscribers, Who who)
    : subscribers_(subscribers), who_(std::move(who)) {
    const std::lock_guard lock(subscribers_.mutex_);
    id_ = ++subscribers_.ids_;
    subscribers_.subscriptions_.emplace(id_, this);
}

Subscribers::Subscription::~Subscription() {
    const std::lock_guard lock(subscribers_.mutex_);
    subscribers_.subscriptions_.erase(id_);
}

Subscribers::Summary Subscribers::summary() const {
    const std::lock_guard lock(mutex_);
    Summary summary{.count = subscriptions_.size(), .slowest = std::nullopt};
    for (const auto& [id, subscription] : subscriptions_) {
        const storage::Position position{subscription->position_};
        summary.slowest = std::min(summary.slowest.value_or(position), position);
    }
    return summary;
}

std::vector<Subscribers::Listed> Subscribers::list(
    std::uint64_t after, std::size_t limit, const std::optional<std::string>& subject) const {
    std::vector<Listed> list;
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    for (auto at = subscriptions_.upper_bound(after);
         at != subscriptions_.end() && list.size() < limit; ++at) {
        const Subscription& one = *at->second;
        if (subject && one.who_.subject != *subject) continue;
        list.push_back({.id = one.id_,
                        .who = one.who_,
                        .position = storage::Position{one.position_},
                        .held_bytes = one.held_bytes_,
                        .age = std::chrono::floor<std::chrono::seconds>(now - one.since_)});
    }
    return list;
}

std::size_t Subscribers::cut(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) return 0;
    found->second->is_cut_ = true;
    return 1;
}

std::size_t Subscribers::cut_all_of(std::string_view subject) {
    std::size_t count = 0;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, subscription] : subscriptions_) {
        if (subscription->who_.subject != subject) continue;
        subscription->is_cut_ = true;
        ++count;
    }
    return count;
}

}  // namespace freshet::http
