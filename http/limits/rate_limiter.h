// How often each of many clients may ask: a bucket of requests for each, which fills again at a
// steady rate (a token bucket). It is told what time it is.
//
// A bucket is kept as the time at which it is full again, so it takes no work while nobody asks,
// and one that is full need not be kept at all. The room is given and never grows: a client is
// looked for in one set of a few places, by a hash that nobody outside can foresee. A client that
// finds all of them in use by others whose buckets are not full shares the set's last bucket with
// whoever else does.
//
// Invariants
//   - Of one bucket, never more than `burst` and `requests_per_s` for each second are allowed in
//     any stretch of time.
//   - Memory: about 25 bytes for each bucket, from the first request on.
//
// Threads: any.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/config/config.h"
#include "http/limits/limit_key.h"

namespace freshet::http {

// What a bucket says to a request.
struct Allowance {
    bool allowed = true;
    std::uint64_t left = 0;            // whole requests that may follow at once
    std::chrono::nanoseconds wait{0};  // until there is one more; none while the bucket is full
};

class RateLimiter {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t buckets_max = 65'536;

    // `rate` may be no limit; then nothing is to be taken. `buckets` is how many there are room for
    // at least.
    explicit RateLimiter(const engine::RateSettings& rate, std::size_t buckets = buckets_max);

    [[nodiscard]] bool limits() const { return rate_.limits(); }
    [[nodiscard]] const engine::RateSettings& rate() const { return rate_; }
    // In how many seconds an empty bucket is full again, rounded up.
    [[nodiscard]] std::chrono::seconds fill_time() const;

    // Takes a request from the bucket of `key`, if there is one in it. Times need not be in order:
    // threads look at the clock before they come here.
    Allowance take(const LimitKey& key, TimePoint now);

private:
    using Time = std::chrono::nanoseconds;  // since the clock's beginning

    static constexpr std::size_t places = 16;
    static constexpr std::size_t locks = 32;

    struct Bucket {
        LimitKey key{};
        Time full_at{0};
    };
    struct Set {
        std::array<Bucket, places> buckets{};
        Time shared_full_at{0};
    };

    [[nodiscard]] std::size_t set_of(const LimitKey& key) const;
    static Time& bucket_in(Set& set, const LimitKey& key, Time now);

    const engine::RateSettings rate_;
    const Time cost_;      // in what time a bucket gets one request more
    const Time capacity_;  // in what time an empty bucket is full
    const std::array<std::uint64_t, 2> seeds_;
    const std::size_t set_count_;
    std::once_flag made_;
    std::vector<Set> sets_;  // each guarded by one of locks_
    std::array<std::mutex, locks> locks_;
};

}  // namespace freshet::http
