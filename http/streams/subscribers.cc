#include "http/streams/subscribers.h"

#include <algorithm>

namespace freshet::http {

Subscribers::Seat::Seat(Subscribers& subscribers) : subscribers_(subscribers) {
    const std::lock_guard lock(subscribers_.mutex_);
    subscribers_.seats_.insert(this);
}

Subscribers::Seat::~Seat() {
    const std::lock_guard lock(subscribers_.mutex_);
    subscribers_.seats_.erase(this);
}

Subscribers::Summary Subscribers::summary() const {
    const std::lock_guard lock(mutex_);
    Summary summary{.count = seats_.size(), .slowest = std::nullopt};
    for (const Seat* seat : seats_) {
        const storage::Position position{seat->position_};
        summary.slowest = std::min(summary.slowest.value_or(position), position);
    }
    return summary;
}

}  // namespace freshet::http
