// What storage/item_cache.h promises, by example. The property is in tests/properties.

#include "storage/item_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/storage/colliding_keys.h"

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

// Of 64 MiB, so in several stripes, with four times what has room.
void fill(ItemCache& cache) {
    const auto small = item(1, 8'000);
    const auto large = item(1, 400'000);
    for (int i = 0; i < 20'000; ++i) {
        cache.add(HashedKey("item-" + std::to_string(i)), i % 64 == 0 ? large : small, 1);
    }
}

TEST(ItemCacheTest, EachStripeKeepsItsShareWhateverTheOthersGrow) {
    ItemCache cache(64 * mebibyte);
    fill(cache);

    const auto stripes = cache.stripe_bytes();
    ASSERT_GT(stripes.size(), 1U);
    const std::size_t share = 64 * mebibyte / stripes.size();
    for (const std::size_t bytes : stripes) {
        EXPECT_LE(bytes, share);
        EXPECT_GT(bytes, share * 3 / 4);
    }
}

TEST(ItemCacheTest, ALongItemDrivesOutLittle) {
    ItemCache cache(64 * mebibyte);
    fill(cache);
    const auto before = cache.stripe_bytes();
    const std::size_t share = 64 * mebibyte / before.size();

    cache.replace(HashedKey("longest"), item(2, share * 3 / 4), 2);
    EXPECT_EQ(cache.stripe_bytes(), before) << "it is not kept";
    EXPECT_EQ(cache.find(HashedKey("longest"), 2), nullptr);

    cache.replace(HashedKey("long"), item(2, share / 10), 2);
    EXPECT_NE(cache.find(HashedKey("long"), 2), nullptr);
    for (const std::size_t bytes : cache.stripe_bytes()) EXPECT_GT(bytes, share * 3 / 4);
}

TEST(ItemCacheTest, PassesByEightThatWereFoundAndEvictsTheNext) {
    ItemCache cache(mebibyte);
    const auto key = [](std::size_t i) { return "item-" + std::to_string(10'000 + i); };
    const auto kept = item(1, 10'000);
    cache.add(HashedKey(key(0)), kept, 1);
    const std::size_t room = mebibyte / cache.bytes();
    for (std::size_t i = 1; i < room; ++i) cache.add(HashedKey(key(i)), kept, 1);
    for (std::size_t i = 0; i < room; ++i) {
        ASSERT_NE(cache.find(HashedKey(key(i)), 1), nullptr) << i;
    }

    cache.add(HashedKey(key(room)), kept, 1);

    for (std::size_t i = 0; i <= room; ++i) {
        EXPECT_EQ(cache.find(HashedKey(key(i)), 1) == nullptr, i == 8) << i;
    }
}

TEST(ItemCacheTest, TellsItemsApartWhoseKeysHaveOneHash) {
    ItemCache cache(mebibyte);
    std::vector<std::string> keys;
    std::vector<ItemCache::ItemPtr> items;
    for (int i = 0; i < 50; ++i) {
        keys.push_back("key" + colliding_end(i));
        ASSERT_EQ(HashedKey(keys.back()).hash(), HashedKey(keys.front()).hash());
        items.push_back(item(1));
    }
    for (std::size_t i = 0; i < keys.size(); i += 2) cache.replace(HashedKey(keys[i]), items[i], 1);

    for (std::size_t i = 0; i < keys.size(); ++i) {
        EXPECT_EQ(cache.find(HashedKey(keys[i]), 1), i % 2 == 0 ? items[i] : nullptr) << i;
    }
    const auto newer = item(2);
    cache.replace(HashedKey(keys[4]), newer, 2);
    EXPECT_EQ(cache.find(HashedKey(keys[4]), 2), newer);
    EXPECT_EQ(cache.find(HashedKey(keys[6]), 2), items[6]);
}

// Version v writes item v % items, and what is cleared stays as it was in the database. So each
// reader knows what its version has, whatever the others do.
TEST(ItemCacheTest, ReadersFindWhatTheirVersionHasWhileItemsAreWritten) {
    constexpr std::uint64_t items = 40;
    constexpr std::uint64_t versions = 20'000;
    ItemCache cache(4'096);  // about ten of them
    const auto key = [](std::uint64_t i) { return "item-" + std::to_string(i); };
    const auto written_at = [](std::uint64_t i, std::uint64_t version) {
        return version - (version - i) % items;
    };
    std::atomic<std::uint64_t> newest = items;
    std::atomic<int> wrong = 0;
    std::atomic<int> found = 0;
    std::vector<std::thread> readers;
    for (unsigned int reader = 0; reader < 3; ++reader) {
        readers.emplace_back([&, reader] {
            std::mt19937_64 random(reader);
            std::uint64_t version = items;
            while (version < versions) {
                version = newest;
                for (int i = 0; i < 20; ++i) {
                    const std::uint64_t asked = random() % items;
                    const std::uint64_t changed = written_at(asked, version);
                    const std::string bytes = key(asked);
                    const auto known = cache.find(HashedKey(bytes), version);
                    if (known == nullptr) {
                        cache.add(HashedKey(bytes), item(changed), version);
                        continue;
                    }
                    ++found;
                    if (known->parts().changed != Position{changed}) ++wrong;
                }
            }
        });
    }
    for (std::uint64_t version = items + 1; version <= versions; ++version) {
        if (version % 500 == 0) cache.clear(version);
        cache.replace(HashedKey(key(version % items)), item(version), version);
        newest = version;
    }
    for (std::thread& reader : readers) reader.join();

    EXPECT_EQ(wrong, 0);
    EXPECT_GT(found, 0);
    EXPECT_LE(cache.bytes(), 4'096U);
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
