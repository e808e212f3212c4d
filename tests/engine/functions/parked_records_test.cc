// What engine/functions/parked_records.h promises: which of the parked records is handed over next.

#include "engine/functions/parked_records.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace freshet::engine {
namespace {

using storage::ParkedAs;
using storage::Position;

void put(ParkedRecords& records, std::uint64_t position, const std::string& item, ParkedAs status) {
    records.put(Position{position}, {.item = item, .status = status, .body = {}});
}

std::optional<Position> at(std::uint64_t position) {
    return Position{position};
}

TEST(ParkedRecords, E61_WhatFailedIsHandedOverOnlyOnceSomebodyAsks) {
    for (const Hold hold : {Hold::none, Hold::item}) {
        ParkedRecords records(hold);
        put(records, 4, "a", ParkedAs::failed);
        put(records, 7, "b", ParkedAs::failed);
        EXPECT_EQ(records.next(), std::nullopt);

        put(records, 7, "b", ParkedAs::again);
        EXPECT_EQ(records.next(), at(7));
        put(records, 4, "a", ParkedAs::again);
        EXPECT_EQ(records.next(), at(4)) << "the oldest first";

        records.release(Position{4});
        EXPECT_EQ(records.next(), at(7));
        put(records, 7, "b", ParkedAs::failed);
        EXPECT_EQ(records.next(), std::nullopt);
        EXPECT_EQ(records.size(), 1U);
    }
}

TEST(ParkedRecords, WithoutAHoldEachIsByItself) {
    ParkedRecords records(Hold::none);
    put(records, 4, "a", ParkedAs::failed);
    put(records, 7, "a", ParkedAs::again);

    EXPECT_EQ(records.next(), at(7));
    EXPECT_FALSE(records.holds("a", Position{9}));
}

TEST(ParkedRecords, HeldRecordsFollowTheFirstOneByOne) {
    ParkedRecords records(Hold::item);
    put(records, 4, "a", ParkedAs::failed);
    put(records, 6, "a", ParkedAs::held);
    put(records, 9, "a", ParkedAs::held);
    EXPECT_TRUE(records.holds("a", Position{5}));
    EXPECT_TRUE(records.holds("a", Position{10}));
    EXPECT_FALSE(records.holds("a", Position{3})) << "it is before all of them";
    EXPECT_FALSE(records.holds("b", Position{10}));
    EXPECT_EQ(records.held(), 2U);
    EXPECT_EQ(records.next(), std::nullopt);

    put(records, 4, "a", ParkedAs::again);
    EXPECT_EQ(records.next(), at(4));
    records.release(Position{4});
    EXPECT_EQ(records.next(), at(6));
    put(records, 6, "a", ParkedAs::failed);
    EXPECT_EQ(records.next(), std::nullopt) << "the next one waits for this one";
    EXPECT_EQ(records.held(), 1U);
    put(records, 6, "a", ParkedAs::again);
    records.release(Position{6});
    EXPECT_EQ(records.next(), at(9));
    records.release(Position{9});

    EXPECT_EQ(records.next(), std::nullopt);
    EXPECT_FALSE(records.holds("a", Position{10}));
    EXPECT_EQ(records.size(), 0U);
    EXPECT_EQ(records.held(), 0U);
}

TEST(ParkedRecords, ALaterOneThatIsAskedForWaitsForTheFirst) {
    ParkedRecords records(Hold::item);
    put(records, 4, "a", ParkedAs::failed);
    put(records, 6, "a", ParkedAs::again);
    EXPECT_EQ(records.next(), std::nullopt);

    records.release(Position{4});

    EXPECT_EQ(records.next(), at(6));
}

TEST(ParkedRecords, AreKnownInWhicheverOrderTheyCome) {
    ParkedRecords records(Hold::item);
    put(records, 9, "a", ParkedAs::held);
    EXPECT_EQ(records.next(), at(9));

    put(records, 4, "a", ParkedAs::failed);

    EXPECT_EQ(records.next(), std::nullopt);
    EXPECT_TRUE(records.contains(Position{4}));
    EXPECT_FALSE(records.contains(Position{5}));
    EXPECT_EQ(records.find(Position{9})->status, ParkedAs::held);
    EXPECT_EQ(records.find(Position{5}), nullptr);
}

TEST(ParkedRecords, ToReleaseWhatIsNotThereChangesNothing) {
    ParkedRecords records(Hold::item);
    put(records, 4, "a", ParkedAs::failed);

    records.release(Position{5});

    EXPECT_EQ(records.size(), 1U);
}

}  // namespace
}  // namespace freshet::engine
