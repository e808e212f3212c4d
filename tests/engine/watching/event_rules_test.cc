// What engine/watching/event_rules.h promises, by example: each test is one sentence about the
// event that a change is.

#include "engine/watching/event_rules.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "engine/text/json.h"
#include "tests/support/must.h"
#include "tests/world/record_maker.h"

namespace freshet::engine {
namespace {

using std::string_literals::operator""s;
using support::must;
using Parts = support::RecordMaker::Parts;

constexpr const char* nothing = "nothing";

const std::string status_new = R"("status":{"S":"NEW"})";
const std::string status_done = R"("status":{"S":"DONE"})";

// A rule of type `e` with these settings.
std::string rule(const std::string& settings) {
    return "[[table.event]]\ntype = 'e'\n" + settings + "\n";
}

class EventRulesTest : public ::testing::Test {
protected:
    // Asks `look` about the event and its data of a record of table orders, key pk, under these
    // rules.
    template <class Look>
    std::string ask(const std::string& rules, const Parts& parts, Look look) const {
        const Config config = must(
            parse_config("[[table]]\nname = 'orders'\nkey = ['pk']\n" + rules, "freshet.toml"));
        const storage::Record record = maker.record(*config.catalog, "orders", parts);
        const Table& orders = *config.catalog->table("orders");
        const auto event = event_of(orders, record);
        return event ? look(*event, event_data(*event->rule, orders, record)) : nothing;
    }

    std::string type(const std::string& rules, const Parts& parts) const {
        return ask(rules, parts,
                   [](const Event& event, const std::string&) { return event.rule->type; });
    }
    std::string topic(const std::string& text, const Parts& parts) const {
        return ask(rule("topic = '" + text + "'"), parts,
                   [](const Event& event, const std::string&) { return event.topic; });
    }
    std::string data(const std::string& fields, const Parts& parts) const {
        return ask(rule("data = [" + fields + "]"), parts,
                   [](const Event&, const std::string& data) { return data; });
    }
    // Whether a rule on these paths takes a change from one image to another as a change.
    bool changed(const std::string& paths, const std::optional<std::string>& before,
                 const std::optional<std::string>& after) const {
        return type(rule("changed = [" + paths + "]"), {.before = before, .after = after}) == "e";
    }

