// What engine/watching/event_filter.h promises: which events pass, and which requests are refused.

#include "engine/watching/event_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/record_maker.h"

namespace freshet::engine {
namespace {

using support::must;
using Request = EventFilter::Request;
using Texts = std::vector<std::string>;

constexpr const char* declarations = R"(
[[table]]
name = "orders"
key  = ["pk"]
[[table.event]]
type  = "updated"
topic = "{pk}-updated"
on    = "MODIFY"
[[table.event]]
type  = "created"

[[table]]
name = "meters"
key  = ["n number"]
[[table.event]]
type = "created"

[[table]]
name = "blobs"
key  = ["b binary"]

[[table]]
name = "tickets"
key  = ["tenant", "n number"]

[[table]]
name = "notes"
key  = ["folder", "name"]
)";

class EventFilterTest : public ::testing::Test {
protected:
    [[nodiscard]] EventFilter filter(const Request& request) const {
        return must(EventFilter::make(catalog, request, *everybody()));
    }
    [[nodiscard]] storage::Record record(const std::string& table, const std::string& keys) const {
        return maker.record(catalog, table, {.keys = keys});
    }

    [[nodiscard]] WatchedRecord watched(const storage::Record& record) const {
        return WatchedRecord(record, catalog);
    }

    // Whether a record of that table and key may match.
    [[nodiscard]] bool may_match(const Request& request, const std::string& table,
                                 const std::string& keys) const {
        return filter(request).may_match(watched(record(table, keys)));
    }
    // Likewise of the order of that id.
    [[nodiscard]] bool takes_order(const Request& request, const std::string& id) const {
        return may_match(request, "orders", R"("pk":{"S":")" + id + "\"}");
    }
    [[nodiscard]] bool takes_note(const std::string& key, const std::string& folder,
                                  const std::string& name) const {
        return may_match({.keys = {key}}, "notes",
                         R"("folder":{"S":")" + folder + R"("},"name":{"S":")" + name + "\"}");
    }
    // Whether the change of the order `a` passes: type updated, topic a-updated.
    [[nodiscard]] bool takes_update(const Request& request) const {
        const Table& orders = *catalog.table("orders");
        const EventFilter asked = filter(request);
        const storage::Record changed = record("orders", R"("pk":{"S":"a"})");
        return asked.may_match(watched(changed)) &&
               asked.matches(event_of(orders, changed).value());
    }
    [[nodiscard]] std::string refusal(const Request& request) const {
        const auto made = EventFilter::make(catalog, request, *everybody());
        if (made) return "";
        EXPECT_EQ(made.error().code, Errc::refused);
        return made.error().message;
    }

    const support::RecordMaker maker;
    const Config config = must(parse_config(declarations, "freshet.toml"));
    const Catalog& catalog = *config.catalog;
};

TEST_F(EventFilterTest, TakesEverythingWithoutValues) {
    const storage::Record order = record("orders", R"("pk":{"S":"a"})");

    EXPECT_TRUE(takes_update({}));
    EXPECT_TRUE(EventFilter().may_match(watched(order)));
    EXPECT_TRUE(EventFilter().matches(event_of(*catalog.table("orders"), order).value()));
    EXPECT_TRUE(may_match({}, "meters", R"("n":{"N":"1"})"));
}

TEST_F(EventFilterTest, TakesAnyOfTheValuesOfOneKind) {
    EXPECT_TRUE(takes_update({.types = {"created", "updated"}}));
    EXPECT_TRUE(takes_update({.topics = {"b-updated", "a-updated"}}));
    EXPECT_TRUE(takes_update({.tables = {"meters", "orders"}}));
    EXPECT_TRUE(takes_update({.keys = {"b", "a"}}));

    EXPECT_FALSE(takes_update({.types = {"created"}}));
    EXPECT_FALSE(takes_update({.topics = {"b-updated", "updated", "a"}}));
    EXPECT_FALSE(takes_update({.tables = {"meters", "blobs"}}));
    EXPECT_FALSE(takes_update({.keys = {"b", "aa"}}));
}

