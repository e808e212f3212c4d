// What engine/folding/totals.h and the totals of engine/views/read_point.h promise, by example. For
// any history, see tests/properties/total_property.cc.

#include "engine/folding/totals.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/board.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using support::Attributes;
using support::must;
using support::number_value;
using support::text_value;

constexpr const char* configuration = R"(
[[table]]
name   = "things"
key    = ["pk"]
derive = { words = { words = "note" } }

[[table.total]]
name   = "by-status"
by     = ["team", "status"]
values = ["count", { sum = "minutes" }, { min = "due" }, { max = "due" }]

[[table.total]]
name   = "open"
where  = { status = ["OPEN"] }

[[table.total]]
name   = "words"
values = [{ sum = "words" }, { max = "words" }]

[[table.total]]
name   = "nested"
by     = ["a.name", "b.name"]
values = [{ max = "a.size" }, { max = "b.size" }, { sum = "a.size" }]
)";

class TotalsTest : public ::testing::Test {
protected:
    void put(const std::string& pk, const std::string& status, const std::string& minutes,
             const std::string& due) {
        board.put(pk, {{"team", text_value("red")},
                       {"status", text_value(status)},
                       {"minutes", number_value(minutes)},
                       {"due", text_value(due)}});
    }
    std::string red(const std::string& status) { return board.group("by-status", {"red", status}); }

    // The groups of by-status as a page.
    PageAnswer page(const GroupsRequest& request) {
        return must(board.now()->page(board.total("by-status"), request, *everybody()));
    }

    support::Board board{configuration};
};

TEST_F(TotalsTest, CountsSumsAndShowsTheExtremesOfAGroup) {
    put("a", "OPEN", "30", "2026-02-01");
    put("b", "OPEN", "7.5", "2026-01-01");
    put("c", "DONE", "1", "2026-03-01");

    EXPECT_EQ(red("OPEN"), R"({"team":"red","status":"OPEN","count":2,"sum":{"minutes":37.5},)"
                           R"("min":{"due":"2026-01-01"},"max":{"due":"2026-02-01"}})");
    EXPECT_EQ(red("DONE"), R"({"team":"red","status":"DONE","count":1,"sum":{"minutes":1},)"
                           R"("min":{"due":"2026-03-01"},"max":{"due":"2026-03-01"}})");
    EXPECT_EQ(board.group("open", {}), R"({"count":2})");
}

TEST_F(TotalsTest, ShowsAGroupWithoutItemsAsEmpty) {
    EXPECT_EQ(red("LOST"), R"({"team":"red","status":"LOST","count":0,"sum":{"minutes":0},)"
                           R"("min":{"due":null},"max":{"due":null}})");
    EXPECT_EQ(board.group("open", {}), R"({"count":0})");
}

TEST_F(TotalsTest, FollowsAnItemFromGroupToGroup) {
    put("a", "OPEN", "30", "2026-02-01");
    put("b", "OPEN", "7.5", "2026-01-01");

    put("b", "DONE", "8", "2026-01-02");

    EXPECT_EQ(red("OPEN"), R"({"team":"red","status":"OPEN","count":1,"sum":{"minutes":30},)"
                           R"("min":{"due":"2026-02-01"},"max":{"due":"2026-02-01"}})");
    EXPECT_EQ(red("DONE"), R"({"team":"red","status":"DONE","count":1,"sum":{"minutes":8},)"
                           R"("min":{"due":"2026-01-02"},"max":{"due":"2026-01-02"}})");
}

TEST_F(TotalsTest, ChangesItsSumAndItsExtremesWhereTheItemStaysInItsGroup) {
    put("a", "OPEN", "30", "2026-02-01");
    put("b", "OPEN", "7.5", "2026-01-01");

    put("b", "OPEN", "-0.5", "2026-09-01");

    EXPECT_EQ(red("OPEN"), R"({"team":"red","status":"OPEN","count":2,"sum":{"minutes":29.5},)"
                           R"("min":{"due":"2026-02-01"},"max":{"due":"2026-09-01"}})");
}