    const support::RecordMaker maker;
};

const Parts inserted_new = {.kind = "INSERT", .after = status_new};
const Parts new_to_done = {.before = status_new, .after = status_done};
const Parts removed_done = {.kind = "REMOVE", .before = status_done};

TEST_F(EventRulesTest, IsOfTheFirstRuleThatMatches) {
    const std::string rules =
        "[[table.event]]\ntype = 'new'\non = 'INSERT'\n"
        "[[table.event]]\ntype = 'status'\non = 'MODIFY'\nchanged = ['status']\n"
        "[[table.event]]\ntype = 'other'\non = 'MODIFY'\n"
        "[[table.event]]\ntype = 'any'\n";

    EXPECT_EQ(type(rules, inserted_new), "new");
    EXPECT_EQ(type(rules, new_to_done), "status");
    EXPECT_EQ(type(rules, {.before = status_new, .after = status_new}), "other");
    EXPECT_EQ(type(rules, removed_done), "any");
}

TEST_F(EventRulesTest, IsNothingWhereNoRuleMatches) {
    EXPECT_EQ(type("", inserted_new), nothing);
    EXPECT_EQ(type(rule("on = 'REMOVE'"), inserted_new), nothing);
    EXPECT_EQ(type(rule("on = 'INSERT'"), new_to_done), nothing);
    EXPECT_EQ(type(rule("on = 'MODIFY'"), removed_done), nothing);
}

TEST_F(EventRulesTest, IsNothingOfAnImport) {
    const Config config = must(parse_config(
        "[[table]]\nname = 'orders'\nkey = ['pk']\n" + rule("on = 'INSERT'"), "freshet.toml"));
    const Table& orders = *config.catalog->table("orders");

    const storage::Record record = maker.record(*config.catalog, "orders", inserted_new);
    Parts parts = inserted_new;
    parts.members = R"("imported":true)";
    const storage::Record import = maker.record(*config.catalog, "orders", parts);

    EXPECT_TRUE(event_of(orders, record));
    EXPECT_FALSE(event_of(orders, import));
}

TEST_F(EventRulesTest, TakesAnyOfTheAttributesThatChanged) {
    const std::string both = "'status', 'size'";

    EXPECT_TRUE(changed(both, R"("size":{"S":"L"},"status":{"S":"A"})",
                        R"("size":{"S":"L"},"status":{"S":"B"})"));
    EXPECT_TRUE(changed(both, R"("size":{"S":"L"})", R"("size":{"S":"M"})"));
    EXPECT_FALSE(changed(both, R"("other":{"S":"L"})", R"("other":{"S":"M"})"));
}

TEST_F(EventRulesTest, TakesAnAttributeThatComesOrGoesAsChanged) {
    EXPECT_TRUE(changed("'status'", "", status_new));
    EXPECT_TRUE(changed("'status'", status_new, ""));
    EXPECT_TRUE(changed("'status'", "", R"("status":{"NULL":true})"));
    EXPECT_FALSE(changed("'status'", "", ""));
}

TEST_F(EventRulesTest, TakesTheSameValueWrittenAnotherWayAsUnchanged) {
    EXPECT_FALSE(changed("'v'", R"("v":{"N":"7.50"})", R"("v":{"N":"7.5"})"));
    EXPECT_FALSE(changed("'v'", R"("v":{"SS":["a","b"]})", R"("v":{"SS":["b","a"]})"));
    EXPECT_FALSE(changed("'v'", R"("v":{"NS":["1","2.0"]})", R"("v":{"NS":["2","1.0"]})"));

    EXPECT_TRUE(changed("'v'", R"("v":{"N":"7.50"})", R"("v":{"N":"7.51"})"));
    EXPECT_TRUE(changed("'v'", R"("v":{"SS":["a","b"]})", R"("v":{"SS":["a"]})"));
    EXPECT_TRUE(changed("'v'", R"("v":{"N":"5"})", R"("v":{"S":"5"})"));
    EXPECT_TRUE(
        changed("'v'", R"("v":{"L":[{"S":"a"},{"S":"b"}]})", R"("v":{"L":[{"S":"b"},{"S":"a"}]})"));
}

TEST_F(EventRulesTest, LooksForChangesInsideOfMaps) {
    const auto address = [](const std::string& city, const std::string& street) {
        return R"("address":{"M":{"city":{"S":")" + city + R"("},"street":{"S":")" + street +
               R"("}}})";
    };

    EXPECT_TRUE(changed("'address.city'", address("Rome", "a"), address("Paris", "a")));
    EXPECT_FALSE(changed("'address.city'", address("Rome", "a"), address("Rome", "b")));
    EXPECT_TRUE(changed("'address.city'", address("Rome", "a"), R"("address":{"S":"Rome"})"));
    EXPECT_TRUE(changed("'address'", address("Rome", "a"), address("Rome", "b")));
}

TEST_F(EventRulesTest, TakesAllThatIsThereAsChangedWhereNothingWasKnownBefore) {
    EXPECT_TRUE(changed("'status'", std::nullopt, status_new));
    EXPECT_FALSE(changed("'other'", std::nullopt, status_new));
    EXPECT_EQ(type(rule("changed = ['status']"), inserted_new), "e");
    EXPECT_EQ(type(rule("changed = ['other']"), inserted_new), nothing);
}

TEST_F(EventRulesTest, TakesAllThatWasThereAsChangedByARemove) {
    EXPECT_EQ(type(rule("changed = ['status']"), removed_done), "e");
    EXPECT_EQ(type(rule("changed = ['other']"), removed_done), nothing);
}

TEST_F(EventRulesTest, LooksAtTheImageAfterForAConditionAndOfARemoveAtTheOneBefore) {
    const std::string if_new = rule("where = { status = ['NEW'] }");
    const std::string if_done = rule("where = { status = ['DONE'] }");

    EXPECT_EQ(type(if_new, new_to_done), nothing);
    EXPECT_EQ(type(if_done, new_to_done), "e");
    EXPECT_EQ(type(if_new, removed_done), nothing);
    EXPECT_EQ(type(if_done, removed_done), "e");
}

