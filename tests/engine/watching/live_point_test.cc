// What engine/watching/live_point.h promises.

#include "engine/watching/live_point.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using support::must;

class LivePointTest : public ::testing::Test {
protected:
    void write() { must(shop_.append({shop_.inserted({.id = std::to_string(++orders_)})})); }
    std::uint64_t current() { return must(point_.current())->position().value; }
    std::uint64_t renewed() { return must(point_.renewed())->position().value; }

    bool fails_ = false;
    support::Shop shop_;
    LivePoint point_{[this]() -> LivePoint::Answer {
        if (fails_) return fail(Errc::unavailable, "it is being folded");
        return shop_.now();
    }};

private:
    int orders_ = 0;
};

TEST_F(LivePointTest, IsTheNewestBetweenPasses) {
    write();
    EXPECT_EQ(current(), 1U);
    write();
    EXPECT_EQ(current(), 2U);
}

TEST_F(LivePointTest, StaysTheSameDuringAPass) {
    write();
    auto pass = point_.begin_pass();
    EXPECT_EQ(current(), 1U);
    write();
    EXPECT_EQ(current(), 1U);
    pass.end();
    EXPECT_EQ(current(), 2U);
}

TEST_F(LivePointTest, EachPassBeginsWithTheNewestAndThoseBeforeShareIt) {
    const auto first = point_.begin_pass();
    EXPECT_EQ(current(), 0U);
    write();
    auto second = point_.begin_pass();
    EXPECT_EQ(current(), 1U);
    write();
    second.end();
    EXPECT_EQ(current(), 1U) << "the first is under way";
}

TEST_F(LivePointTest, IsRenewedForAllOfThePass) {
    const auto pass = point_.begin_pass();
    EXPECT_EQ(current(), 0U);
    write();
    EXPECT_EQ(renewed(), 1U);
    EXPECT_EQ(current(), 1U);
}

TEST_F(LivePointTest, WhoWasOvertakenIsToldWithThePassThatHasBegunSince) {
    const auto first = point_.begin_pass();
    EXPECT_EQ(current(), 0U);
    write();
    EXPECT_EQ(must(point_.later_than({.value = 0}))->position().value, 1U);
    write();
    EXPECT_EQ(must(point_.later_than({.value = 0}))->position().value, 1U);
    EXPECT_EQ(must(point_.later_than({.value = 1}))->position().value, 2U);
    EXPECT_EQ(current(), 2U);
}

TEST_F(LivePointTest, KeepsNothingOnceThePassesHaveEnded) {
    std::optional<LivePoint::Pass> first = point_.begin_pass();
    auto second = point_.begin_pass();
    const std::weak_ptr<const ReadPoint> kept = must(point_.current());
    write();

    first.reset();
    EXPECT_FALSE(kept.expired());
    second = {};
    EXPECT_TRUE(kept.expired());
    must(point_.current());
    must(point_.renewed());
    EXPECT_EQ(current(), 1U);
}

TEST_F(LivePointTest, AFailureIsTriedAgainWithinThePass) {
    const auto pass = point_.begin_pass();
    fails_ = true;
    EXPECT_FALSE(point_.current());
    EXPECT_FALSE(point_.renewed());
    fails_ = false;
    EXPECT_EQ(current(), 0U);
    fails_ = true;
    EXPECT_EQ(current(), 0U) << "it has one";
}

}  // namespace
}  // namespace freshet::engine
