// Keys for items whose client has none: UUIDs of version 7 (RFC 9562).
//
//     019ac3f0-6d21-7a04-9c1e-3f5b2a6d8e90
//     └─ milliseconds ┘└┬┘└┬┘└── random ──┘
//                  version counter
//
// They increase: a later one of this process is greater as text, also within a millisecond and
// while the clock is set back. So items that are made after each other stand after each other in
// the order of keys.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace freshet::engine {

class UniqueKeys {
public:
    // The next one, made at that time.
    std::string next(std::chrono::sys_time<std::chrono::milliseconds> now);

private:
    std::mutex mutex_;  // guards what follows
    std::random_device random_;
    std::uint64_t time_ms_ = 0;  // of the last one
    std::uint64_t counter_ = 0;
};

}  // namespace freshet::engine
