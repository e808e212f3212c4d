#include "http/streams/subscribers.h"

#include <algorithm>

namespace freshet::http {

Subscribers::Subscription::Subscription(Subscribers& subscribers) : subscribers_(subscribers) {
    const std::lock_guard lock(subscribers_.mutex_);
    subscribers_.subscriptions_.insert(this);
}

Subscribers::Subscription::~Subscription() {
    const std::lock_guard lock(subscribers_.mutex_);
    subscribers_.subscriptions_.erase(this);
}

Subscribers::Summary Subscribers::summary() const {
    const std::lock_guard lock(mutex_);
    Summary summary{.count = subscriptions_.size(), .slowest = std::nullopt};
    for (const Subscription* subscription : subscriptions_) {
        const storage::Position position{subscription->position_};
        summary.slowest = std::min(summary.slowest.value_or(position), position);
    }
    return summary;
}

}  // namespace freshet::http
