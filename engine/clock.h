// Time, as an argument: so that a test can say what time it is.
#pragma once

#include <chrono>

namespace freshet::engine {

class Clock {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0;
    // The time of day, as the log keeps it.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now() const {
        return std::chrono::system_clock::now();
    }
};

// The machine's clocks.
class SystemClock : public Clock {
public:
    [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace freshet::engine
