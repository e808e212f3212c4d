#include "engine/text/json_object.h"

#include <gtest/gtest.h>

#include "engine/text/json.h"

namespace freshet::engine {
namespace {

TEST(JsonObjectTest, WritesMembersInTheirOrder) {
    std::string out = "x";

    JsonObject object(out);
    object.member("a\"") += "1";
    append_json_string(object.member("b"), "two");
    object.close();

    EXPECT_EQ(out, R"(x{"a\"":1,"b":"two"})");
}

TEST(JsonObjectTest, MayBeEmpty) {
    std::string out;

    JsonObject object(out);
    object.close();

    EXPECT_EQ(out, "{}");
}

}  // namespace
}  // namespace freshet::engine
