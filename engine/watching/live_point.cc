#include "engine/watching/live_point.h"

namespace freshet::engine {

LivePoint::Pass& LivePoint::Pass::operator=(Pass&& other) noexcept {
    if (this != &other) {
        end();
        point_ = std::exchange(other.point_, nullptr);
    }
    return *this;
}

void LivePoint::Pass::end() {
    if (LivePoint* point = std::exchange(point_, nullptr)) point->end_pass();
}

LivePoint::Pass LivePoint::begin_pass() {
    std::shared_ptr<const ReadPoint> old;  // let go of without the lock
    const MutexLock lock(mutex_);
    ++passes_;
    old = std::exchange(kept_, nullptr);
    return Pass(*this);
}

void LivePoint::end_pass() {
    std::shared_ptr<const ReadPoint> old;
    const MutexLock lock(mutex_);
    if (--passes_ == 0) old = std::exchange(kept_, nullptr);
}

LivePoint::Answer LivePoint::current() {
    const MutexLock lock(mutex_);
    if (kept_) return kept_;
    return renew();
}

LivePoint::Answer LivePoint::renewed() {
    std::shared_ptr<const ReadPoint> old;
    const MutexLock lock(mutex_);
    old = kept_;
    return renew();
}

LivePoint::Answer LivePoint::later_than(storage::Position position) {
    std::shared_ptr<const ReadPoint> old;
    const MutexLock lock(mutex_);
    if (kept_ && kept_->position() > position) return kept_;
    old = kept_;
    return renew();
}

LivePoint::Answer LivePoint::renew() {
    auto newest = newest_();
    if (newest && passes_ > 0) kept_ = *newest;
    return newest;
}

}  // namespace freshet::engine
