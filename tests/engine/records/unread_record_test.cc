// What engine/records/unread_record.h promises: which records are kept as they came, and which are
// wrong all the same.

#include "engine/records/unread_record.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "engine/records/line_chunk.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using support::must;
using Texts = std::vector<std::string>;

constexpr const char* direct_table = R"(
[[table]]
name   = "drafts"
key    = ["pk"]
source = "direct"
)";

std::string record(std::string_view id, std::string_view source = "orders-source") {
    return R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/)" +
           std::string(source) + R"(","dynamodb":{"Keys":{"pk":{"S":")" + std::string(id) +
           R"("}},"SequenceNumber":"1"}})";
}

// Without its eventName, and with blanks.
constexpr std::string_view nameless =
    R"({ "eventSourceARN":"arn:aws:dynamodb:x:0:table/orders-source",)"
    "\n"
    R"(  "dynamodb" : {"Keys":{"pk":{"S":"\u0061 } \" ]"}}, "SequenceNumber":"31"} })";

std::string event(const Texts& records) {
    std::string text;
    for (const std::string& one : records) text += (text.empty() ? "" : ", ") + one;
    return R"( {"Records" : [)" + text + "]} ";
}

class UnreadRecordTest : public ::testing::Test {
protected:
    [[nodiscard]] ChangeBatch decode(std::string body) const {
        return must(decode_records(std::move(body), *catalog, options));
    }
    // Of what is to be kept; `-` for what is a change, or is left alone.
    static Texts texts(const ChangeBatch& batch) {
        Texts all;
        for (const BatchRecord& one : batch.records) {
            all.push_back(one.unread ? one.unread->unread->text : "-");
        }
        return all;
    }

    const std::shared_ptr<const Catalog> catalog =
        must(parse_config(support::server_section +
                              support::orders_table("from = \"orders-source\"\n") + direct_table,
                          "test.toml"))
            .catalog;
    DecodeOptions options{.parks = true};
};

TEST_F(UnreadRecordTest, IsARecordOfItsBatchAtItsPlace) {
    const ChangeBatch batch = decode(event({record("a"), std::string(nameless), record("b")}));

    EXPECT_FALSE(batch.refusal);
    EXPECT_EQ(texts(batch), (Texts{"-", std::string(nameless), "-"})) << "byte by byte";
    EXPECT_FALSE(batch.records[1].change);
    EXPECT_EQ(batch.records[1].sequence, "31");
    const storage::UnreadNote& note = *batch.records[1].unread->unread;
    EXPECT_EQ(note.sequence, "31");
    EXPECT_EQ(note.pointer, "/eventName") << "from the record on";
    EXPECT_EQ(note.error, "is missing, expected INSERT, MODIFY or REMOVE");
    EXPECT_EQ(batch.place(1).pointer, "/Records/1");
    EXPECT_TRUE(batch.records[2].change);
}

TEST_F(UnreadRecordTest, IsWrongWhereNobodyAskedForIt) {
    options.parks = false;

    const ChangeBatch batch = decode(event({record("a"), std::string(nameless)}));

    ASSERT_TRUE(batch.refusal);
    EXPECT_EQ(batch.refusal->faults.front().pointer, "/Records/1/eventName");
    EXPECT_EQ(batch.records.size(), 1U);
}

TEST_F(UnreadRecordTest, MayBeAnything) {
    const Texts records{"7", "null", R"("a,]}\\")", "[1, [2]]", "{}", "-1.5e3", "true"};

    EXPECT_EQ(texts(decode(event(records))), records);
    std::string array = "[";
    for (const std::string& one : records) array += (array.size() > 1 ? " , " : "") + one;
    EXPECT_EQ(texts(decode(array + " ]")), records);
}

TEST_F(UnreadRecordTest, IsKeptHoweverManyThereAre) {
    const ChangeBatch batch = decode(event(Texts(3 * faults_max, "{}")));

    EXPECT_FALSE(batch.refusal);
    EXPECT_EQ(texts(batch), Texts(3 * faults_max, "{}"));
}

TEST_F(UnreadRecordTest, ATextWithoutAnyRecordIsOne) {
    EXPECT_EQ(texts(decode(R"( {"a":1} )")), Texts{R"({"a":1})"});
    EXPECT_EQ(texts(decode(R"({"Records":7})")), Texts{R"({"Records":7})"});
    EXPECT_EQ(texts(decode("[]")), Texts()) << "there is nothing to keep";
    EXPECT_EQ(decode_records("{", *catalog, options).error().code, Errc::malformed);
}

