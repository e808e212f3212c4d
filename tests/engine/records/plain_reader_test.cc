// What the short way in takes, and what it leaves to the careful one. That it makes the same of
// what it takes is for tests/properties/decode_property.cc.

#include "engine/records/plain_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/access/caller.h"
#include "engine/config/config.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

const Catalog& catalog() {
    static const auto parsed = support::must(parse_config(R"(
[[table]]
name  = "orders"
key   = ["pk"]
where = { pk = [{ prefix = "order-" }] }
)",
                                                          "plain.toml"))
                                   .catalog;
    return *parsed;
}

// A record with these members of its stream's part behind the key, and these of its own.
std::string record(const std::string& stream, const std::string& own = "") {
    return R"({"eventName":"MODIFY","eventSourceARN":"arn:aws:dynamodb:eu-west-1:1:table/orders",)" +
           own + R"("dynamodb":{"Keys":{"pk":{"S":"order-1"}},)" + stream +
           R"("SequenceNumber":"7"}})";
}

std::string image(const std::string& attributes) {
    return R"("NewImage":{"pk":{"S":"order-1"},)" + attributes + "},";
}

bool takes(const std::string& text, const DecodeOptions& options = {}) {
    ChangeBatch batch;
    PlainReader reader(catalog(), options);
    reader.begin(text);
    const bool taken = reader.read(text, 0, batch);
    EXPECT_EQ(batch.records.empty(), !taken) << text;
    EXPECT_EQ(batch.bytes, taken ? text.size() : 0U);
    return taken;
}

TEST(PlainReader, TakesRecordsAsSourcesSendThem) {
    EXPECT_TRUE(takes(record("")));
    EXPECT_TRUE(takes(record(image(R"("s":{"S":"x"},"n":{"N":"-1.5e3"},"b":{"B":"AA=="},)"
                                   R"("t":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"M":{}}]},)"
                                   R"("ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},)"
                                   R"("bs":{"BS":["AA=="]},"text":{"S":"\u00fc \"\n"})"))));
    EXPECT_TRUE(takes("[" + record("") + " , " + record("") + "]\r\n"));
    EXPECT_TRUE(takes(R"({"Records": [)" + record("") + "]}"));
    EXPECT_TRUE(takes(record("", R"("userIdentity":{"type":"Service","of":[1,null]},)")));
}

// Where one table is for many kinds of items, most of its records may be of others.
TEST(PlainReader, TakesWhatNoTableTakes) {
    const std::string text =
        R"({"eventName":"REMOVE","eventSourceARN":"arn:aws:dynamodb:eu-west-1:1:table/orders",)"
        R"("dynamodb":{"Keys":{"pk":{"S":"customer-1"}},"SequenceNumber":"7"}})";
    const DecodeOptions options;
    ChangeBatch batch;
    PlainReader reader(catalog(), options);

    reader.begin(text);

    ASSERT_TRUE(reader.read(text, 0, batch));
    EXPECT_FALSE(batch.records.at(0).change);
    EXPECT_EQ(batch.records.at(0).sequence, "7");
}

TEST(PlainReader, GivesUpAtWhatIsOdd) {
    const std::vector<std::string> odd = {
        "",
        " ",
        "{}",
        "[]",
        R"({"Records":[]})",
        R"({"Records":[)" + record("") + R"(],"more":1})",
        "[" + record("") + "," + record("") + "",
        "[" + record("") + ",]",
        record("") + record(""),
        record("") + ",",
        record("").substr(0, record("").size() - 1),
        record("", R"("imported":true,)"),
        record("", R"("position":7,)"),
        record("", R"("eventName":"MODIFY",)"),
        record("", R"("own":"\u0041",)"),
        record("", R"("\u0041":1,)"),
        record("", R"("own":01,)"),
        record("", R"("own":"a"b,)"),
        record(R"("NewImage":{},)"),
        record(R"("NewImage":null,)"),
        record(R"("SequenceNumber":"8",)"),
        record(R"("StreamViewType":"NEW_IMAGE",)"),
        record(image(R"("s":{"S":7})")),
        record(image(R"("s":{"S":"\ud800"})")),
        record(image(R"("s":{"S":"\x"})")),
        record(image(R"("n":{"N":"1,5"})")),
        record(image(R"("n":{"N":"1.2.3"})")),
        record(image(R"("n":{"N":"1e9999999"})")),
        record(image(R"("b":{"B":"A"})")),
        record(image(R"("t":{"BOOL":null})")),
        record(image(R"("x":{"X":"y"})")),
        record(image(R"("x":{})")),
        record(image(R"("x":{"S":"a","N":"1"})")),
        record(image(R"("a":{"S":"1"},"a":{"S":"2"})")),
        record(image(R"("b":{"S":"1"},"a":{"S":"2"},"b":{"S":"3"})")),
        record(image(R"("ss":{"SS":["a","a"]})")),
        record(image(R"("ns":{"NS":["1","1.0"]})")),
        record(R"("NewImage":{"pk":{"S":"order-2"}},)"),
    };
    for (const std::string& text : odd) EXPECT_FALSE(takes(text)) << text;
}

TEST(PlainReader, GivesUpAtWhatIsDeep) {
    const auto nested = [](std::size_t levels) {
        std::string value = R"({"S":"x"})";
        for (std::size_t i = 0; i < levels; ++i) value = R"({"L":[)" + value + "]}";
        return record(image("\"deep\":" + value));
    };

    EXPECT_TRUE(takes(nested(32)));
    EXPECT_FALSE(takes(nested(33)));
    EXPECT_FALSE(takes(record("", "\"own\":" + std::string(40, '[') + std::string(40, ']') + ",")));
}

TEST(PlainReader, GivesUpWhereItsSenderMayNotAppend) {
    DecodeOptions options;
    options.caller = std::make_shared<Caller>();  // without a role

    EXPECT_FALSE(takes(record(""), options));
}

TEST(PlainReader, ReadsTheLinesBehindOneThatItGaveUp) {
    const std::string odd = R"({"Records":[)";
    const std::string lines = record("") + "\n" + odd + "\n\n" + record("") + "\n";
    const std::string_view text = lines;
    const std::size_t second = record("").size() + 1;
    const std::size_t fourth = second + odd.size() + 2;
    const DecodeOptions options;
    ChangeBatch batch;
    PlainReader reader(catalog(), options);

    reader.begin(text);

    EXPECT_TRUE(reader.read(text.substr(0, second - 1), 1, batch));
    EXPECT_FALSE(reader.read(text.substr(second, odd.size()), 2, batch))
        << "what follows is of another line";
    EXPECT_FALSE(reader.read(text.substr(fourth - 1, 0), 3, batch));
    EXPECT_TRUE(reader.read(text.substr(fourth, record("").size()), 4, batch));
    EXPECT_EQ(batch.records.size(), 2U);
}

}  // namespace
}  // namespace freshet::engine
