// What http/routes/schema_json.h promises: each part of a rule, as validators and forms read it.

#include "http/routes/schema_json.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::http {
namespace {

using support::must;

// The schema of the attribute `a` under that rule.
std::string shown(const std::string& rule) {
    const auto config =
        must(engine::parse_config(support::server_section +
                                      std::string("[[table]]\nname = \"t\"\nkey = [\"pk\"]\n"
                                                  "source = \"direct\"\n[table.schema]\n"
                                                  "attributes = { a = ") +
                                      rule + " }\n",
                                  "schema.toml"));
    std::string json;
    append_schema_json(json, *config.catalog->table("t"));
    const std::string begin = R"("properties":{"a":)";
    const std::size_t from = json.find(begin) + begin.size();
    return json.substr(from, json.find(R"(,"pk":)") - from);
}

TEST(SchemaJson, ShowsEachPartOfARule) {
    EXPECT_EQ(shown("{}"), "{}");
    EXPECT_EQ(shown("{ type = 'null' }"), R"({"type":"null"})");
    EXPECT_EQ(shown("{ enum = ['a', 1.50, true] }"), R"({"enum":["a",1.5,true]})");
    EXPECT_EQ(shown("{ min = 0.5, max = 7 }"), R"({"type":"number","minimum":0.5,"maximum":7})");
    EXPECT_EQ(shown("{ type = 'string', min = 1, max = 7 }"),
              R"({"type":"string","minLength":1,"maxLength":7})");
    EXPECT_EQ(shown("{ type = 'map', max = 7, required = ['b'], attributes = { b = {} } }"),
              R"({"type":"object","maxProperties":7,"required":["b"],"properties":{"b":{}}})");
    EXPECT_EQ(shown("{ attributes = { b = {} }, closed = true }"),
              R"({"type":"object","properties":{"b":{}},"additionalProperties":false})");
    EXPECT_EQ(shown("{ max = 7, type = 'list', each = { type = 'boolean' } }"),
              R"({"type":"array","maxItems":7,"items":{"type":"boolean"}})");
}

TEST(SchemaJson, SaysOfWhatPlainJsonLacksHowToWriteIt) {
    EXPECT_EQ(shown("{ type = 'set', max = 7 }"),
              R"({"type":"array","uniqueItems":true,"description":"a set: write the item as )"
              R"(application/x-amz-json-1.0, since plain JSON has none","maxItems":7})");
    EXPECT_EQ(shown("{ type = 'binary', max = 7 }"),
              R"({"type":"string","contentEncoding":"base64","description":"a binary: write the )"
              R"(item as application/x-amz-json-1.0, since plain JSON has none"})")
        << "the bound is of bytes, and what is shown has other characters";
}

TEST(SchemaJson, ShowsPatternsThatEverybodyReadsAlike) {
    EXPECT_EQ(shown("{ pattern = '^[a-z]+$' }"), R"({"type":"string","pattern":"^[a-z]+$"})");
    for (const char* alike :
         {"^[^@ ]+@[^@ ]+$", "a{2,3}|b{1}", "(?:a|b)*?", "^\\d\\.\\w+$", "[a-z0-9_.-]", "[^\\]]"}) {
        EXPECT_NE(shown(std::string("{ pattern = '") + alike + "' }").find("\"pattern\""),
                  std::string::npos)
            << alike;
    }
    for (const char* other :
         {"(?i)a", "\\Aa", "\\pL", "[[:space:]]", "[^[:space:]]", "[a[:digit:]]", "a\\@b",
          "\\x{41}", "\\_", "a{", "\\s", "[]a]", "]"}) {
        EXPECT_NE(shown(std::string("{ pattern = '") + other + "' }").find("$comment"),
                  std::string::npos)
            << other;
    }
}

TEST(SchemaJson, ShowsPartsOfTheKeyAsTheyAre) {
    const auto config = must(engine::parse_config(
        support::server_section +
            std::string("[[table]]\nname = \"t\"\nkey = [\"pk number\", \"sk binary\"]\n"
                        "source = \"direct\"\n[table.schema]\nattributes = { pk = { enum = [1] } "
                        "}\n"),
        "schema.toml"));
    std::string json;
    append_schema_json(json, *config.catalog->table("t"));
    EXPECT_NE(json.find(R"("pk":{"type":"number","enum":[1]})"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("sk":{"type":"string","contentEncoding":"base64",)"), std::string::npos)
        << json;
}

}  // namespace
}  // namespace freshet::http
