// What http/serving/engine_wait.h promises, by example.

#include "http/serving/engine_wait.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>

namespace freshet::http {
namespace {

using std::chrono::milliseconds;

Awaitable<void> wait_on(EngineWait& wait, milliseconds timeout, bool& is_over) {
    co_await wait.wait(timeout);
    is_over = true;
}

class EngineWaitTest : public ::testing::Test {
protected:
    // Begins to wait, as far as that goes without anything new.
    void wait_for(milliseconds timeout) {
        is_over = false;
        asio::co_spawn(io, wait_on(wait, timeout, is_over), asio::detached);
        io.restart();
        io.poll();
    }
    bool ends() {
        io.restart();
        io.run();
        return is_over;
    }

    static constexpr milliseconds long_time{1'000'000};

    asio::io_context io{1};
    EngineWait wait{io.get_executor()};
    bool is_over = false;
};

TEST_F(EngineWaitTest, AnAnswerEndsTheWaitAndIsKept) {
    const auto number = wait.begin();
    wait_for(long_time);
    EXPECT_FALSE(is_over);

    EXPECT_TRUE(wait.answer(number, engine::Receipt{}));

    EXPECT_TRUE(ends());
    ASSERT_TRUE(wait.receipt().has_value());
    EXPECT_TRUE(wait.receipt()->has_value());
}

TEST_F(EngineWaitTest, AnAnswerThatHasComeAlreadyIsNotWaitedFor) {
    const auto number = wait.begin();
    EXPECT_TRUE(wait.answer(number, std::nullopt));

    wait_for(long_time);

    EXPECT_TRUE(is_over);
    EXPECT_FALSE(wait.receipt().has_value());
}

TEST_F(EngineWaitTest, ALateAnswerToAnEarlierWaitIsIgnored) {
    const auto earlier = wait.begin();
    wait_for(milliseconds(0));
    EXPECT_TRUE(ends());
    const auto number = wait.begin();
    wait_for(long_time);

    EXPECT_FALSE(wait.answer(earlier, engine::Receipt{}));
    io.poll();

    EXPECT_FALSE(is_over);
    EXPECT_FALSE(wait.receipt().has_value());
    EXPECT_TRUE(wait.answer(number, fail(Errc::busy, "later")));
    EXPECT_TRUE(ends());
    EXPECT_FALSE(wait.receipt()->has_value());
}

TEST_F(EngineWaitTest, TheNextWaitForgetsTheReceiptOfTheOneBefore) {
    wait.answer(wait.begin(), engine::Receipt{});

    wait.begin();

    EXPECT_FALSE(wait.receipt().has_value());
}

TEST_F(EngineWaitTest, AWaitThatIsStoppedEndsWithoutAnAnswer) {
    wait.begin();
    wait_for(long_time);

    wait.stop();

    EXPECT_TRUE(ends());
    EXPECT_FALSE(wait.receipt().has_value());
}

}  // namespace
}  // namespace freshet::http
