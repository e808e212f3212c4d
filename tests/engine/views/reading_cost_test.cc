// What a read may cost: nothing is read for those whom the key refuses, and a page is bounded by
// what it reads, however little it shows.

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/views/read_point.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using support::must;

constexpr const char* configuration = R"(
[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "by-key"
access = [{ pk = "{claims.sub}" }]

[[table.view]]
name   = "hidden-by-key"
access = [{ pk = "{claims.sub}" }]
hide   = true

[[table.view]]
name   = "of-owner"
access = ["owner"]

[[table.list]]
name   = "all"
sort   = "pk"
fields = ["pk"]

[[table.total]]
name   = "largest"
by     = "pk"
values = [{ max = "pk" }]
)";

class ReadingCostTest : public ::testing::Test {
protected:
    Result<std::optional<ItemAnswer>> item(const std::string& view, const std::string& key) {
        return shop.now()->item(*std::get<const ItemView*>(shop.engine().catalog().view(view)),
                                {key}, ann);
    }
    bool is_forbidden(const std::string& view, const std::string& key) {
        const auto found = item(view, key);
        return !found && found.error().code == Errc::forbidden;
    }
    // Orders of which a list shows a few bytes.
    void place_long_orders(std::size_t count, std::size_t bytes) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::string id = "o-" + std::to_string(100 + orders++);
            must(shop.append(
                {shop.inserted({.id = id, .attributes = {{"text", std::string(bytes, 'x')}}})}));
        }
    }
    // A source that is known already: nothing else has to be read for these.
    void place_at_once(std::size_t count) {
        place_long_orders(1, 1);
        std::vector<storage::Change> changes;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string id = "o-" + std::to_string(10'000 + orders++);
            changes.push_back(shop.inserted({.id = id, .attributes = {}}));
        }
        must(shop.append(std::move(changes)));
    }
    // Whether the page is left to who has time for it.
    bool list_takes_long(std::size_t limit, Patience patience) {
        const auto& list = *std::get<const ListView*>(shop.engine().catalog().view("all"));
        const PageAnswer page =
            must(shop.now()->page(list, {.partition = {}, .limit = limit}, *everybody(), patience));
        EXPECT_NE(page.takes_long, !page.items.empty());
        return page.takes_long;
    }
    bool total_takes_long(std::size_t limit, Patience patience) {
        const auto& total = *std::get<const TotalView*>(shop.engine().catalog().view("largest"));
        const PageAnswer page =
            must(shop.now()->page(total, {.first = {}, .limit = limit}, *everybody(), patience));
        EXPECT_NE(page.takes_long, !page.items.empty());
        return page.takes_long;
    }

    support::Shop shop{configuration};
    std::size_t orders = 0;
    const Caller ann{.subject = "ann", .roles = {"customer"}, .claims = {}, .grants = {}};
};

// Were it read first, one that is not there would be told from one that is.
TEST_F(ReadingCostTest, ARefusalByTheKeyComesBeforeTheItemIsLookedFor) {
    must(shop.append({shop.inserted({.id = "bob", .attributes = {}})}));

    EXPECT_TRUE(is_forbidden("by-key", "bob"));
    EXPECT_TRUE(is_forbidden("by-key", "nobody"));
    EXPECT_EQ(must(item("hidden-by-key", "bob")), std::nullopt);
    EXPECT_EQ(must(item("hidden-by-key", "nobody")), std::nullopt);
}

TEST_F(ReadingCostTest, WhatTheKeyAllowsOrLeavesOpenIsRead) {
    must(shop.append({shop.inserted({.id = "ann", .attributes = {{"creator", "bob"}}})}));

    EXPECT_TRUE(must(item("by-key", "ann")).has_value());
    EXPECT_TRUE(is_forbidden("of-owner", "ann"));
    EXPECT_EQ(must(item("of-owner", "nobody")), std::nullopt) << "there is none";
}

