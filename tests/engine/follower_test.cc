// What engine/follower.h promises, by example.

#include "engine/follower.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::must;

class FollowerTest : public ::testing::Test {
protected:
    void append(int count, std::size_t padding = 0) {
        std::vector<storage::Change> changes;
        for (int i = 0; i < count; ++i) {
            changes.push_back(shop.inserted({.id = "o-" + std::to_string(++orders_),
                                             .attributes = {{"note", std::string(padding, 'x')}}}));
        }
        must(shop.append(std::move(changes)));
    }

    // Reads once and takes down what is visited, at most `room` records.
    Result<bool> read(Follower& follower, std::size_t room = ~std::size_t{0}) {
        return follower.read([&](const WatchedRecord& watched) {
            visited.push_back(watched.record().position().value);
            return --room > 0;
        });
    }
    static std::vector<std::uint64_t> counting(std::uint64_t first, std::uint64_t last) {
        std::vector<std::uint64_t> positions;
        for (std::uint64_t i = first; i <= last; ++i) positions.push_back(i);
        return positions;
    }

    support::Shop shop;
    std::vector<std::uint64_t> visited;

private:
    int orders_ = 0;
};

TEST_F(FollowerTest, VisitsWhatFollowsItsPositionOnce) {
    append(5);
    Follower follower(shop.engine(), Position{2});

    EXPECT_TRUE(must(read(follower)));
    EXPECT_TRUE(must(read(follower)));
    append(2);
    EXPECT_TRUE(must(read(follower)));

    EXPECT_EQ(visited, counting(3, 7));
    EXPECT_EQ(follower.position(), Position{7});
}

TEST_F(FollowerTest, GoesOnBehindTheLastThatThereWasRoomFor) {
    append(5);
    Follower follower(shop.engine(), Position{});

    EXPECT_FALSE(must(read(follower, 2)));
    EXPECT_EQ(follower.position(), Position{2});
    EXPECT_TRUE(must(read(follower, 3)));

    EXPECT_EQ(visited, counting(1, 5));
}

TEST_F(FollowerTest, LooksAtSoManyRecordsAtOnceHoweverSmallTheyAre) {
    append(static_cast<int>(look_records_max) + 100);
    for (int i = 0; i < 3; ++i) append(200);
    Follower follower(shop.engine(), Position{});

    EXPECT_FALSE(must(read(follower)));
    EXPECT_EQ(visited.size(), look_records_max);
    EXPECT_FALSE(must(read(follower)));
    EXPECT_EQ(visited.size(), 2 * look_records_max);
    EXPECT_TRUE(must(read(follower)));
    EXPECT_EQ(visited, counting(1, look_records_max + 700));
}

TEST_F(FollowerTest, LooksAtABoundedPartOfTheLogAtOnce) {
    for (int i = 0; i < 30; ++i) append(1, 100'000);
    Follower follower(shop.engine(), Position{});

    EXPECT_FALSE(must(read(follower)));
    EXPECT_LT(visited.size(), 20U);
    while (!must(read(follower))) {
    }

    EXPECT_EQ(visited, counting(1, 30));
}

TEST_F(FollowerTest, ReadsFromTheLogWhatTheTailDoesNotHold) {
    append(700);
    shop.restart();
    append(1);
    Follower follower(shop.engine(), Position{});

    while (!must(read(follower))) {
    }

    EXPECT_EQ(visited, counting(1, 701));
}

}  // namespace
}  // namespace freshet::engine
