// What engine/sequencing/read_point_board.h promises.

#include "engine/sequencing/read_point_board.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fresh_process.h"
#include "tests/world/read_points.h"

namespace freshet::engine {
namespace {

using storage::Position;

std::shared_ptr<const ReadPoint> read_point(std::uint64_t position) {
    static const support::ReadPoints read_points;
    return read_points.at(position);
}

void show(ReadPointBoard& board, std::uint64_t position) {
    board.put_up(read_point(position));
    board.wake();
}

TEST(ReadPointBoardTest, ShowsTheNewest) {
    ReadPointBoard board;
    EXPECT_EQ(board.newest(), nullptr);
    show(board, 3);
    show(board, 3);
    show(board, 5);

    EXPECT_EQ(board.newest()->position(), Position{5});
    EXPECT_EQ(board.shown(), Position{5});
}

TEST(ReadPointBoardTest, ShowsNoneAfterItIsTakenDownButKnowsWhatItHasShown) {
    ReadPointBoard board;
    show(board, 3);

    board.take_down();

    EXPECT_EQ(board.newest(), nullptr);
    EXPECT_EQ(board.shown(), Position{3});
    bool reached = false;
    board.when_reached(Position{1}, [&] { reached = true; });
    EXPECT_FALSE(reached);
    show(board, 3);
    EXPECT_TRUE(reached);
}

TEST(ReadPointBoardTest, LetsGoOfTheReadPointThatItNoLongerShows) {
    ReadPointBoard board;
    auto first = read_point(1);
    const std::weak_ptr<const ReadPoint> known = first;
    board.put_up(std::move(first));
    show(board, 2);

    EXPECT_TRUE(known.expired());
}

TEST(ReadPointBoardTest, CallsBackOnceInTheOrderOfPositions) {
    ReadPointBoard board;
    std::string called;
    board.when_reached(Position{2}, [&] { called += 'b'; });
    board.when_reached(Position{1}, [&] { called += 'a'; });
    board.when_reached(Position{2}, [&] { called += 'c'; });
    board.when_reached(Position{4}, [&] { called += 'd'; });

    show(board, 3);
    EXPECT_EQ(called, "abc");
    show(board, 3);
    EXPECT_EQ(called, "abc");
    board.when_reached(Position{3}, [&] { called += '!'; });
    EXPECT_EQ(called, "abc!") << "it is reached already";
    show(board, 9);
    EXPECT_EQ(called, "abc!d");
}

TEST(ReadPointBoardTest, CallsBackSoManyAtOnceAndTheOthersNext) {
    ReadPointBoard board;
    std::size_t called = 0;
    for (std::size_t i = 0; i < 2 * wakes_max + 1; ++i) {
        board.when_reached(Position{1}, [&] { ++called; });
    }
    board.when_reached(Position{2}, [&] { ADD_FAILURE() << "it is not reached"; });

    show(board, 1);
    EXPECT_EQ(called, wakes_max);
    EXPECT_TRUE(board.wake());
    EXPECT_EQ(called, 2 * wakes_max);
    EXPECT_FALSE(board.wake());
    EXPECT_EQ(called, 2 * wakes_max + 1);
}

TEST(ReadPointBoardTest, ForgetsTheWaitOfATicketAndNoOther) {
    ReadPointBoard board;
    std::string called;
    std::vector<std::uint64_t> tickets;
    for (const char name : {'a', 'b', 'c'}) {
        tickets.push_back(board.when_reached(Position{1}, [&called, name] { called += name; }));
    }

    board.give_up(tickets[1]);
    board.give_up(tickets[1]);
    show(board, 1);

    EXPECT_EQ(called, "ac");
    for (const std::uint64_t ticket : tickets) board.give_up(ticket);  // nothing is left of them
}

TEST(ReadPointBoardTest, CanBeReadWhileItCallsBack) {
    ReadPointBoard board;
    std::promise<void> read;
    board.when_reached(Position{1}, [&, done = read.get_future().share()] { done.wait(); });
    std::thread shows([&] { show(board, 1); });

    while (board.shown() < Position{1}) std::this_thread::yield();
    EXPECT_EQ(board.newest()->position(), Position{1});
    const auto ticket = board.when_reached(Position{2}, [] {});
    board.give_up(ticket);
    read.set_value();
    shows.join();
}

TEST(ReadPointBoardTest, GivesUpOnlyOnceACallUnderWayHasEnded) {
    ReadPointBoard board;
    for (int round = 0; round < 200; ++round) {
        std::atomic<int> running = 0;
        std::vector<std::uint64_t> tickets;
        const Position next{board.shown().value + 1};
        for (int i = 0; i < 4; ++i) {
            tickets.push_back(board.when_reached(next, [&] {
                ++running;
                std::this_thread::yield();
                --running;
            }));
        }
        std::thread shows([&] { show(board, next.value); });
        for (const std::uint64_t ticket : tickets) board.give_up(ticket);
        EXPECT_EQ(running, 0);
        shows.join();
    }
}

class ReadPointBoardDeathTest : public ::testing::Test, support::FreshProcess {};

TEST_F(ReadPointBoardDeathTest, NeverGoesBack) {
    ReadPointBoard board;
    show(board, 3);
    EXPECT_DEATH(show(board, 2), "a read point never goes back");
    board.take_down();
    EXPECT_DEATH(show(board, 2), "a read point never goes back");
}

TEST_F(ReadPointBoardDeathTest, TakesNoWaitThatNobodyHearsOf) {
    ReadPointBoard board;
    EXPECT_DEATH(board.when_reached(Position{1}, nullptr), "who waits can be called back");
}

}  // namespace
}  // namespace freshet::engine
