// What engine/functions/function_lane.h promises: when a batch closes and of what it is, that
// records stay in order, and that what is full is read again later.

#include "engine/functions/function_lane.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/world/fed_function.h"

namespace freshet::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::Position;
using Positions = std::vector<std::uint64_t>;

Positions positions_of(const std::vector<FunctionRecord>& records) {
    Positions positions;
    for (const FunctionRecord& one : records) positions.push_back(one.record.position().value);
    return positions;
}

class FunctionLaneTest : public ::testing::Test {
protected:
    // The next record of the log, which is of that order and takes so many bytes of a batch.
    FunctionRecord next(const std::string& order, std::size_t bytes = 100) {
        log.add(order);
        return {.record = log.records().back(),
                .item = order,
                .event = std::string(bytes - 1, 'x'),  // with what is between two
                .taken = clock.now()};
    }
    void push(FunctionLane& lane, const std::string& order, std::size_t bytes = 100) {
        lane.push(next(order, bytes));
    }
    void set(std::size_t batch_size, seconds window) {
        function.batch_size = batch_size;
        function.batching_window = window;
    }
    // The records of the batch that is next.
    Positions front(FunctionLane& lane) const {
        const FunctionLane::Batch* batch = lane.front(clock.now());
        return batch == nullptr ? Positions() : positions_of(batch->records);
    }

    support::FunctionLog log;
    support::HeldClock clock;
    Function function = log.function();
};

TEST_F(FunctionLaneTest, E56_ABatchClosesAtItsSizeBeforeItsWindow) {
    set(3, seconds(300));
    FunctionLane lane(function, {});
    push(lane, "a");
    push(lane, "b");
    EXPECT_EQ(front(lane), Positions());

    push(lane, "a");
    push(lane, "a");

    EXPECT_EQ(front(lane), (Positions{1, 2, 3}));
    lane.take_front(3);
    EXPECT_EQ(front(lane), Positions());
    EXPECT_EQ(lane.size(), 1U);
}

