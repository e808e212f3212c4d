// What engine/catalog/derivation.h promises, by example: attributes that are worked out, in every
// place where attributes are used.

#include "engine/catalog/derivation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/catalog/seen_image.h"
#include "engine/config/config.h"
#include "engine/records/dynamodb_json.h"
#include "engine/views/shape_json.h"
#include "engine/watching/event_rules.h"
#include "tests/support/must.h"
#include "tests/world/record_maker.h"
#include "tests/world/stepped_engine.h"

namespace freshet::engine {
namespace {

using support::must;

std::shared_ptr<const Catalog> catalog_of(const std::string& derive) {
    return must(parse_config("[[table]]\nname = 'notes'\nkey = ['pk']\nderive = { " + derive +
                                 " }\n\n[[table.view]]\nname = 'note'\nfields = ['*']\n",
                             "notes.toml"))
        .catalog;
}

class DerivationTest : public ::testing::Test {
protected:
    // The item with these typed attributes besides its key, as views with all attributes show it.
    std::string seen(const std::string& derive, const std::string& attributes) {
        const auto catalog = catalog_of(derive);
        const storage::Record record = maker.record(
            *catalog, "notes", {.kind = "INSERT", .before = std::nullopt, .after = attributes});
        const SeenImage image(catalog->table("notes")->derive, *record.after());
        std::string json;
        append_shape_json(json, {.fields = {}, .all = true, .hidden = {"pk"}}, image);
        return json;
    }
    std::string words(const std::string& text, const std::string& more = "") {
        const std::string json =
            seen("n = { words = 'body'" + more + " }", R"("body":{"S":")" + text + R"("})");
        const std::size_t at = json.find(R"("n":)");
        return at == std::string::npos ? "none" : json.substr(at + 4, json.size() - at - 5);
    }

