// Time, as an argument: so that a test can say what time it is.
#pragma once

#include <chrono>

namespace freshet::engine {

class Clock {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0;
};

// The machine's monotonic clock.
class SystemClock : public Clock {
public:
    [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace freshet::engine