TEST_F(EventFilterTest, AsksForAValueOfEachKindThatHasSome) {
    const Request all = {
        .types = {"updated"}, .topics = {"a-updated"}, .tables = {"orders"}, .keys = {"a"}};
    Request type = all;
    type.types = {"created"};
    Request topic = all;
    topic.topics = {"b-updated"};
    Request table = all;
    table.tables = {"meters"};
    Request key = all;
    key.keys = {"b"};

    EXPECT_TRUE(takes_update(all));
    for (const Request& request : {type, topic, table, key}) EXPECT_FALSE(takes_update(request));
}

TEST_F(EventFilterTest, HasTheTypeAsTopicOfARuleWithoutTemplate) {
    const Table& meters = *catalog.table("meters");
    const Event event = event_of(meters, record("meters", R"("n":{"N":"1"})")).value();

    EXPECT_TRUE(filter({.topics = {"created"}}).matches(event));
    EXPECT_FALSE(filter({.topics = {"updated"}}).matches(event));
}

TEST_F(EventFilterTest, TakesAStringKeyAsItIs) {
    EXPECT_TRUE(takes_order({.keys = {"a/b%2F c"}}, "a/b%2F c"));
    EXPECT_FALSE(takes_order({.keys = {"a%2Fb"}}, "a/b"));
    EXPECT_FALSE(takes_order({.keys = {"A"}}, "a"));
}

TEST_F(EventFilterTest, TakesANumberKeyInAnySpelling) {
    const std::string keys = R"("n":{"N":"7.50"})";

    EXPECT_TRUE(may_match({.keys = {"7.5"}}, "meters", keys));
    EXPECT_TRUE(may_match({.keys = {"75e-1"}}, "meters", keys));
    EXPECT_FALSE(may_match({.keys = {"7"}}, "meters", keys));
}

TEST_F(EventFilterTest, TakesABinaryKeyInBase64url) {
    const std::string keys = R"("b":{"B":"+/8="})";

    EXPECT_TRUE(may_match({.keys = {"-_8"}}, "blobs", keys));
    EXPECT_FALSE(may_match({.keys = {"+/8="}}, "blobs", keys));
}

TEST_F(EventFilterTest, TakesAKeyOfTwoPartsJoinedBySlash) {
    EXPECT_TRUE(takes_note("a/b", "a", "b"));
    EXPECT_TRUE(takes_note("a%2Fb/100%25", "a/b", "100%"));
    EXPECT_TRUE(takes_note("a%2fb/c", "a/b", "c"));
    EXPECT_TRUE(
        may_match({.keys = {"t/7.50"}}, "tickets", R"("tenant":{"S":"t"},"n":{"N":"7.5"})"));

    EXPECT_FALSE(takes_note("b/a", "a", "b"));
    EXPECT_FALSE(takes_note("a%2Fb/c", "a", "b/c"));
}

TEST_F(EventFilterTest, MatchesNothingInATableWhoseKeyAValueCannotBe) {
    const std::string meter = R"("n":{"N":"1"})";

    EXPECT_FALSE(may_match({.keys = {"one"}}, "meters", meter));
    EXPECT_TRUE(takes_order({.keys = {"one"}}, "one"));
    EXPECT_TRUE(may_match({.keys = {"one", "1"}}, "meters", meter));
    for (const char* key : {"a", "a/b/c", "a/", "/b", "a/b%", "a/b%2", "a/b%zz", "a/b% 1"}) {
        EXPECT_FALSE(takes_note(key, "a", "b")) << key;
    }
    for (const char* half_a_byte : {"a/b%2", "a/b%2z"}) {
        EXPECT_FALSE(takes_note(half_a_byte, "a", R"(b\u0002)")) << half_a_byte;
    }
    EXPECT_TRUE(takes_note("a/b%02", "a", R"(b\u0002)"));
}

TEST_F(EventFilterTest, TakesAKeyInEveryTableThatHasIt) {
    const Request request = {.keys = {"1"}};

    EXPECT_TRUE(takes_order(request, "1"));
    EXPECT_TRUE(may_match(request, "meters", R"("n":{"N":"1.0"})"));
}