    support::RecordMaker maker;
};

TEST_F(DerivationTest, WordsAreRunsOfWhatIsNotWhitespace) {
    EXPECT_EQ(words(""), "0");
    EXPECT_EQ(words("   "), "0");
    EXPECT_EQ(words("word"), "1");
    EXPECT_EQ(words("  two  words "), "2");
    EXPECT_EQ(words("a\\nb\\tc\\r\\nd"), "4");
    EXPECT_EQ(words("naïve\\u00A0café\\u3000日本語\\u2003🙂"), "4");
    EXPECT_EQ(words("Lorem ipsum dolor sit amet, consectetur adipiscing elit. Nulla vitae."), "10");
}

TEST_F(DerivationTest, WordsWithASplitAreThePiecesBetween) {
    EXPECT_EQ(words("", ", split = ' '"), "1");
    EXPECT_EQ(words(" ", ", split = ' '"), "2");
    EXPECT_EQ(words("  two  spaces  and trailing ", ", split = ' '"), "9");
    EXPECT_EQ(words("a\\nb c\\td", ", split = ' '"), "2");
    EXPECT_EQ(words("a, b,c", ", split = ', '"), "2");
}

TEST_F(DerivationTest, LengthCountsCharactersAndSizeElements) {
    EXPECT_EQ(seen("n = { length = 'a' }", R"("a":{"S":"naïve 🙂"})"),
              R"({"a":"naïve 🙂","n":7})");
    EXPECT_EQ(seen("n = { length = 'a' }", R"("a":{"B":"AAEC"})"), R"({"a":"AAEC","n":3})");
    EXPECT_EQ(seen("n = { size = 'a' }", R"("a":{"L":[{"N":"1"},{"NULL":true}]})"),
              R"({"a":[1,null],"n":2})");
    EXPECT_EQ(seen("n = { size = 'a' }", R"("a":{"SS":["x"]})"), R"({"a":["x"],"n":1})");
    EXPECT_EQ(seen("n = { size = 'a' }", R"("a":{"M":{}})"), R"({"a":{},"n":0})");
    EXPECT_EQ(seen("n = { size = 'a.b' }", R"("a":{"M":{"b":{"L":[]}}})"),
              R"({"a":{"b":[]},"n":0})");
}

TEST_F(DerivationTest, UpperLowerConcatCoalesceAndIndexAreWorkedOut) {
    EXPECT_EQ(seen("u = { upper = 'a' }, l = { lower = 'a' }", R"("a":{"S":"Émile"})"),
              R"({"a":"Émile","l":"émile","u":"ÉMILE"})");
    EXPECT_EQ(seen("c = { concat = ['a', 'b'], with = '#' }", R"("a":{"S":"x"},"b":{"N":"7.50"})"),
              R"({"a":"x","b":7.50,"c":"x#7.5"})");
    EXPECT_EQ(
        seen("c = { coalesce = ['a', 'b', 'd'] }", R"("b":{"NULL":true},"d":{"L":[{"S":"x"}]})"),
        R"({"b":null,"c":["x"],"d":["x"]})");
    EXPECT_EQ(seen("r = { index = 'p', in = ['high', 'low'] }", R"("p":{"S":"low"})"),
              R"({"p":"low","r":1})");
    EXPECT_EQ(seen("r = { index = 'p', in = ['1', '2.0'] }", R"("p":{"N":"2"})"),
              R"({"p":2,"r":1})");
}

TEST_F(DerivationTest, WhereItCannotBeWorkedOutThereIsNone) {
    const std::string all =
        "w = { words = 'a' }, l = { length = 'a' }, s = { size = 'a' }, u = { upper = 'a' }, "
        "c = { concat = ['a', 'z'] }, i = { index = 'a', in = ['x'] }, o = { coalesce = 'z' }";
    EXPECT_EQ(seen(all, R"("b":{"S":"x"})"), R"({"b":"x"})");
    EXPECT_EQ(seen(all, R"("a":{"BOOL":true})"), R"({"a":true})");
    EXPECT_EQ(seen(all, R"("a":{"N":"12"})"), R"({"a":12})");
}

TEST_F(DerivationTest, HidesAStoredAttributeOfItsName) {
    EXPECT_EQ(seen("n = { words = 'a' }", R"("a":{"S":"one two"},"n":{"N":"99"})"),
              R"({"a":"one two","n":2})");
    EXPECT_EQ(seen("n = { words = 'a' }", R"("n":{"N":"99"})"), "{}") << "also where there is none";
}

TEST_F(DerivationTest, IsAnAttributeForRulesOfEvents) {
    const auto catalog = must(parse_config(R"(
[[table]]
name = 'notes'
key = ['pk']
derive = { count = { words = 'body' } }

[[table.event]]
type = 'grown'
topic = '{count}-words'
changed = ['count']
where = { count = [2] }
data = ['count', 'was=before.count']
)",
                                           "notes.toml"))
                             .catalog;
    const Table& notes = *catalog->table("notes");
    const auto record = [&](const std::string& before, const std::string& after) {
        return maker.record(*catalog, "notes",
                            {.before = R"("body":{"S":")" + before + R"("})",
                             .after = R"("body":{"S":")" + after + R"("})"});
    };
    const auto event = [&](const std::string& before, const std::string& after) {
        return event_of(notes, record(before, after));
    };

    const auto grown = event("one", "one two");

    ASSERT_TRUE(grown.has_value());
    EXPECT_EQ(grown->topic, "2-words");
    EXPECT_EQ(event_data(*grown->rule, notes, record("one", "one two")), R"({"count":2,"was":1})");
    EXPECT_FALSE(event("two words", "other words")) << "as many as before";
    EXPECT_FALSE(event("one", "one two three")) << "where";
}

// A list by, of and in the order of derived attributes, through the engine.
TEST_F(DerivationTest, IsAnAttributeForLists) {
    support::SteppedEngine engine(R"(
[[table]]
name = 'tickets'
key = ['pk']
derive = { rank = { index = 'priority', in = ['urgent', 'high', 'low'] }, team = { lower = 'owner' } }

[[table.list]]
name = 'queue'
by = 'team'
where = { rank = [{ anything-but = 2 }] }
sort = 'rank'
fields = ['id=pk', 'rank']
)");
    int sequence = 0;
    const auto change = [&](const std::string& kind, const std::string& id,
                            const std::string& priority) {
        const std::string keys = R"("pk":{"S":")" + id + R"("})";
        auto batch = must(decode_records(
            R"({"eventName":")" + kind + R"(","dynamodb":{"Keys":{)" + keys +
                R"(},"SequenceNumber":")" + std::to_string(++sequence) + R"(","NewImage":{)" +
                keys + R"(,"owner":{"S":"OPS"},"priority":{"S":")" + priority + R"("}}}})",
            engine.catalog(), {.table = engine.catalog().table("tickets")}));
        must(engine.append(std::move(batch)));
    };
    const auto queue = [&] {
        const auto* list = std::get<const ListView*>(engine.catalog().view("queue"));
        std::string all;
        for (const std::string& item :
             must(engine.now()->page(*list, {.partition = {"ops"}}, *everybody())).items) {
            all += item;
        }
        return all;
    };

    change("INSERT", "a", "high");
    change("INSERT", "b", "urgent");
    change("INSERT", "c", "low");
    EXPECT_EQ(queue(), R"({"id":"b","rank":0}{"id":"a","rank":1})");

    change("MODIFY", "b", "low");
    change("MODIFY", "c", "urgent");
    EXPECT_EQ(queue(), R"({"id":"c","rank":0}{"id":"a","rank":1})");
}

}  // namespace
}  // namespace freshet::engine
