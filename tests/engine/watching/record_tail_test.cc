// What engine/watching/record_tail.h promises, by example.

#include "engine/watching/record_tail.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::must;

// Records 1 to 5 of a log, all of the same size.
class RecordTailTest : public ::testing::Test {
protected:
    void SetUp() override {
        for (int i = 1; i <= 5; ++i) {
            must(shop.append({shop.inserted({.id = "o-" + std::to_string(i)})}));
        }
        records = must(shop.engine().records_after(*shop.now(), Position{}, {}));
        ASSERT_EQ(records.size(), 5U);
        size = records.front().bytes().size();
    }

    void publish(RecordTail& tail, std::size_t first, std::size_t last) {
        tail.publish({records.begin() + static_cast<std::ptrdiff_t>(first) - 1,
                      records.begin() + static_cast<std::ptrdiff_t>(last)});
    }
    static std::vector<std::uint64_t> positions(const std::optional<WatchedRecords>& found) {
        std::vector<std::uint64_t> positions;
        if (!found) return {~std::uint64_t{0}};
        for (const auto& watched : *found) {
            positions.push_back(watched->record().position().value);
        }
        return positions;
    }

    using Positions = std::vector<std::uint64_t>;
    const Positions not_here{~std::uint64_t{0}};
    support::Shop shop;
    std::vector<storage::Record> records;
    std::size_t size = 0;
};

TEST_F(RecordTailTest, GivesWhatFollowsAPositionUpToAnother) {
    RecordTail tail(shop.engine().catalog(), 1U << 20U);
    publish(tail, 1, 2);
    publish(tail, 3, 5);

    EXPECT_EQ(positions(tail.after(Position{0}, Position{5}, {})), (Positions{1, 2, 3, 4, 5}));
    EXPECT_EQ(positions(tail.after(Position{2}, Position{4}, {})), (Positions{3, 4}));
    EXPECT_EQ(positions(tail.after(Position{5}, Position{5}, {})), Positions{});
    EXPECT_EQ(positions(tail.after(Position{0}, Position{5}, {.records = 2})), (Positions{1, 2}));
    EXPECT_EQ(positions(tail.after(Position{0}, Position{5}, {.bytes = 2 * size})),
              (Positions{1, 2}));
    EXPECT_EQ(positions(tail.after(Position{3}, Position{5}, {.bytes = 1})), Positions{4});
}

TEST_F(RecordTailTest, SaysThatItDoesNotReachBackSoFar) {
    RecordTail tail(shop.engine().catalog(), 2 * size + 1'200);  // with the allowance for each
    publish(tail, 1, 5);

    EXPECT_EQ(positions(tail.after(Position{2}, Position{5}, {})), not_here);
    EXPECT_EQ(positions(tail.after(Position{3}, Position{5}, {})), (Positions{4, 5}));
}

// Beside small ones, which share their memory.
TEST_F(RecordTailTest, LetsGoOfALongRecordByItself) {
    const std::string note(60'000, 'x');
    for (int i = 0; i < 40; ++i) {
        support::Order order{.id = "o-" + std::to_string(10 + i)};
        if (i >= 17) order.attributes["note"] = note;
        must(shop.append({shop.inserted(order)}));
    }
    records = must(shop.engine().records_after(*shop.now(), Position{}, {.bytes = 1U << 30U}));
    ASSERT_EQ(records.size(), 45U);
    RecordTail tail(shop.engine().catalog(), 20 * records.back().bytes().size());
    publish(tail, 1, 40);
    std::vector<std::weak_ptr<const WatchedRecord>> held;
    {
        const auto found = tail.after(Position{22}, Position{40}, {.bytes = 1U << 30U});
        ASSERT_TRUE(found);
        for (const auto& watched : *found) held.push_back(watched);
    }
    ASSERT_EQ(held.size(), 18U);

    publish(tail, 41, 45);

    std::size_t kept = 0;
    for (const auto& watched : held) kept += watched.expired() ? 0 : 1;
    EXPECT_EQ(positions(tail.after(Position{26}, Position{45}, {.bytes = 1U << 30U})).size(),
              kept + 5);
    EXPECT_LT(kept, held.size());
}

TEST_F(RecordTailTest, HoldsNothingOfWhatStoodBeforeARestart) {
    RecordTail tail(shop.engine().catalog(), 1U << 20U);
    publish(tail, 1, 3);

    tail.restart(Position{4});
    publish(tail, 5, 5);

    EXPECT_EQ(positions(tail.after(Position{3}, Position{5}, {})), not_here);
    EXPECT_EQ(positions(tail.after(Position{4}, Position{5}, {})), Positions{5});
}

TEST_F(RecordTailTest, KeepsNoRecordThatIsLargerThanTheTail) {
    RecordTail tail(shop.engine().catalog(), size - 1);
    publish(tail, 1, 3);

    EXPECT_EQ(positions(tail.after(Position{2}, Position{3}, {})), not_here);
    EXPECT_EQ(positions(tail.after(Position{3}, Position{3}, {})), Positions{});
}

TEST_F(RecordTailTest, SharesTheEventAmongAllWhoAsk) {
    RecordTail tail(shop.engine().catalog(), 1U << 20U);
    publish(tail, 1, 1);

    const auto one = tail.after(Position{0}, Position{5}, {});
    const auto other = tail.after(Position{0}, Position{5}, {});

    ASSERT_NE(one->front()->event(), nullptr);
    EXPECT_EQ(one->front()->event_data(), R"({"id":"o-1"})");
    EXPECT_EQ(one->front()->event(), other->front()->event());
}

class RecordTailDeathTest : public RecordTailTest, support::FreshProcess {};

TEST_F(RecordTailDeathTest, NeverTakesInARecordThatIsNotAfterTheNewest) {
    RecordTail tail(shop.engine().catalog(), 1U << 20U);
    publish(tail, 1, 3);

    EXPECT_DEATH(publish(tail, 3, 4), "positions in the tail increase");
}

TEST_F(RecordTailDeathTest, NeverTakesInARecordFromBeforeItsBeginning) {
    RecordTail tail(shop.engine().catalog(), 1U << 20U);
    tail.restart(Position{2});

    EXPECT_DEATH(publish(tail, 2, 4), "positions in the tail increase");
}

}  // namespace
}  // namespace freshet::engine