TEST_F(EventRulesTest, AsksForTheConditionAndAChangeWhereARuleNamesBoth) {
    const std::string both = rule("where = { status = ['DONE'] }\nchanged = ['status']");

    EXPECT_EQ(type(both, new_to_done), "e");
    EXPECT_EQ(type(both, {.before = status_done, .after = status_done}), nothing);
    EXPECT_EQ(type(both, {.before = status_done, .after = status_new}), nothing);
}

TEST_F(EventRulesTest, MatchesOnlyRulesWithoutConditionsWhereTheImageAfterIsMissing) {
    const std::vector<Parts> without_after = {{.kind = "INSERT"},
                                              {.kind = "MODIFY"},
                                              {.kind = "MODIFY", .before = status_done},
                                              {.kind = "REMOVE"}};
    for (const Parts& parts : without_after) {
        SCOPED_TRACE(parts.kind + (parts.before ? " with the image before" : ""));

        EXPECT_EQ(type(rule("where = { status = ['DONE'] }"), parts), nothing);
        EXPECT_EQ(type(rule("where = { status = [{ anything-but = 'X' }] }"), parts), nothing);
        EXPECT_EQ(type(rule("changed = ['status']"), parts), nothing);
        EXPECT_EQ(type(rule("changed = ['pk']"), parts), nothing);
        EXPECT_EQ(type(rule("on = '" + parts.kind + "'"), parts), "e");
    }
}

TEST_F(EventRulesTest, ShowsTheFieldsInTheirOrderWithoutThoseThatAreMissing) {
    const Parts parts = {.kind = "INSERT",
                         .after = R"("a":{"M":{"b":{"N":"7.50"}}},"status":{"S":"NEW"})"};

    EXPECT_EQ(data("'status', 'none', 'price=a.b', 'deep=a.b.c', 'id=pk'", parts),
              R"({"status":"NEW","price":7.50,"id":"o-1"})");
    EXPECT_EQ(data("'none'", parts), "{}");
    EXPECT_EQ(ask(rule(""), parts, [](const Event&, const std::string& data) { return data; }),
              "{}");
}

TEST_F(EventRulesTest, ShowsValuesAsReadersSeeThem) {
    const Parts parts = {.kind = "INSERT",
                         .after =
                             R"("b":{"B":"+/8="},"l":{"L":[{"BOOL":true},{"NULL":true}]},)"
                             R"("m":{"M":{"x":{"S":"y"}}},"n":{"N":"7.50"},"s":{"NS":["10","9"]})"};

    EXPECT_EQ(data("'b', 'l', 'm', 'n', 's'", parts),
              R"({"b":"+/8=","l":[true,null],"m":{"x":"y"},"n":7.50,"s":[9,10]})");
}

TEST_F(EventRulesTest, ShowsTheImageBeforeWhereAPathBeginsWithIt) {
    const std::string fields = "'status', 'was=before.status', 'city=before.address.city'";
    const std::string in_rome = status_new + R"(,"address":{"M":{"city":{"S":"Rome"}}})";

    EXPECT_EQ(data(fields, new_to_done), R"({"status":"DONE","was":"NEW"})");
    EXPECT_EQ(data(fields, {.before = in_rome, .after = ""}), R"({"was":"NEW","city":"Rome"})");
    EXPECT_EQ(data(fields, {.after = status_done}), R"({"status":"DONE"})");
    EXPECT_EQ(data("'was=before.pk'", {.after = ""}), "{}");
}

TEST_F(EventRulesTest, KnowsAnAttributeThatIsItselfNamedBefore) {
    const Parts parts = {.before = R"("before":{"M":{"x":{"S":"old"}}},"x":{"S":"was"})",
                         .after = R"("before":{"M":{"x":{"S":"new"}}},"before.x":{"S":"dotted"})"};

    EXPECT_EQ(data(R"('before', 'x=before.x', 'y=before.before.x', 'z=before\.x')", parts),
              R"({"before":{"x":"new"},"x":"was","y":"old","z":"dotted"})");
}

