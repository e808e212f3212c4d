#include "http/limits/seats.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace freshet::http {
namespace {

constexpr LimitKey ann{1};
constexpr LimitKey bob{2};

TEST(Seats, AreSoManyForEachClient) {
    Seats seats(2);

    const auto first = seats.take(ann);
    const auto second = seats.take(ann);

    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
    EXPECT_FALSE(seats.take(ann));
    EXPECT_TRUE(seats.take(bob));
}

TEST(Seats, AreGivenBackHoweverTheirHolderEnds) {
    Seats seats(1);
    { const auto seat = seats.take(ann); }
    EXPECT_EQ(seats.clients(), 0U);

    auto seat = seats.take(ann);
    Seats::Seat moved = *std::move(seat);
    seat.reset();
    EXPECT_FALSE(seats.take(ann)) << "it is where it was moved to";

    Seats::Seat other;
    other = std::move(moved);
    EXPECT_FALSE(seats.take(ann));
    other = Seats::Seat();
    EXPECT_TRUE(seats.take(ann));
    EXPECT_EQ(seats.clients(), 0U);
}

TEST(Seats, OfAnotherClientAreGivenBackWhenOneTakesTheirPlace) {
    Seats seats(1);
    Seats::Seat seat = *seats.take(ann);

    seat = *seats.take(bob);

    EXPECT_TRUE(seats.take(ann));
    EXPECT_FALSE(seats.take(bob));
}

TEST(Seats, AreWithoutEndWhereThereIsNoLimit) {
    Seats seats(0);
    std::vector<Seats::Seat> taken;
    for (int i = 0; i < 1'000; ++i) taken.push_back(*seats.take(ann));
    EXPECT_EQ(seats.clients(), 0U) << "nothing is counted";
}

TEST(Seats, AreNeverMoreWhateverTheThreads) {
    constexpr int most = 3;
    Seats seats(most);
    std::atomic<int> held{0};
    std::atomic<int> most_held{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5'000; ++round) {
                const auto seat = seats.take(ann);
                if (!seat) continue;
                const int now = ++held;
                int before = most_held;
                while (now > before && !most_held.compare_exchange_weak(before, now)) {
                }
                --held;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();

    EXPECT_LE(most_held, most);
    EXPECT_GT(most_held, 0);
    EXPECT_EQ(seats.clients(), 0U);
}

}  // namespace
}  // namespace freshet::http
