// What http/serving/waiting_writers.h promises, by example.

#include "http/serving/waiting_writers.h"

#include <gtest/gtest.h>

#include <memory>

namespace freshet::http {
namespace {

TEST(WaitingWritersTest, OnlyTheLastOfThoseThatWaitTogetherLeavesAlone) {
    const auto all = std::make_shared<WaitingWriters>(0);
    WaitingWriter first(all);
    WaitingWriter second(all);
    WaitingWriter third(all);

    EXPECT_FALSE(second.leave());
    EXPECT_FALSE(first.leave());
    EXPECT_TRUE(third.leave());
    EXPECT_EQ(*all, 0U);
}

TEST(WaitingWritersTest, OneThatWasNeverAnsweredIsCountedNoLonger) {
    const auto all = std::make_shared<WaitingWriters>(0);
    {
        const WaitingWriter forgotten(all);
        EXPECT_EQ(*all, 1U);
    }

    EXPECT_EQ(*all, 0U);
    EXPECT_TRUE(WaitingWriter(all).leave());
}

TEST(WaitingWritersTest, OneThatHasLeftDoesNotLeaveAgain) {
    const auto all = std::make_shared<WaitingWriters>(0);
    const WaitingWriter other(all);
    {
        WaitingWriter writer(all);
        EXPECT_FALSE(writer.leave());
        EXPECT_FALSE(writer.leave());
    }

    EXPECT_EQ(*all, 1U);
}

}  // namespace
}  // namespace freshet::http
