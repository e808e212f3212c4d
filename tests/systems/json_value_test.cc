// The value that answers are compared by: what it takes for equal decides what these tests can see.

#include "tests/readers/json_value.h"

#include <gtest/gtest.h>

#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

TEST(JsonValueTest, KeepsTheDigitsOfNumbers) {
    EXPECT_EQ(json("3633500000000062125042319").text(), "3633500000000062125042319");
    EXPECT_NE(json("1.0"), json("1"));
    EXPECT_NE(json("1"), json("\"1\""));
    EXPECT_NE(json("3633500000000062125042319"), json("3633500000000062125042318"));
}

TEST(JsonValueTest, ComparesMembersInAnyOrderAndElementsInTheirs) {
    EXPECT_EQ(json(R"({"a":1,"b":[2,3]})"), json(R"( { "b" : [ 2 , 3 ] , "a" : 1 } )"));
    EXPECT_NE(json("[1,2]"), json("[2,1]"));
    EXPECT_NE(json(R"({"a":1})"), json(R"({"a":1,"b":2})"));
    EXPECT_NE(json("null"), JsonValue());
    EXPECT_NE(json("{}"), json("[]"));
}

TEST(JsonValueTest, ReadsEscapes) {
    EXPECT_EQ(json(R"("\u0041\n\"\\\/\ud83c\udf55\u00e9")").text(),
              "A\n\"\\/\xF0\x9F\x8D\x95\xC3\xA9");
}

TEST(JsonValueTest, IsNothingForWhatIsNotJson) {
    for (const char* text :
         {"", " ", "{", "[1,]", "{\"a\":1,\"a\":2}", "1 2", "01", "nul", "\"", "\"\n\"", "'a'",
          "{\"a\"}", "{a:1}", "[1}", "\"\\x\"", "\"\\ud83c\"", "NaN", "+1", "1."}) {
        EXPECT_FALSE(JsonValue::parse(text)) << text;
    }
}

}  // namespace
}  // namespace freshet::systems