TEST_F(ReadingCostTest, APageOfAListEndsAfterSoManyBytesOfItems) {
    constexpr std::size_t item_bytes = 1U << 20U;
    constexpr std::size_t count = 40;
    place_long_orders(count, item_bytes);
    const auto& list = *std::get<const ListView*>(shop.engine().catalog().view("all"));

    PageRequest request{.partition = {}, .limit = 1'000};
    std::size_t shown = 0;
    do {
        const PageAnswer page = must(shop.now()->page(list, request, *everybody()));
        EXPECT_LE(page.items.size(), page_bytes_read_max / item_bytes);
        ASSERT_FALSE(page.items.empty());
        shown += page.items.size();
        request.cursor = page.next;
    } while (!request.cursor.empty());

    EXPECT_EQ(shown, count) << "the cursor leads to the rest";
}

TEST_F(ReadingCostTest, APageOfATotalEndsAfterSoManyBytesOfItems) {
    constexpr std::size_t item_bytes = 1U << 20U;
    constexpr std::size_t count = 40;
    place_long_orders(count, item_bytes);
    const auto& total = *std::get<const TotalView*>(shop.engine().catalog().view("largest"));

    GroupsRequest request{.first = {}, .limit = 1'000};
    std::size_t shown = 0;
    do {
        const PageAnswer page = must(shop.now()->page(total, request, *everybody()));
        EXPECT_LE(page.items.size(), page_bytes_read_max / item_bytes);
        ASSERT_FALSE(page.items.empty());
        shown += page.items.size();
        request.cursor = page.next;
    } while (!request.cursor.empty());

    EXPECT_EQ(shown, count);
}

TEST_F(ReadingCostTest, ThereIsLittlePatienceForPagesOfManyRows) {
    place_long_orders(long_page_rows, 1);
    EXPECT_FALSE(list_takes_long(1'000, Patience::little));
    EXPECT_FALSE(total_takes_long(1'000, Patience::little));

    place_long_orders(1, 1);

    EXPECT_TRUE(list_takes_long(1'000, Patience::little));
    EXPECT_TRUE(total_takes_long(1'000, Patience::little));
    EXPECT_FALSE(list_takes_long(long_page_rows, Patience::little));
    EXPECT_FALSE(total_takes_long(long_page_rows, Patience::little));
    EXPECT_FALSE(list_takes_long(1'000, Patience::any));
    EXPECT_FALSE(total_takes_long(1'000, Patience::any));
}

// Who reads in order next finds it done.
TEST_F(ReadingCostTest, ThereIsLittlePatienceForPuttingManyRowsInOrder) {
    place_at_once(long_unordered / 2);

    EXPECT_TRUE(list_takes_long(10, Patience::little));
    EXPECT_FALSE(list_takes_long(10, Patience::any));
    EXPECT_FALSE(list_takes_long(10, Patience::little));
}

TEST_F(ReadingCostTest, ThereIsLittlePatienceForPuttingManyGroupsInOrder) {
    place_at_once(long_unordered / 2);

    EXPECT_TRUE(total_takes_long(10, Patience::little));
    EXPECT_FALSE(total_takes_long(10, Patience::any));
    EXPECT_FALSE(total_takes_long(10, Patience::little));
}

TEST_F(ReadingCostTest, ThereIsLittlePatienceForPagesOfLongItems) {
    constexpr std::size_t count = 5;
    place_long_orders(count, long_item_bytes / (count - 1));

    EXPECT_TRUE(list_takes_long(count, Patience::little));
    EXPECT_TRUE(total_takes_long(count, Patience::little));
    EXPECT_FALSE(list_takes_long(count - 2, Patience::little));
    EXPECT_FALSE(total_takes_long(count - 2, Patience::little));
    EXPECT_FALSE(list_takes_long(count, Patience::any));
    EXPECT_FALSE(total_takes_long(count, Patience::any));
}

}  // namespace
}  // namespace freshet::engine
