#include "http/limits/rate_limiter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

namespace freshet::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using TimePoint = RateLimiter::TimePoint;

constexpr TimePoint start{std::chrono::hours(1)};

LimitKey key(unsigned number) {
    LimitKey made{};
    made[0] = static_cast<unsigned char>(number >> 8U);
    made[15] = static_cast<unsigned char>(number & 0xffU);
    made[7] = 1;
    return made;
}

// How many of so many requests at that time are allowed.
int allowed(RateLimiter& limiter, const LimitKey& who, int requests, TimePoint now) {
    int count = 0;
    for (int i = 0; i < requests; ++i) count += limiter.take(who, now).allowed ? 1 : 0;
    return count;
}

TEST(RateLimiter, AdmitsABurstAndThenTheRate) {
    RateLimiter limiter({.requests_per_s = 10, .burst = 5});

    EXPECT_EQ(allowed(limiter, key(1), 7, start), 5);
    EXPECT_EQ(allowed(limiter, key(1), 7, start + milliseconds(99)), 0);
    EXPECT_EQ(allowed(limiter, key(1), 7, start + milliseconds(100)), 1);
    EXPECT_EQ(allowed(limiter, key(1), 7, start + milliseconds(400)), 3);
    EXPECT_EQ(allowed(limiter, key(1), 7, start + seconds(60)), 5);
}

TEST(RateLimiter, SaysWhatIsLeftAndWhenThereIsMore) {
    RateLimiter limiter({.requests_per_s = 10, .burst = 2});

    const Allowance first = limiter.take(key(1), start);
    const Allowance second = limiter.take(key(1), start + milliseconds(30));
    const Allowance third = limiter.take(key(1), start + milliseconds(60));

    EXPECT_TRUE(first.allowed);
    EXPECT_EQ(first.left, 1U);
    EXPECT_EQ(first.wait, milliseconds(100));
    EXPECT_TRUE(second.allowed);
    EXPECT_EQ(second.left, 0U);
    EXPECT_EQ(second.wait, milliseconds(70));
    EXPECT_FALSE(third.allowed);
    EXPECT_EQ(third.left, 0U);
    EXPECT_EQ(third.wait, milliseconds(40));
    EXPECT_EQ(limiter.fill_time(), seconds(1));
}

TEST(RateLimiter, HasABucketForEachClient) {
    RateLimiter limiter({.requests_per_s = 1, .burst = 3});

    EXPECT_EQ(allowed(limiter, key(1), 5, start), 3);
    EXPECT_EQ(allowed(limiter, key(2), 5, start), 3);
    EXPECT_EQ(allowed(limiter, key(1), 5, start), 0);
}

// The promise itself, of random requests: between any two that are allowed, and they included,
// there are no more than the burst and what the time between them gives. And a request that is
// refused is allowed after the time that it is told, and no earlier.
TEST(RateLimiter, NeverAdmitsMoreThanItsBurstAndItsRate) {
    std::minstd_rand dice(7);
    for (int round = 0; round < 200; ++round) {
        const std::size_t per_s = 1 + dice() % 300;
        const std::size_t burst = 1 + dice() % 20;
        const int pause_max = 1 + static_cast<int>(dice() % 40'000);
        RateLimiter limiter({.requests_per_s = per_s, .burst = burst});
        std::vector<TimePoint> times;
        TimePoint now = start;
        for (int i = 0; i < 300; ++i) {
            now += std::chrono::microseconds(dice() % static_cast<unsigned>(pause_max));
            const Allowance allowance = limiter.take(key(1), now);
            if (allowance.allowed) {
                times.push_back(now);
                continue;
            }
            ASSERT_GT(allowance.wait, nanoseconds(0));
            ASSERT_FALSE(limiter.take(key(1), now + allowance.wait - nanoseconds(1)).allowed);
            now += allowance.wait;
            ASSERT_TRUE(limiter.take(key(1), now).allowed);
            times.push_back(now);
        }

        for (std::size_t i = 0; i < times.size(); ++i) {
            for (std::size_t j = i; j < times.size(); ++j) {
                const auto time = std::chrono::duration<double>(times[j] - times[i]).count();
                ASSERT_LE(static_cast<double>(j - i + 1),
                          static_cast<double>(burst) + static_cast<double>(per_s) * time + 1e-6)
                    << "round " << round;
            }
        }
    }
}

TEST(RateLimiter, NeverRefusesWhoKeepsToTheRate) {
    for (const std::size_t per_s : {1U, 3U, 7U, 1'000U, 999'983U}) {
        RateLimiter limiter({.requests_per_s = per_s, .burst = 1});
        const nanoseconds pause(1'000'000'000 / static_cast<std::int64_t>(per_s) + 1);
        for (int i = 0; i < 10'000; ++i) {
            ASSERT_TRUE(limiter.take(key(1), start + i * pause).allowed);
        }
    }
}

TEST(RateLimiter, BelievesAThreadThatLookedAtTheClockEarlier) {
    RateLimiter limiter({.requests_per_s = 10, .burst = 2});
    EXPECT_EQ(allowed(limiter, key(1), 2, start), 2);

    const Allowance late = limiter.take(key(1), start - milliseconds(500));

    EXPECT_FALSE(late.allowed);
    EXPECT_EQ(late.left, 0U);
    EXPECT_EQ(allowed(limiter, key(1), 2, start + milliseconds(100)), 1);
}

// There is room for sixteen, so whoever comes then has to share, but is limited all the same.
TEST(RateLimiter, LetsThoseShareABucketForWhomThereIsNoRoom) {
    RateLimiter limiter({.requests_per_s = 1, .burst = 3}, 16);
    for (unsigned i = 0; i < 16; ++i) ASSERT_EQ(allowed(limiter, key(i), 1, start), 1);

    int shared = 0;
    for (unsigned i = 100; i < 1'100; ++i) shared += allowed(limiter, key(i), 1, start);

    EXPECT_EQ(shared, 3);
    EXPECT_EQ(allowed(limiter, key(5), 5, start), 2) << "what it had left is its own";
}

TEST(RateLimiter, ForgetsWhoseBucketIsFull) {
    RateLimiter limiter({.requests_per_s = 1, .burst = 3}, 16);
    for (unsigned i = 0; i < 15; ++i) ASSERT_EQ(allowed(limiter, key(i), 3, start), 3);
    ASSERT_EQ(allowed(limiter, key(15), 1, start), 1);

    const TimePoint later = start + seconds(1);

    EXPECT_EQ(allowed(limiter, key(100), 5, later), 3) << "takes the place of 15";
    for (unsigned i = 0; i < 15; ++i) {
        EXPECT_EQ(allowed(limiter, key(i), 5, later), 1) << i << " is remembered";
    }
}

TEST(RateLimiter, CountsTheRequestsOfAllThreads) {
    RateLimiter limiter({.requests_per_s = 1, .burst = 1'000});
    std::vector<int> counts(4);
    std::vector<std::thread> threads;
    for (int& count : counts) {
        threads.emplace_back([&] { count = allowed(limiter, key(1), 500, start); });
    }
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 1'000);
}

}  // namespace
}  // namespace freshet::http