TEST_F(TotalsTest, KeepsNoRowOfAGroupWhoseItemsHaveGone) {
    put("a", "OPEN", "30", "2026-02-01");
    put("b", "OPEN", "0.1", "2026-01-01");
    EXPECT_EQ(board.rows("by-status").size(), 3U) << "the group's, and one for each date";

    board.remove("a");
    put("b", "DONE", "1", "2026-01-01");
    board.remove("b");

    EXPECT_TRUE(board.rows("by-status").empty());
    EXPECT_TRUE(board.rows("open").empty());
}

TEST_F(TotalsTest, LeavesOutItemsWithoutAPartOfTheGroup) {
    board.put("a", {{"team", text_value("red")}, {"minutes", number_value("5")}});

    EXPECT_TRUE(page({}).items.empty());
}

TEST_F(TotalsTest, SumsNumbersAloneAndEveryDigitOfThem) {
    put("a", "OPEN", "12345678901234567890123456789012345678", "x");
    put("b", "OPEN", "0.00000000000000000000000000000000000001", "x");
    board.put("c", {{"team", text_value("red")},
                    {"status", text_value("OPEN")},
                    {"minutes", text_value("1000")},
                    {"due", text_value("x")}});

    EXPECT_EQ(red("OPEN"),
              R"({"team":"red","status":"OPEN","count":3,"sum":{"minutes":)"
              R"(1.234567890123456789012345678901234567800000000000000000000000000000000000001e37)"
              R"(},"min":{"due":"x"},"max":{"due":"x"}})");
    put("a", "OPEN", "0", "x");
    put("b", "OPEN", "0", "x");
    EXPECT_NE(red("OPEN").find(R"("sum":{"minutes":0})"), std::string::npos);
}

TEST_F(TotalsTest, SumsTheNumbersThatDynamoDBCanHoldAndNoOthers) {
    const auto sums_nothing_of = [&](const std::string& number) {
        put("a", "OPEN", number, "x");
        return red("OPEN").find(R"("sum":{"minutes":0})") != std::string::npos;
    };

    for (const char* summed : {"9.9999999999999999999999999999999999999e125", "-1e-130",
                               "1.2345678901234567890123456789012345678e-130"}) {
        EXPECT_FALSE(sums_nothing_of(summed)) << summed;
    }
    for (const char* left_out : {"1e126", "-1e999999", "1e-168", "1e999999999"}) {
        EXPECT_TRUE(sums_nothing_of(left_out)) << left_out;
    }
}

TEST_F(TotalsTest, TakesNumbersBeforeStringsAndNothingElseForAnExtreme) {
    const auto due = [&](const std::string& pk, support::Value value) {
        board.put(pk, {{"team", text_value("red")},
                       {"status", text_value("OPEN")},
                       {"due", std::move(value)}});
    };
    due("a", {.type = storage::ValueType::null});
    due("b", {.type = storage::ValueType::boolean, .truth = true});
    due("c", {.type = storage::ValueType::binary, .text = "zz"});
    due("d", {.type = storage::ValueType::number_set, .elements = {"1"}});
    EXPECT_NE(red("OPEN").find(R"("min":{"due":null},"max":{"due":null})"), std::string::npos);

    due("e", text_value("10"));
    due("f", number_value("1.50e2"));
    EXPECT_NE(red("OPEN").find(R"("min":{"due":1.50e2},"max":{"due":"10"})"), std::string::npos)
        << red("OPEN");
}

TEST_F(TotalsTest, SeesDerivedAttributes) {
    board.put("a", {{"note", text_value("one two three")}});
    board.put("b", {{"note", text_value("four five")}});

    EXPECT_EQ(board.group("words", {}), R"({"sum":{"words":5},"max":{"words":3}})");
}

TEST_F(TotalsTest, NamesPathsByTheirLastNamesOrWholeWhereTheseAreTheSame) {
    const auto part = [](const std::string& name, const std::string& size) -> support::Value {
        return {.type = storage::ValueType::map,
                .attributes = {{"name", text_value(name)}, {"size", number_value(size)}}};
    };
    board.put("x", {{"a", part("n", "1")}, {"b", part("m", "2")}});

    EXPECT_EQ(board.group("nested", {"n", "m"}),
              R"({"a.name":"n","b.name":"m","sum":{"size":1},"max":{"a.size":1,"b.size":2}})");
}

