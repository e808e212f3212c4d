#include "http/limits/rate_limiter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

namespace freshet::http {

namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

// Rounded up, so that a rate that does not divide a second allows rather too little.
nanoseconds cost_of(const engine::RateSettings& rate) {
    if (!rate.limits()) return nanoseconds(0);
    const auto per_s = static_cast<nanoseconds::rep>(rate.requests_per_s);
    return nanoseconds((nanoseconds(seconds(1)).count() + per_s - 1) / per_s);
}

// Buckets are found by it, so that nobody can choose keys that all fall into one set.
std::uint64_t secret() {
    std::random_device random;
    return std::uint64_t{random()} << 32U | random();
}

// Every bit of the result depends on every bit of `value`.
std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 32U)) * 0xd6e8'feb8'6659'fd93U;
    value = (value ^ (value >> 32U)) * 0xd6e8'feb8'6659'fd93U;
    return value ^ (value >> 32U);
}

}  // namespace

RateLimiter::RateLimiter(const engine::RateSettings& rate, std::size_t buckets)
    : rate_(rate),
      cost_(cost_of(rate)),
      capacity_(cost_ * static_cast<Time::rep>(rate.burst)),
      seeds_{secret(), secret()},
      set_count_(std::bit_ceil(std::max<std::size_t>(buckets / places, 1))) {}

seconds RateLimiter::fill_time() const {
    return std::chrono::ceil<seconds>(capacity_);
}

std::size_t RateLimiter::set_of(const LimitKey& key) const {
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), key.data(), key.size());
    const std::uint64_t hash = mixed(mixed(halves[0] ^ seeds_[0]) ^ halves[1] ^ seeds_[1]);
    return static_cast<std::size_t>(hash) & (set_count_ - 1);
}

// When the bucket of `key` is full again. A full bucket of another may be had instead.
RateLimiter::Time& RateLimiter::bucket_in(Set& set, const LimitKey& key, Time now) {
    Bucket* spare = nullptr;
    for (Bucket& bucket : set.buckets) {
        if (bucket.key == key) return bucket.full_at;
        if (spare == nullptr && bucket.full_at <= now) spare = &bucket;
    }
    if (spare == nullptr) return set.shared_full_at;
    *spare = {.key = key, .full_at = now};
    return spare->full_at;
}

Allowance RateLimiter::take(const LimitKey& key, TimePoint time) {
    std::call_once(made_, [this] { sets_.resize(set_count_); });
    const Time now = time.time_since_epoch();
    const std::size_t index = set_of(key);
    const std::lock_guard lock(locks_[index % locks]);
    Time& full_at = bucket_in(sets_[index], key, now);
    const Time used = std::max(full_at - now, Time(0));
    const bool allowed = used + cost_ <= capacity_;
    const Time used_then = allowed ? used + cost_ : used;
    if (allowed) full_at = now + used_then;

    // By a clock that was looked at before another thread's, it may be more than empty.
    const Time room = std::max(capacity_ - used_then, Time(0));
    return {.allowed = allowed,
            .left = static_cast<std::uint64_t>(room / cost_),
            .wait = used_then == Time(0) ? Time(0) : cost_ - room % cost_};
}

}  // namespace freshet::http