TEST_F(FunctionLaneTest, E56_ABatchClosesAtItsWindowBeforeItsSize) {
    set(100, seconds(5));
    FunctionLane lane(function, {});
    push(lane, "a");
    clock.advance(seconds(2));
    push(lane, "b");
    EXPECT_EQ(lane.due(), clock.now() + seconds(3)) << "the first record opens the window";
    clock.advance(milliseconds(2'999));
    EXPECT_EQ(front(lane), Positions());

    clock.advance(milliseconds(1));

    EXPECT_EQ(front(lane), (Positions{1, 2}));
}

TEST_F(FunctionLaneTest, E56_ABatchClosesAtSixMegabytesBeforeSizeAndWindow) {
    constexpr std::size_t megabyte = 1U << 20U;
    set(10'000, seconds(300));
    FunctionLane lane(function, {});
    for (int i = 0; i < 5; ++i) push(lane, "a", megabyte);
    EXPECT_EQ(front(lane), Positions());
    EXPECT_TRUE(lane.has_room());

    push(lane, "a", megabyte + 1);

    EXPECT_FALSE(lane.has_room());
    EXPECT_EQ(front(lane), (Positions{1, 2, 3, 4, 5})) << "the sixth has no room in it";
    lane.take_front(5);
    EXPECT_EQ(front(lane), Positions()) << "what is left has a window of its own";
    clock.advance(seconds(300));
    EXPECT_EQ(front(lane), Positions{6});
}

TEST_F(FunctionLaneTest, E56_ABatchOfSixMegabytesExactlyIsOne) {
    constexpr std::size_t megabyte = 1U << 20U;
    set(10'000, seconds(300));
    FunctionLane lane(function, {});
    for (int i = 0; i < 6; ++i) push(lane, "a", megabyte);

    EXPECT_EQ(front(lane), (Positions{1, 2, 3, 4, 5, 6}));
}

TEST_F(FunctionLaneTest, ARecordThatIsLargerThanABatchIsOneByItself) {
    set(10, seconds(0));
    FunctionLane lane(function, {});
    push(lane, "a", function_batch_bytes_max + 1);
    clock.advance(seconds(1));
    push(lane, "b");

    EXPECT_EQ(front(lane), Positions{1});
    lane.take_front(1);
    EXPECT_EQ(front(lane), Positions{2});
}

TEST_F(FunctionLaneTest, WithoutAWindowABatchIsWhatIsThere) {
    set(100, seconds(0));
    FunctionLane lane(function, {});
    push(lane, "a");
    push(lane, "b");

    EXPECT_EQ(front(lane), (Positions{1, 2}));
    push(lane, "c");
    EXPECT_EQ(front(lane), (Positions{1, 2})) << "it stays what it is while it is under way";
}

TEST_F(FunctionLaneTest, HasRoomForTwoBatchesBesidesTheOneUnderWay) {
    set(2, seconds(300));
    FunctionLane lane(function, {});
    push(lane, "a");
    push(lane, "a");
    EXPECT_EQ(front(lane).size(), 2U);
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(lane.has_room());
        push(lane, "a");
    }
    EXPECT_FALSE(lane.has_room());

    lane.take_front(2);
    EXPECT_FALSE(lane.has_room());
    EXPECT_EQ(front(lane), (Positions{3, 4}));
    EXPECT_TRUE(lane.has_room());
}

TEST_F(FunctionLaneTest, KnowsUpToWhereItHasTaken) {
    FunctionLane lane(function, Position{7});
    EXPECT_EQ(lane.taken(), Position{7});

    lane.pass(Position{12});
    EXPECT_EQ(lane.taken(), Position{12});
    EXPECT_EQ(lane.oldest(), nullptr);
    EXPECT_EQ(lane.due(), Clock::TimePoint::max());
}

TEST_F(FunctionLaneTest, SplitsIntoHalvesThatKeepTheOrderAndTheAttempts) {
    set(5, seconds(0));
    FunctionLane lane(function, {});
    for (int i = 0; i < 5; ++i) push(lane, "a");
    lane.front(clock.now())->attempts = 2;

    lane.split();

    EXPECT_EQ(front(lane), (Positions{1, 2, 3}));
    EXPECT_EQ(lane.front(clock.now())->attempts, 2U);
    lane.take_front(3);
    EXPECT_EQ(front(lane), (Positions{4, 5}));
    EXPECT_EQ(lane.front(clock.now())->attempts, 2U);
    lane.split();
    EXPECT_EQ(front(lane), Positions{4});
}

TEST_F(FunctionLaneTest, GivesOutTheRecordsOfAnItemInTheirOrder) {
    set(4, seconds(0));
    FunctionLane lane(function, {});
    for (const char* order : {"a", "b", "a", "b"}) push(lane, order);
    EXPECT_EQ(front(lane).size(), 4U);
    lane.split();
    for (const char* order : {"a", "c", "a"}) push(lane, order);

    EXPECT_EQ(positions_of(lane.take_item("a")), (Positions{1, 3, 5, 7}));

    EXPECT_EQ(front(lane), Positions{2});
    EXPECT_EQ(lane.oldest()->position(), Position{2});
    lane.take_front(1);
    EXPECT_EQ(front(lane), Positions{4});
    lane.take_front(1);
    EXPECT_EQ(front(lane), Positions{6});
    EXPECT_EQ(lane.size(), 1U);
    EXPECT_EQ(positions_of(lane.take_item("a")), Positions());
}

TEST_F(FunctionLaneTest, HasTheRoomAgainOfAnItemThatWasTakenOut) {
    set(10'000, seconds(300));
    FunctionLane lane(function, {});
    push(lane, "a", function_batch_bytes_max - 100);
    push(lane, "b", 101);
    EXPECT_FALSE(lane.has_room());

    lane.take_item("a");

    EXPECT_TRUE(lane.has_room());
    EXPECT_EQ(front(lane), Positions());
    push(lane, "b", function_batch_bytes_max - 101);
    EXPECT_EQ(front(lane), (Positions{2, 3}));
}

using FunctionLaneDeathTest = FunctionLaneTest;

TEST_F(FunctionLaneDeathTest, WhatIsTakenIsTakenOnce) {
    FunctionLane lane(function, {});
    const FunctionRecord record = next("a");
    lane.push(record);

    EXPECT_DEATH(lane.push(record), "what is taken is taken once");
}

}  // namespace
}  // namespace freshet::engine