TEST_F(TotalsTest, PagesThroughTheGroupsInTheOrderOfTheirTexts) {
    for (const char* status : {"C", "A", "B"}) put(status, status, "1", "x");
    board.put("other", {{"team", text_value("blue")}, {"status", text_value("Z")}});

    const PageAnswer first = page({.limit = 2});
    ASSERT_EQ(first.items.size(), 2U);
    EXPECT_TRUE(first.items[0].starts_with(R"({"team":"blue","status":"Z","count":1)"));
    EXPECT_TRUE(first.items[1].starts_with(R"({"team":"red","status":"A","count":1)"));
    const PageAnswer second = page({.cursor = first.next});
    ASSERT_EQ(second.items.size(), 2U);
    EXPECT_TRUE(second.items[1].starts_with(R"({"team":"red","status":"C")"));
    EXPECT_EQ(second.next, "");
    EXPECT_EQ(page({.first = {"red"}}).items.size(), 3U);
    EXPECT_EQ(page({.first = {"re"}}).items.size(), 0U);
}

TEST_F(TotalsTest, TakesNoCursorOfOtherGroupsOrAnotherTotal) {
    for (const char* status : {"A", "B"}) put(status, status, "1", "x");
    const std::string cursor = page({.first = {"red"}, .limit = 1}).next;
    const auto with = [&](const std::string& total, const GroupsRequest& request) {
        const auto answer = board.now()->page(board.total(total), request, *everybody());
        return answer ? std::string() : answer.error().message;
    };

    EXPECT_EQ(with("by-status", {.cursor = cursor}), "");
    EXPECT_NE(with("by-status", {.first = {"blue"}, .cursor = cursor}).find("another partition"),
              std::string::npos);
    EXPECT_NE(with("nested", {.cursor = cursor}).find("of another view"), std::string::npos);
    EXPECT_NE(with("by-status", {.cursor = cursor.substr(1)}), "");
}

TEST_F(TotalsTest, RefusesPartsThatItDoesNotHave) {
    EXPECT_EQ(board.now()->total(board.total("by-status"), {"red"}, *everybody()).error().code,
              Errc::refused);
    EXPECT_EQ(board.now()
                  ->page(board.total("by-status"), {.first = {"1", "2", "3"}}, *everybody())
                  .error()
                  .code,
              Errc::refused);
}

TEST_F(TotalsTest, NamesItsFirstGroupAsAnExample) {
    EXPECT_EQ(must(board.now()->first_group(board.total("by-status"))), std::nullopt);

    put("a", "OPEN", "1", "x");

    EXPECT_EQ(must(board.now()->first_group(board.total("by-status"))),
              (std::vector<std::string>{"red", "OPEN"}));
}

TEST_F(TotalsTest, EndsAPageAtAMebibyte) {
    for (int i = 0; i < 20; ++i) {
        put(std::to_string(i), std::to_string(i), "1", std::string(100'000, 'x'));
    }

    std::size_t shown = 0;
    std::string cursor;
    do {
        const PageAnswer next = page({.cursor = cursor});
        EXPECT_EQ(next.items.size(), next.next.empty() ? 2U : 6U) << "of 200 KB each";
        shown += next.items.size();
        cursor = next.next;
    } while (!cursor.empty());
    EXPECT_EQ(shown, 20U);
}

TEST_F(TotalsTest, AreBuiltOfTheItemsThatAreThereOnceTheyAreDeclared) {
    put("a", "OPEN", "30", "2026-02-01");
    put("b", "OPEN", "7.5", "2026-01-01");
    const auto rows = board.rows("by-status");

    must(board.reconfigure("[[table]]\nname = 'things'\nkey = ['pk']\n"));
    board.put("c", {{"team", text_value("red")}, {"status", text_value("OPEN")}});
    board.remove("c");
    must(board.reconfigure(configuration));

    EXPECT_EQ(board.rows("by-status"), rows);
    EXPECT_EQ(board.group("open", {}), R"({"count":2})");
}

}  // namespace
}  // namespace freshet::engine
