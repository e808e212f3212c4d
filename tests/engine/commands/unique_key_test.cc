// What engine/commands/unique_key.h promises.

#include "engine/commands/unique_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace freshet::engine {
namespace {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
const Time now{std::chrono::milliseconds(0x0190'1234'5678)};

TEST(UniqueKeys, AreUuidsOfVersion7) {
    UniqueKeys keys;

    const std::string key = keys.next(now);

    EXPECT_TRUE(std::regex_match(key, std::regex("01901234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                                 "[0-9a-f]{12}")))
        << key;
}

// More than a millisecond has room for, and with a clock that goes back.
TEST(UniqueKeys, Increase) {
    UniqueKeys keys;
    std::vector<std::string> made;
    for (int i = 0; i < 20'000; ++i) made.push_back(keys.next(now));
    for (int i = 0; i < 1'000; ++i) made.push_back(keys.next(now - std::chrono::hours(i)));
    for (int i = 0; i < 1'000; ++i) made.push_back(keys.next(now + std::chrono::milliseconds(i)));

    EXPECT_EQ(std::adjacent_find(made.begin(), made.end(), std::greater_equal<>()), made.end());
}

TEST(UniqueKeys, AreMadeOnceByAllThreads) {
    UniqueKeys keys;
    std::vector<std::vector<std::string>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5'000; ++i) mine.push_back(keys.next(now));
        });
    }
    for (std::thread& thread : threads) thread.join();

    std::set<std::string> all;
    for (const auto& mine : made) all.insert(mine.begin(), mine.end());
    EXPECT_EQ(all.size(), 20'000U);
}

// Two processes that begin at the same time.
TEST(UniqueKeys, OfTwoMakersDiffer) {
    UniqueKeys one;
    UniqueKeys other;
    EXPECT_NE(one.next(now).substr(19), other.next(now).substr(19));
}

}  // namespace
}  // namespace freshet::engine
