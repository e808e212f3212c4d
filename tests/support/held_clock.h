// A clock that a test sets: it stands still until it is told to go on. The time of day is the
// machine's, until the test says it.
#pragma once

#include <chrono>
#include <optional>

#include "engine/clock.h"

namespace freshet::support {

class HeldClock : public engine::Clock {
public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const override {
        return wall_.value_or(std::chrono::system_clock::now());
    }
    void set_wall(std::chrono::system_clock::time_point wall) { wall_ = wall; }
    void advance(std::chrono::milliseconds by) { now_ += by; }

private:
    TimePoint now_{};
    std::optional<std::chrono::system_clock::time_point> wall_;
};

}  // namespace freshet::support
