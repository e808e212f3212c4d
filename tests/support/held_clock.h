// A clock that a test sets: it stands still until it is told to go on.
#pragma once

#include <chrono>

#include "engine/clock.h"

namespace freshet::support {

class HeldClock : public engine::Clock {
public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    void advance(std::chrono::milliseconds by) { now_ += by; }

private:
    TimePoint now_{};
};

}  // namespace freshet::support
