// What engine/records/pattern_json.h promises: JSON says the same as the configuration's TOML, and
// each fault is told where it is.

#include "engine/records/pattern_json.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/records/item_body.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using support::must;

bool matches(const std::string& pattern, const std::string& item) {
    const auto read = must(read_pattern_json(pattern, "if"));
    const auto image = must(read_document(item, ItemForm::plain));
    return read.value().matches(image.value().view());
}

std::string faults(const std::string& pattern) {
    const auto read = read_pattern_json(pattern, "if");
    if (!read) return read.error().message;
    if (*read) return "none";
    std::string text;
    for (const Fault& fault : read->error()) text += fault.pointer + ": " + fault.detail + '\n';
    return text;
}

TEST(PatternJson, AsksWhatItSays) {
    const std::string item = R"({"status":"NEW","total":7.5,"tags":["a","b"],"by":null,)"
                             R"("to":{"city":"Graz"},"a.b":1})";
    for (const char* pattern :
         {R"({"status":["OLD","NEW"]})", R"({"status":[{"prefix":"N"}],"total":[7.50]})",
          R"({"total":[{"numeric":[">",7.4999999999999999999999,"<=",7.5]}]})", R"({"tags":["b"]})",
          R"({"by":[null]})", R"({"by":[{"null":true}]})", R"({"none":[{"exists":false}]})",
          R"({"to":{"city":["Graz"]}})", R"({"to.city":[{"anything-but":["Wien",null]}]})",
          R"({"a\\.b":[1]})", R"({"$or":[{"status":["OLD"]},{"total":[7.5]}]})",
          R"({"status":[{"equals-ignore-case":"new"}]})"}) {
        EXPECT_TRUE(matches(pattern, item)) << pattern;
    }
    for (const char* pattern :
         {R"({"status":["OLD"]})", R"({"status":["NEW"],"total":[7]})", R"({"total":["7.5"]})",
          R"({"none":[{"exists":true}]})", R"({"by":[{"anything-but":{"null":true}}]})",
          R"({"$or":[{"status":["OLD"]},{"total":[7]}]})"}) {
        EXPECT_FALSE(matches(pattern, item)) << pattern;
    }
}

TEST(PatternJson, SaysWhereItIsWrong) {
    EXPECT_NE(faults("{"), "none");
    EXPECT_EQ(faults("{}"), ": found an object in if, expected at least one attribute in it\n");
    EXPECT_EQ(faults(R"({"a":1,"b":{"c":[]},"d/e":[{}]})"),
              "/a: found 1 in if, expected an array of values, such as [\"OPEN\"], or an object of "
              "a map's attributes\n"
              "/b/c: found an empty array in if, expected at least one value in it\n"
              "/d~1e/0: found an object in if, expected one operator in each: {\"anything-but\": "
              "…} or {\"prefix\": …}\n");
    EXPECT_EQ(
        faults(R"({"a":[{"prefx":"x"}]})"),
        "/a/0/prefx: found the unknown operator \"prefx\", expected \"anything-but\", "
        "\"equals-ignore-case\", \"exists\", \"null\", \"numeric\", \"prefix\" or \"suffix\": "
        "did you mean \"prefix\"?\n");
    EXPECT_EQ(faults(R"({"a":[{"null":false}]})"),
              "/a/0/null: found false in if, expected {\"null\": true}, or {\"anything-but\": "
              "{\"null\": true}} for all others\n");
    EXPECT_EQ(faults(R"({"$or":[{"a":[1]}]})"),
              "/$or: found an array in if, expected an array of two patterns or more for $or: "
              "[{…}, {…}]\n");
}

}  // namespace
}  // namespace freshet::engine