TEST_F(UnreadRecordTest, OfAStreamThatNobodyTakesFromIsWrong) {
    const ChangeBatch batch = decode(event({std::string(nameless), record("a", "elsewhere")}));

    ASSERT_TRUE(batch.refusal);
    EXPECT_EQ(batch.refusal->faults.size(), 1U);
    EXPECT_EQ(batch.refusal->faults.front().pointer, "/Records/1/eventSourceARN");
    EXPECT_EQ(texts(batch), Texts{std::string(nameless)});
    ASSERT_TRUE(batch.untaken);

    const std::string both =
        R"({"eventSourceARN":"arn:aws:dynamodb:x:0:table/elsewhere","dynamodb":{}})";
    EXPECT_TRUE(decode(both).refusal) << "its order is not known, either";
}

// All of its lines would be such.
TEST_F(UnreadRecordTest, OfAnExportThatIsNotSentAsOneIsWrong) {
    const std::string item = R"({"Item":{"pk":{"S":"a"}}})";
    EXPECT_TRUE(decode(item).refusal);
    EXPECT_TRUE(decode(R"({"Keys":{"pk":{"S":"a"}}})").refusal);
    options.table = catalog->table("orders");

    EXPECT_FALSE(decode(item).refusal);
    EXPECT_EQ(texts(decode(R"({"Item":{"id":{"S":"a"}}})")), Texts{R"({"Item":{"id":{"S":"a"}}})"});
}

TEST_F(UnreadRecordTest, OfATableThatIsWrittenDirectlyIsWrong) {
    options.table = catalog->table("drafts");

    EXPECT_EQ(decode(record("a")).refusal->code, Errc::conflict);
    EXPECT_TRUE(decode(std::string(nameless)).refusal);
}

TEST_F(UnreadRecordTest, OfOneWhoMayNotSendItIsWrong) {
    Caller other;
    other.subject = "other";
    other.roles = {std::string(admin_role)};
    other.grants = {{.right = Right::ingest, .name = "drafts", .is_begin = false}};
    options.caller = std::make_shared<const Caller>(other);
    EXPECT_EQ(decode(record("a")).refusal->code, Errc::forbidden);
    options.table = catalog->table("orders");

    EXPECT_TRUE(decode(std::string(nameless)).refusal);

    options.caller = std::make_shared<const Caller>(
        Caller{.subject = "forwarder",
               .roles = {std::string(admin_role)},
               .claims = {},
               .grants = {{{.right = Right::ingest, .name = "orders", .is_begin = false}}}});
    const ChangeBatch batch = decode(std::string(nameless));
    ASSERT_EQ(texts(batch), Texts{std::string(nameless)});
    EXPECT_EQ(batch.records[0].unread->by, "forwarder");
}

TEST_F(UnreadRecordTest, IsWrongWhereItIsTooLong) {
    const std::string longest = "\"" + std::string(unread_text_max - 2, 'x') + "\"";
    EXPECT_EQ(texts(decode("[" + longest + "]")), Texts{longest});

    const ChangeBatch batch = decode("[\"x" + longest.substr(1) + "]");

    ASSERT_TRUE(batch.refusal);
    EXPECT_EQ(batch.refusal->faults.size(), 2U) << "what is wrong with it, and why it is not kept";
}

TEST_F(UnreadRecordTest, WhatIsNotedOfALongOneIsShort) {
    const std::string name(unread_text_max / 4, 'n');
    const std::string text = R"({"eventName":"INSERT","dynamodb":{"SequenceNumber":")" + name +
                             R"(","Keys":{"pk":{"M":{")" + name + R"(":7}}}}})";
    options.table = catalog->table("orders");

    const storage::UnreadNote note = *decode(text).records.at(0).unread->unread;

    EXPECT_EQ(note.text, text);
    EXPECT_EQ(note.pointer, "/dynamodb/Keys/pk/M") << "around the place";
    EXPECT_LT(note.sequence.size(), 128U);
    EXPECT_LT(note.error.size(), 1'000U);
}

TEST_F(UnreadRecordTest, ALineIsOneWhateverItIs) {
    LineChunk chunk(*catalog, options, 10'000);
    const Texts lines{record("a"), "no JSON \xFF at all", R"({"a":1})", "[7," + record("b") + "]"};
    for (const std::string& line : lines) chunk.take(line + "\n");
    chunk.take("\"open");
    chunk.end();

    const ChangeBatch batch = chunk.take_batch();

    EXPECT_FALSE(batch.refusal);
    EXPECT_EQ(texts(batch), (Texts{"-", lines[1], lines[2], "7", "-", "\"open"}));
    EXPECT_EQ(batch.place(1).line, 2U);
    EXPECT_EQ(batch.place(3).line, 4U);
    EXPECT_EQ(batch.place(3).pointer, "/0");
    EXPECT_NE(batch.records[1].unread->unread->error.find("line 2"), std::string::npos);
    EXPECT_EQ(batch.place(5).line, 5U);
}

TEST_F(UnreadRecordTest, ALineThatIsTooLongIsWrong) {
    LineChunk chunk(*catalog, options, 100);
    chunk.take(std::string(101, 'x') + "\n");

    EXPECT_EQ(chunk.take_batch().refusal->code, Errc::too_large);
}

}  // namespace
}  // namespace freshet::engine
