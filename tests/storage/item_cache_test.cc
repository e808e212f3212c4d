// What storage/item_cache.h promises, by example. The property is in tests/properties.

#include "storage/item_cache.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace freshet::storage {
namespace {

constexpr std::size_t mebibyte = 1U << 20U;

ItemCache::ItemPtr item(std::uint64_t changed, std::size_t bytes = 1) {
    const std::string label(bytes, 'x');
    return std::make_shared<const Item>(ItemParts{.source = "s",
                                                  .label = label,
                                                  .sequence = "1",
                                                  .created = Position{1},
                                                  .changed = Position{changed},
                                                  .time = std::nullopt,
                                                  .others = {},
                                                  .image = std::nullopt});
}

TEST(ItemCacheTest, FindsWhatWasWrittenFromItsVersionOn) {
    ItemCache cache(mebibyte);
    const auto written = item(7);
    cache.replace(HashedKey("a"), written, 3);

    EXPECT_EQ(cache.find(HashedKey("a"), 3), written);
    EXPECT_EQ(cache.find(HashedKey("a"), 9), written);
    EXPECT_EQ(cache.find(HashedKey("a"), 2), nullptr)
        << "an earlier version has another item, or none";
    EXPECT_EQ(cache.find(HashedKey("b"), 9), nullptr);
}

TEST(ItemCacheTest, AReaderAddsWhatWasNotWrittenSince) {
    ItemCache cache(mebibyte);
    cache.replace(HashedKey("a"), item(7), 3);
    const auto read = item(7);
    cache.add(HashedKey("a"), read, 5);

    EXPECT_EQ(cache.find(HashedKey("a"), 3), read) << "it has been so since it was written";
    EXPECT_EQ(cache.find(HashedKey("a"), 2), nullptr);
}

TEST(ItemCacheTest, AReaderOfAnEarlierVersionAddsNothing) {
    ItemCache cache(mebibyte);
    cache.replace(HashedKey("a"), item(9), 9);
    cache.add(HashedKey("a"), item(5), 8);

    EXPECT_EQ(cache.find(HashedKey("a"), 9)->parts().changed, Position{9});
}

TEST(ItemCacheTest, WhatWasKnownBeforeItWasClearedIsGone) {
    ItemCache cache(mebibyte);
    const auto held = item(7);
    cache.replace(HashedKey("a"), held, 3);
    cache.clear(4);

    EXPECT_EQ(cache.find(HashedKey("a"), 3), nullptr);
    EXPECT_EQ(cache.find(HashedKey("a"), 4), nullptr);
    cache.add(HashedKey("a"), held, 3);
    EXPECT_EQ(cache.find(HashedKey("a"), 4), nullptr) << "it was read of what was there before";
}

TEST(ItemCacheTest, KeepsNoMoreThanItMay) {
    ItemCache cache(mebibyte);
    for (std::uint64_t i = 1; i < 10'000; ++i) {
        cache.replace(HashedKey("item-" + std::to_string(i)), item(i, 1'000), i);
    }
    EXPECT_LE(cache.bytes(), mebibyte);
    EXPECT_GT(cache.bytes(), mebibyte / 2);
    EXPECT_NE(cache.find(HashedKey("item-9999"), 9'999), nullptr);
    EXPECT_EQ(cache.find(HashedKey("item-1"), 9'999), nullptr);
}

TEST(ItemCacheTest, KeepsWhatIsAskedForRatherThanWhatIsNot) {
    ItemCache cache(mebibyte);
    for (std::uint64_t i = 1; i < 10'000; ++i) {
        cache.replace(HashedKey("item-" + std::to_string(i)), item(i, 1'000), i);
        ASSERT_NE(cache.find(HashedKey("item-1"), i), nullptr) << "after " << i;
    }
    EXPECT_EQ(cache.find(HashedKey("item-2"), 9'999), nullptr);
}

// Written again and again, it is kept once.
TEST(ItemCacheTest, CountsAnItemThatIsWrittenAgainOnce) {
    ItemCache cache(mebibyte);
    for (std::uint64_t i = 1; i < 10'000; ++i) cache.replace(HashedKey("a"), item(i, 1'000), i);
    EXPECT_LT(cache.bytes(), 2'000U);
    cache.clear(10'000);
    EXPECT_EQ(cache.bytes(), 0U);
}

// What stood there is older than what was written.
TEST(ItemCacheTest, AnItemThatIsTooLongGoesWithWhatWasKnownOfIt) {
    ItemCache cache(mebibyte);
    cache.replace(HashedKey("a"), item(1), 1);
    cache.replace(HashedKey("a"), item(2, mebibyte / 2), 2);

    EXPECT_EQ(cache.find(HashedKey("a"), 2), nullptr);
}

TEST(ItemCacheTest, KeepsNothingWithoutRoom) {
    ItemCache cache(0);
    cache.replace(HashedKey("a"), item(1), 1);
    cache.add(HashedKey("b"), item(1), 1);
    cache.clear(2);

    EXPECT_EQ(cache.find(HashedKey("a"), 1), nullptr);
    EXPECT_EQ(cache.find(HashedKey("b"), 2), nullptr);
    EXPECT_EQ(cache.bytes(), 0U);
}

}  // namespace
}  // namespace freshet::storage
