#include "http/limits/thread_room.h"

#include <gtest/gtest.h>

namespace freshet::http {
namespace {

TEST(ThreadRoom, ServesWithAsManyThreadsAsThereAreProcessors) {
    EXPECT_EQ(default_threads({.processors = 1}), 2U);
    EXPECT_EQ(default_threads({.processors = 2}), 2U);
    EXPECT_EQ(default_threads({.processors = 7}), 7U);
    EXPECT_EQ(default_threads({.processors = 1'000}), 32U);
}

TEST(ThreadRoom, CountsThoseBesidesConnections) {
    EXPECT_GT(threads_needed(2), 5U);
    EXPECT_EQ(threads_needed(12) - threads_needed(2), 10U);
}

TEST(ThreadRoom, HasRoomForAFewThreads) {
    EXPECT_TRUE(try_threads(threads_needed(2), {}).has_value());
    EXPECT_TRUE(try_threads(0, {}).has_value());
}

}  // namespace
}  // namespace freshet::http
