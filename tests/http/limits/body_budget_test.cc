#include "http/limits/body_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

namespace freshet::http {
namespace {

using Full = BodyBudget::Full;

constexpr LimitKey ann{1};
constexpr LimitKey bob{2};
constexpr LimitKey home{3};

TEST(BodyBudget, HoldsAsMuchOfAClientAsItMayHave) {
    BodyBudget budget(100, 30);
    BodyBudget::Hold first = budget.open({ann});
    BodyBudget::Hold second = budget.open({ann});

    EXPECT_EQ(first.resize(20), std::nullopt);
    EXPECT_EQ(second.resize(10), std::nullopt);
    EXPECT_EQ(second.resize(11), Full::client);
    EXPECT_EQ(second.bytes(), 10U) << "what was refused is not held";
    EXPECT_EQ(first.resize(19), std::nullopt);
    EXPECT_EQ(second.resize(11), std::nullopt);
    EXPECT_EQ(budget.open({bob}).resize(30), std::nullopt);
}

TEST(BodyBudget, CountsABodyForEachOfItsClients) {
    BodyBudget budget(100, 30);
    BodyBudget::Hold here = budget.open({ann, home});
    BodyBudget::Hold there = budget.open({bob, home});

    EXPECT_EQ(here.resize(20), std::nullopt);
    EXPECT_EQ(there.resize(11), Full::client) << "they share an address";
    EXPECT_EQ(there.resize(10), std::nullopt);
    EXPECT_EQ(budget.bytes(), 30U);
    EXPECT_EQ(budget.open({bob}).resize(20), std::nullopt) << "elsewhere";
}

TEST(BodyBudget, HoldsNoMoreThanThereIsRoomForOfAnybody) {
    BodyBudget budget(50, 30);
    BodyBudget::Hold first = budget.open({ann});
    BodyBudget::Hold second = budget.open({bob});
    BodyBudget::Hold uncounted = budget.open({});
    EXPECT_EQ(first.resize(25), std::nullopt);
    EXPECT_EQ(second.resize(12), std::nullopt);

    EXPECT_EQ(second.resize(13), Full::all) << "more than would be left for others";
    EXPECT_EQ(uncounted.resize(14), Full::all);
    EXPECT_EQ(first.resize(0), std::nullopt);
    EXPECT_EQ(uncounted.resize(38), std::nullopt) << "it has no share of its own";
}

TEST(BodyBudget, HoldsAllOfOneClientWhereOthersHoldNextToNothing) {
    BodyBudget budget(160, 160);
    BodyBudget::Hold other = budget.open({bob});
    EXPECT_EQ(other.resize(10), std::nullopt);

    BodyBudget::Hold hold = budget.open({ann});
    EXPECT_EQ(hold.resize(150), std::nullopt);
}

TEST(BodyBudget, LeavesRoomForTheNextOneHoweverManyTakeWhatTheyCan) {
    BodyBudget budget(1'000, 250);
    std::vector<BodyBudget::Hold> greedy;
    for (unsigned char i = 1; i <= 6; ++i) {
        greedy.push_back(budget.open({LimitKey{i}}));
        std::size_t bytes = 0;
        while (!greedy.back().resize(bytes + 1)) ++bytes;
        EXPECT_GT(bytes, 10U) << "of client " << static_cast<int>(i);
    }

    BodyBudget::Hold uncounted = budget.open({});
    EXPECT_EQ(uncounted.resize(1'000 - budget.bytes()), std::nullopt) << "it is nobody's";
}

TEST(BodyBudget, GetsBackWhatWasHeldHoweverItsHolderEnds) {
    BodyBudget budget(100, 100);
    {
        BodyBudget::Hold hold = budget.open({ann});
        hold.resize(40);
        BodyBudget::Hold moved = std::move(hold);
        EXPECT_EQ(budget.bytes(), 40U);
        EXPECT_EQ(moved.resize(50), std::nullopt);
        BodyBudget::Hold other = budget.open({bob});
        other.resize(10);
        moved = std::move(other);
        EXPECT_EQ(moved.bytes(), 10U);
    }

    EXPECT_EQ(budget.bytes(), 0U);
    EXPECT_EQ(budget.clients(), 0U);
}

TEST(BodyBudget, CountsRightWhereManyComeAndGo) {
    BodyBudget budget(1'000, 300);
    std::atomic<bool> is_right = true;
    std::vector<std::thread> threads;
    for (unsigned char t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < 2'000; ++i) {
                BodyBudget::Hold hold = budget.open({LimitKey{static_cast<unsigned char>(t % 2)}});
                for (std::size_t bytes = 0; bytes < 100; bytes += 25) hold.resize(bytes + i % 7);
                if (budget.bytes() > 1'000) is_right = false;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();

    EXPECT_TRUE(is_right);
    EXPECT_EQ(budget.bytes(), 0U);
    EXPECT_EQ(budget.clients(), 0U);
}

}  // namespace
}  // namespace freshet::http
