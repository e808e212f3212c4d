// Hostile bodies on the short way in: it takes what the careful one takes, and makes the same of
// it; and where it gives up, nothing has happened.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/records/dynamodb_json.h"
#include "engine/records/plain_reader.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/hunt.h"
#include "tests/world/batch_text.h"

namespace freshet::fuzz {
namespace {

using engine::ChangeBatch;
using engine::DecodeOptions;
using support::text_of;

const std::vector<std::string> words{
    R"({"N":"1e125"})",
    R"({"N":"-0.0"})",
    R"({"NS":["1","1.0"]})",
    R"({"SS":["a","a"]})",
    R"({"B":"A==="})",
    R"({"M":{"":{}}})",
    R"({"L":[null]})",
    R"({"NULL":false})",
    R"("Keys":)",
    R"("NewImage":null,)",
    R"("OldImage":{},)",
    R"("position":7,)",
    R"("imported":true,)",
    R"("StreamViewType":"NEW_IMAGE",)",
    R"("ApproximateCreationDateTime":"2026-11-20T11:39:28Z",)",
    R"("kept":[{"a":[1.50,null]},"b"],)",
    "INSERT",
    "REMOVE",
    R"("Records":[],)",
    R"("a\u0000b")",
    R"("\ud83d")",
    R"("\u00fc\/\n")",
    R"({"S":"\ud83d"})",
    R"("x":{"S":"y"},)",
    "meters",
    "\\",
    "\"",
    " ",
};

// And one with blanks between its tokens.
std::vector<std::string> bodies() {
    std::vector<std::string> bodies = record_bodies();
    const std::string& event = bodies.front();
    bodies.push_back(R"({ "Records" : )" + event.substr(event.find('[')) + " \n");
    return bodies;
}

bool check(const std::string& body, const DecodeOptions& options) {
    static const auto tables = catalog();
    ChangeBatch careful;
    const auto expected = engine::decode_with_care(body, 0, *tables, options, careful);

    ChangeBatch batch;
    engine::PlainReader reader(*tables, options);
    reader.begin(body);
    const bool taken = reader.read(body, 0, batch);

    EXPECT_EQ(text_of(batch), taken ? text_of(expected, careful) : text_of(ChangeBatch{}));
    return taken;
}

TEST(PlainFuzz, TheShortWayMakesWhatTheCarefulOneMakes) {
    hunt({.corpus = bodies(), .tokens = words, .rounds = 100'000},
         [](const std::string& body, Dice&) { return check(body, {}); });
}

TEST(PlainFuzz, TheShortWayMakesTheSameForANamedTable) {
    static const auto tables = catalog();
    const DecodeOptions options{.table = tables->table("orders")};
    hunt({.corpus = {record_bodies().front()}, .tokens = words, .rounds = 30'000},
         [&](const std::string& body, Dice&) { return check(body, options); });
}

}  // namespace
}  // namespace freshet::fuzz
