// How functions are doing: for /functions, /status and the metrics.
//
// Threads: values.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "storage/position.h"
#include "storage/time.h"

namespace freshet::engine {

// What the one who feeds it knows.
struct FeedStatus {
    storage::Position place;                    // up to where everything is done with
    std::optional<storage::AppendTime> oldest;  // when what is not was appended, of the oldest
    std::size_t waiting = 0;                    // records that are read and not done with
    std::size_t under_way = 0;                  // calls
    std::size_t parked = 0;                     // with those that are held
    std::size_t held = 0;
    std::string error;           // of the last call that failed; empty once one succeeded
    std::uint32_t failures = 0;  // in a row, of the lane that has most
    std::string stopped;         // why nothing is handed over any more; empty: it is

    // Since the server was started.
    std::uint64_t calls = 0;
    std::uint64_t failed_calls = 0;
    std::uint64_t throttled_calls = 0;  // of these, those that did not reach the function
    std::uint64_t taken = 0;            // records
    std::uint64_t left_out = 0;         // by the filter, and what is no change that anybody made
    std::uint64_t parked_ever = 0;
};

enum class FunctionState : std::uint8_t {
    starting,  // the log is not folded yet, or its place is not known
    running,
    failing,  // what it was called with last has failed, and is tried again
    stopped,  // by itself: FeedStatus::stopped
    paused,   // by somebody
    disabled  // by the configuration
};

// How long calls took, those included that failed: counts by upper bounds in seconds, as metrics
// have them.
struct CallDurations {
    static constexpr std::array<double, 10> bounds = {0.001, 0.005, 0.01, 0.05, 0.1,
                                                      0.5,   1.0,   5.0,  30.0, 900.0};
    std::array<std::uint64_t, bounds.size()> counts{};  // each in the first that has room for it
    std::uint64_t count = 0;
    double sum = 0;

    void add(double seconds);
};

struct FunctionStatus {
    std::string name;
    std::string table;
    FunctionState state = FunctionState::starting;
    FeedStatus feed;
    CallDurations durations;
    std::uint64_t behind = 0;     // positions of the log that it has not come to
    std::chrono::seconds age{0};  // of the oldest record that was read and is not done with
};

}  // namespace freshet::engine
