// What http/serving/client_turns.h promises, by example.

#include "http/serving/client_turns.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace freshet::http {
namespace {

using std::chrono::milliseconds;

constexpr LimitKey ann{1};
constexpr LimitKey bob{2};
constexpr TimePoint start{std::chrono::hours(1)};

class ClientTurnsTest : public ::testing::Test {
protected:
    // Notes the name once it is the client's turn.
    void ask(const LimitKey& client, const std::string& name) {
        asio::co_spawn(io, serve(*this, client, name), asio::detached);
    }
    static Awaitable<void> serve(ClientTurnsTest& test, LimitKey client, std::string name) {
        co_await test.turns.wait_for_turn(client);
        test.turns.charge(client, milliseconds(5), now());
        test.served.push_back(std::move(name));
    }

    asio::io_context io{1};
    ClientTurns turns{io};
    std::vector<std::string> served;
};

TEST_F(ClientTurnsTest, AClientIsGreedyThatHasHadMoreThanItsShare) {
    EXPECT_FALSE(turns.is_needed());
    turns.charge(ann, milliseconds(8), start);
    EXPECT_FALSE(turns.is_greedy(ann, start));

    turns.charge(ann, milliseconds(8), start);

    EXPECT_TRUE(turns.is_greedy(ann, start));
    EXPECT_FALSE(turns.is_greedy(bob, start));
    EXPECT_FALSE(turns.is_greedy(ann, start + milliseconds(24))) << "a quarter of the time is its";
}

TEST_F(ClientTurnsTest, ReadsOfItemsAreNotCounted) {
    for (int i = 0; i < 1'000; ++i) turns.charge(ann, std::chrono::microseconds(100), start);
    EXPECT_FALSE(turns.is_needed());
}

TEST_F(ClientTurnsTest, WhatWasTakenIsForgottenWhenItIsPaid) {
    turns.charge(ann, milliseconds(100), start);
    turns.forget(start + milliseconds(399));
    EXPECT_TRUE(turns.is_needed());
    turns.forget(start + milliseconds(400));
    EXPECT_FALSE(turns.is_needed());

    // However much it was, it is paid before long.
    turns.charge(ann, std::chrono::hours(1), start);
    EXPECT_FALSE(turns.is_greedy(ann, start + milliseconds(4'000)));
}

TEST_F(ClientTurnsTest, OfThoseWhoWaitTheOneComesFirstThatHasHadLeast) {
    turns.charge(ann, milliseconds(300), now());
    turns.charge(bob, milliseconds(200), now());
    for (const char* name : {"ann 1", "ann 2"}) ask(ann, name);
    for (const char* name : {"bob 1", "bob 2"}) ask(bob, name);

    io.run();

    EXPECT_EQ(served, (std::vector<std::string>{"bob 1", "bob 2", "ann 1", "ann 2"}));
    EXPECT_EQ(turns.waiting(), 0U);
}

TEST_F(ClientTurnsTest, OthersComeFirst) {
    turns.charge(ann, milliseconds(300), now());
    ask(ann, "ann");
    // Each of these comes when the one before has been answered.
    std::function<void(int)> read = [&](int left) {
        served.emplace_back("read");
        turns.note_served();
        if (left > 0) asio::post(io, [&read, left] { read(left - 1); });
    };
    asio::post(io, [&read] { read(20); });

    io.run();

    EXPECT_EQ(served.size(), 22U);
    EXPECT_EQ(served.back(), "ann");
}

TEST_F(ClientTurnsTest, NobodyWaitsForever) {
    turns.charge(ann, milliseconds(300), now());
    ask(ann, "ann");
    std::size_t reads = 0;
    std::function<void()> read = [&] {
        turns.note_served();
        ++reads;
        if (served.empty()) asio::post(io, read);
    };
    asio::post(io, read);

    io.run();

    EXPECT_EQ(served.back(), "ann");
    EXPECT_GT(reads, 100U);
}

}  // namespace
}  // namespace freshet::http