TEST_F(EventFilterTest, TakesNoRecordOfATableThatIsNotDeclared) {
    const auto others = must(parse_config("[[table]]\nname = 'others'\nkey = ['pk']\n", ""));
    const storage::Record other = maker.record(*others.catalog, "others", {});

    EXPECT_FALSE(EventFilter().may_match(watched(other)));
    EXPECT_EQ(watched(other).key(), nullptr);
}

TEST_F(EventFilterTest, SharesTheKeyOfARecordAmongAllWhoFilterByIt) {
    const WatchedRecord shared(record("orders", R"("pk":{"S":"a"})"), catalog);
    const std::string* key = shared.key();

    EXPECT_TRUE(filter({.keys = {"a"}}).may_match(shared));
    EXPECT_FALSE(filter({.keys = {"b"}}).may_match(shared));
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(shared.key(), key) << "it is encoded once";
}

TEST_F(EventFilterTest, RefusesAKeyThatNoItemCanHave) {
    const auto notes =
        must(parse_config("[[table]]\nname = 'notes'\nkey = ['folder', 'name']\n", "notes.toml"))
            .catalog;

    EXPECT_TRUE(EventFilter::make(*notes, {.keys = {"a/b"}}, *everybody()));
    const auto half = EventFilter::make(*notes, {.keys = {"a/b", "a"}}, *everybody());

    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().message,
              "found the key \"a\", expected one that an item can have: a key of two parts is both "
              "with a / between them");
    EXPECT_NE(refusal({.keys = {""}}).find("found the key \"\""), std::string::npos);
}

TEST_F(EventFilterTest, RefusesATableThatIsNotDeclaredAndNamesThoseThatAre) {
    EXPECT_EQ(refusal({.tables = {"orders", "ordres"}}),
              "found the table \"ordres\", expected \"orders\", \"meters\", \"blobs\", "
              "\"tickets\" or \"notes\": did you mean \"orders\"?");
}

TEST_F(EventFilterTest, RefusesATypeThatIsNotDeclaredAndNamesThoseThatAre) {
    EXPECT_EQ(refusal({.types = {"deleted-all"}}),
              "found the type \"deleted-all\", expected \"updated\" or \"created\"");
    EXPECT_NE(refusal({.types = {""}}), "");
    EXPECT_EQ(refusal({.types = {std::string(5'000, 'x')}}), "found the type \"" +
                                                                 std::string(60, 'x') +
                                                                 "…\", expected \"updated\" or "
                                                                 "\"created\"");
}

TEST_F(EventFilterTest, RefusesMoreValuesThanItsLimitInAll) {
    Request request = {.types = {"updated"}, .topics = {"t"}, .tables = {"orders"}};
    request.keys = Texts(filter_values_max - 3, "k");
    EXPECT_EQ(refusal(request), "");

    request.topics.emplace_back("u");

    EXPECT_EQ(refusal(request),
              "found 257 values of type, topic, table and key, expected at most 256 in all");
}

// By the grants that narrow an admin.
TEST_F(EventFilterTest, WhatTheCallerCanNeverHearIsForbidden) {
    const auto asks = [&](const Request& request, const Texts& grants) {
        Caller caller = *everybody();
        caller.grants.emplace();
        for (const std::string& grant : grants) caller.grants->push_back(must(parse_grant(grant)));
        const auto made = EventFilter::make(catalog, request, caller);
        if (!made) {
            EXPECT_EQ(made.error().code, Errc::forbidden) << made.error().message;
        }
        return made.has_value();
    };
    EXPECT_TRUE(asks({}, {"watch:a-updated"}));
    EXPECT_TRUE(asks({.topics = {"a-updated"}}, {"watch:a-*"}));
    EXPECT_TRUE(asks({.topics = {"a-updated"}}, {"watch:updated"}));
    EXPECT_TRUE(asks({.types = {"updated"}}, {"watch:a-updated"}));
    EXPECT_FALSE(asks({}, {"read"}));
    EXPECT_FALSE(asks({.topics = {"b-updated"}}, {"watch:a-updated"}));
    EXPECT_FALSE(asks({.topics = {"a-updated", "b-updated"}}, {"watch:a-updated"}));
    EXPECT_FALSE(asks({.types = {"created"}}, {"watch:a-updated"}));
}

}  // namespace
}  // namespace freshet::engine
