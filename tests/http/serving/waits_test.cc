// What http/serving/waits.h promises, by example.

#include "http/serving/waits.h"

#include <gtest/gtest.h>

#include <chrono>

namespace freshet::http {
namespace {

using std::chrono::seconds;

constexpr Wait::TimePoint noon{seconds(1'000)};

TEST(Wait, EndsByItsDeadline) {
    Wait wait;
    wait.begin(Waits::request, noon);

    EXPECT_EQ(wait.what(), Waits::request);
    EXPECT_FALSE(wait.time_out(noon - seconds(1)));
    EXPECT_FALSE(wait.has_timed_out());
    EXPECT_TRUE(wait.time_out(noon));
    EXPECT_TRUE(wait.has_timed_out());
}

TEST(Wait, HasNoDeadlineOnceItIsOver) {
    Wait wait;
    wait.begin(Waits::room, noon);

    wait.end();

    EXPECT_EQ(wait.what(), Waits::nothing);
    EXPECT_FALSE(wait.time_out(noon + seconds(1)));
}

TEST(Wait, SaysAfterItsEndWhetherItTimedOutUntilTheNextOneBegins) {
    Wait wait;
    wait.begin(Waits::room, noon);
    wait.time_out(noon);

    wait.end();

    EXPECT_TRUE(wait.has_timed_out());
    wait.begin(Waits::records);
    EXPECT_FALSE(wait.has_timed_out());
    EXPECT_FALSE(wait.time_out(noon + seconds(1'000'000)));
}

}  // namespace
}  // namespace freshet::http