TEST_F(EventRulesTest, ShowsTheImageBeforeOfARemove) {
    EXPECT_EQ(data("'id=pk', 'status', 'was=before.status'", removed_done),
              R"({"id":"o-1","status":"DONE","was":"DONE"})");
}

TEST_F(EventRulesTest, ShowsTheKeyWhereTheImageIsMissing) {
    const std::string fields = "'id=pk', 'status', 'was=before.status'";

    for (const char* kind : {"INSERT", "MODIFY", "REMOVE"}) {
        EXPECT_EQ(data(fields, {.kind = kind}), R"({"id":"o-1"})") << kind;
        EXPECT_EQ(topic("{pk}-{status}", {.kind = kind}), "o-1-") << kind;
    }
    EXPECT_EQ(data(fields, {.before = status_new}), R"({"id":"o-1","was":"NEW"})");
}

TEST_F(EventRulesTest, KeepsHostileTextOnOneLineOfJson) {
    const std::string text = R"(data: x\r\n\u0000\n\nevent: reset\rid: 9)";
    const std::string byte_order_mark = "\xEF\xBB\xBF";
    const Parts parts = {.kind = "INSERT",
                         .after = R"("text":{"S":")" + byte_order_mark + text + "\"}"};

    const std::string json = data("'text'", parts);

    EXPECT_EQ(json, R"({"text":")" + byte_order_mark + text + "\"}");
    EXPECT_EQ(json.find_first_of("\r\n\0"s), std::string::npos);
    const JsonDocument read = must(JsonDocument::parse(json));
    EXPECT_EQ(read.root().find("text")->text(),
              byte_order_mark + "data: x\r\n\0\n\nevent: reset\rid: 9"s);
}

TEST_F(EventRulesTest, HasItsTypeAsTopicWithoutATemplate) {
    EXPECT_EQ(ask(rule(""), inserted_new,
                  [](const Event& event, const std::string&) { return event.topic; }),
              "e");
}

TEST_F(EventRulesTest, FillsATopicWithAttributes) {
    const Parts parts = {.before = status_new,
                         .after = R"("address":{"M":{"city":{"S":"Rome"}}},)" + status_done};

    EXPECT_EQ(topic("{pk}-status-updated", parts), "o-1-status-updated");
    EXPECT_EQ(topic("{before.status}>{status}@{address.city}", parts), "NEW>DONE@Rome");
    EXPECT_EQ(topic("{pk}{pk}", parts), "o-1o-1");
    EXPECT_EQ(topic("all", parts), "all");
    EXPECT_EQ(topic("{none}", parts), "");
    EXPECT_EQ(topic("a{none}b{before.none}c", parts), "abc");
    EXPECT_EQ(topic("{status}", removed_done), "DONE");
}

TEST_F(EventRulesTest, WritesEachTypeOfValueIntoATopicInItsOneWay) {
    const auto filled = [this](const std::string& value) {
        return topic("<{v}>", {.kind = "INSERT", .after = "\"v\":" + value});
    };

    EXPECT_EQ(filled(R"({"S":"a/b \"ü\""})"), "<a/b \"ü\">");
    EXPECT_EQ(filled(R"({"N":"7.50"})"), "<7.5>");
    EXPECT_EQ(filled(R"({"N":"75e-1"})"), "<7.5>");
    EXPECT_EQ(filled(R"({"N":"-0"})"), "<0>");
    EXPECT_EQ(filled(R"({"B":"+/8="})"), "<-_8>");
    EXPECT_EQ(filled(R"({"BOOL":true})"), "<true>");
    EXPECT_EQ(filled(R"({"BOOL":false})"), "<false>");
    EXPECT_EQ(filled(R"({"NULL":true})"), "<null>");
    EXPECT_EQ(filled(R"({"SS":["b","a"]})"), R"(<["a","b"]>)");
    EXPECT_EQ(filled(R"({"L":[{"N":"1"}]})"), "<[1]>");
    EXPECT_EQ(filled(R"({"M":{"a":{"S":"b"}}})"), R"(<{"a":"b"}>)");
}

}  // namespace
}  // namespace freshet::engine
