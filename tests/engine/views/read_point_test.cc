// What engine/views/read_point.h promises about pages and cursors, by example.

#include "engine/views/read_point.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using storage::ValueType;
using support::must;

// The list of the shop without its `sort`.
constexpr const char* other_definition = R"(
[[table]]
name = "orders"
key  = ["pk"]

[[table.list]]
name   = "my-orders"
by     = "creator"
fields = ["id=pk"]
)";

class ReadPointTest : public ::testing::Test {
protected:
    void ordered(int number) {
        must(shop.append(
            {shop.inserted({.id = "o-" + std::to_string(number),
                            .attributes = {{"creator", number % 2 == 0 ? "ann" : "bob"},
                                           {"createdAt", std::to_string(1'000 + number)}}})}));
    }
    // An order of ann's that was created at a value of that type, or never.
    using Created = std::optional<std::pair<ValueType, std::string>>;
    void created(const std::string& id, const Created& at) {
        storage::Change change = shop.inserted({.id = id, .attributes = {}});
        storage::ImageBuilder builder;
        std::vector<storage::ImageBuilder::Value> values;
        if (at && at->first == ValueType::null) values.push_back(builder.null("createdAt"));
        if (at && at->first != ValueType::null) {
            values.push_back(builder.scalar(at->first, "createdAt", at->second));
        }
        values.push_back(builder.scalar(ValueType::string, "creator", "ann"));
        values.push_back(builder.scalar(ValueType::string, "pk", id));
        change.after = builder.finish(values);
        must(shop.append({std::move(change)}));
    }
    // The ids of ann's orders, read three at a time.
    std::string ids(PageRequest request) {
        request.partition = {"ann"};
        request.limit = 3;
        std::string ids;
        do {
            const PageAnswer answer = must(shop.now()->page(list(), request, *everybody()));
            for (const std::string& item : answer.items) {
                ids += (ids.empty() ? "" : " ") + item.substr(7, item.size() - 9);  // {"id":"…"}
            }
            request.cursor = answer.next;
        } while (!request.cursor.empty());
        return ids;
    }

    const ListView& list() {
        return *std::get<const ListView*>(shop.engine().catalog().view("my-orders"));
    }
    Result<PageAnswer> page(const std::string& cursor, std::size_t limit = 3,
                            const std::string& partition = "ann") {
        return shop.now()->page(
            list(), {.partition = {partition}, .limit = limit, .cursor = cursor}, *everybody());
    }

    support::Shop shop;
};

TEST_F(ReadPointTest, LeadsThroughAListPageByPage) {
    for (int i = 0; i < 20; ++i) ordered(i);

    std::vector<std::string> seen;
    std::string cursor;
    do {
        const PageAnswer answer = must(page(cursor));
        EXPECT_LE(answer.items.size(), 3U);
        seen.insert(seen.end(), answer.items.begin(), answer.items.end());
        cursor = answer.next;
    } while (!cursor.empty());

    ASSERT_EQ(seen.size(), 10U);
    EXPECT_EQ(seen.front(), R"({"id":"o-18"})");
    EXPECT_EQ(seen.back(), R"({"id":"o-0"})");
}

TEST_F(ReadPointTest, EndsAPageExactlyAtTheLastRowWithoutACursor) {
    for (int i = 0; i < 6; ++i) ordered(i);

    EXPECT_TRUE(must(page("", 3)).next.empty());
    EXPECT_FALSE(must(page("", 2)).next.empty());
}

TEST_F(ReadPointTest, NeitherSkipsNorRepeatsARowThatKeptItsPlace) {
    for (int i = 0; i < 10; ++i) ordered(i);
    const PageAnswer first = must(page("", 2));
    ordered(12);
    must(shop.append({shop.removed({.id = "o-6"})}));

    const PageAnswer rest = must(page(first.next, 10));

    EXPECT_EQ(first.items, (std::vector<std::string>{R"({"id":"o-8"})", R"({"id":"o-6"})"}));
    EXPECT_EQ(rest.items,
              (std::vector<std::string>{R"({"id":"o-4"})", R"({"id":"o-2"})", R"({"id":"o-0"})"}));
}

TEST_F(ReadPointTest, RefusesACursorThatIsDamagedOrOfAnotherPartition) {
    for (int i = 0; i < 10; ++i) ordered(i);
    const std::string cursor = must(page("", 2)).next;
    std::string damaged = cursor;
    damaged[damaged.size() / 2] = damaged[damaged.size() / 2] == 'A' ? 'B' : 'A';

    EXPECT_EQ(page(damaged).error().code, Errc::malformed);
    EXPECT_EQ(page("nonsense").error().code, Errc::malformed);
    EXPECT_EQ(page(cursor, 3, "bob").error().code, Errc::malformed);
}

TEST_F(ReadPointTest, SaysThatACursorOfAnotherDefinitionIsGone) {
    for (int i = 0; i < 10; ++i) ordered(i);
    const std::string cursor = must(page("", 2)).next;
    must(shop.reconfigure(other_definition));
    while (shop.engine().sequencer().build()) {
    }

    const auto answer = page(cursor);

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::gone);
}

TEST_F(ReadPointTest, ShowsAnEmptyPageForAPartitionThatNobodyIsIn) {
    ordered(0);

    EXPECT_TRUE(must(page("", 3, "nobody")).items.empty());
    EXPECT_TRUE(must(page("", 3, "an")).items.empty()) << "no partition is a prefix of another";
}

TEST_F(ReadPointTest, DoesNotChangeWhileItIsHeld) {
    ordered(0);
    const auto held = shop.now();
    ordered(2);

    EXPECT_EQ(must(held->page(list(), {.partition = {"ann"}}, *everybody())).items.size(), 1U);
    EXPECT_EQ(must(shop.now()->page(list(), {.partition = {"ann"}}, *everybody())).items.size(),
              2U);
    EXPECT_LT(held->position(), shop.now()->position());
}

TEST_F(ReadPointTest, EndsAPageOnceItIsAMebibyteLong) {
    const std::string long_id(300'000, 'x');
    for (int i = 0; i < 6; ++i) {
        must(shop.append({shop.inserted(
            {.id = long_id + std::to_string(i), .attributes = {{"creator", "ann"}}})}));
    }

    const PageAnswer answer = must(page("", 100));

    EXPECT_EQ(answer.items.size(), 4U);
    EXPECT_EQ(must(page(answer.next, 100)).items.size(), 2U);
}

TEST_F(ReadPointTest, ReadsAListInEitherOrderAndThoseWithoutTheFirstSortValueLastInBoth) {
    for (const char* time : {"1", "3", "2", "4"}) created(time, {{ValueType::string, time}});
    for (const char* never : {"x", "y", "z", "w"}) created(never, std::nullopt);

    EXPECT_EQ(ids({}), "4 3 2 1 w x y z");
    EXPECT_EQ(ids({.order = Direction::descending}), "4 3 2 1 w x y z");
    EXPECT_EQ(ids({.order = Direction::ascending}), "1 2 3 4 z y x w");
}

TEST_F(ReadPointTest, TurnsTiesRoundWithTheOrder) {
    for (const char* id : {"a", "b", "c", "d"}) created(id, {{ValueType::null, ""}});

    EXPECT_EQ(ids({}), "a b c d");
    EXPECT_EQ(ids({.order = Direction::ascending}), "d c b a");
}

TEST_F(ReadPointTest, ReadsFromSinceOnAndBelowUntil) {
    for (const char* time : {"1", "2", "3", "4", "5", "6"}) {
        created(time, {{ValueType::string, time}});
    }
    created("never", std::nullopt);

    EXPECT_EQ(ids({.since = "2", .until = "6"}), "5 4 3 2");
    EXPECT_EQ(ids({.order = Direction::ascending, .since = "2", .until = "6"}), "2 3 4 5");
    EXPECT_EQ(ids({.since = "3"}), "6 5 4 3");
    EXPECT_EQ(ids({.order = Direction::ascending, .until = "4"}), "1 2 3");
    EXPECT_EQ(ids({.since = "25", .until = "35"}), "3");
    EXPECT_EQ(ids({.since = "4", .until = "4"}), "");
    EXPECT_EQ(ids({.since = "5", .until = "2"}), "");
}

TEST_F(ReadPointTest, ComparesBoundsWithStringsAsTextAndWithNumbersAsDecimals) {
    for (const char* text : {"5", "10", "x"}) {
        created("s" + std::string(text), {{ValueType::string, text}});
    }
    for (const char* number : {"5.00", "10", "-1", "99999999999999999999.5"}) {
        created("n" + std::string(number), {{ValueType::number, number}});
    }
    created("null", {{ValueType::null, ""}});
    created("binary", {{ValueType::binary, "7"}});

    const Direction order = Direction::ascending;
    EXPECT_EQ(ids({.order = order, .since = "5"}), "n5.00 n10 n99999999999999999999.5 s5 sx");
    EXPECT_EQ(ids({.since = "5"}), "sx s5 n99999999999999999999.5 n10 n5.00");
    EXPECT_EQ(ids({.order = order, .since = "50e-1", .until = "1e1"}), "n5.00");
    EXPECT_EQ(ids({.order = order, .since = "1", .until = "y"}), "s10 s5 sx");
    EXPECT_EQ(ids({.order = order, .until = "99999999999999999999.6"}),
              "n-1 n5.00 n10 n99999999999999999999.5 s10 s5");
}

TEST_F(ReadPointTest, ComparesBoundsByTheKibibyteThatSortValuesAreComparedBy) {
    const std::string kibibyte(sort_bytes_max, 'k');
    created("longer", {{ValueType::string, kibibyte + "b"}});

    EXPECT_EQ(ids({.since = kibibyte + "c"}), "longer");
    EXPECT_EQ(ids({.until = kibibyte + "c"}), "");
}

TEST_F(ReadPointTest, RefusesACursorOfAnotherOrderOrOtherBounds) {
    for (int i = 0; i < 10; ++i) ordered(i);
    const PageRequest asked{.partition = {"ann"}, .limit = 1, .since = "1002"};
    const std::string cursor = must(shop.now()->page(list(), asked, *everybody())).next;
    const auto with = [&](PageRequest request) {
        request.partition = {"ann"};
        request.cursor = cursor;
        return shop.now()->page(list(), request, *everybody());
    };

    EXPECT_EQ(with({}).error().code, Errc::malformed);
    EXPECT_EQ(with({.since = "1003"}).error().code, Errc::malformed);
    EXPECT_EQ(with({.until = "1002"}).error().code, Errc::malformed);
    EXPECT_EQ(with({.since = "1002", .until = "1009"}).error().code, Errc::malformed);
    EXPECT_EQ(with({.order = Direction::ascending, .since = "1002"}).error().code, Errc::malformed);
    EXPECT_EQ(must(with({.order = Direction::descending, .since = "1002"})).items.size(), 3U)
        << "the list's own order is the same, said or not";
}

TEST_F(ReadPointTest, RefusesBoundsForAListThatHasNoSort) {
    must(shop.reconfigure(other_definition));

    const auto answer =
        shop.now()->page(list(), {.partition = {"ann"}, .since = "1"}, *everybody());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::refused);
}

}  // namespace
}  // namespace freshet::engine
