// What engine/commands/merge_patch.h promises: the cases of RFC 7396, appendix A, that are of
// objects.

#include "engine/commands/merge_patch.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "engine/records/item_body.h"
#include "engine/values/plain_json.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

storage::Image image(const std::string& json) {
    return support::must(read_document(json, ItemForm::plain)).value();
}

TEST(MergePatch, IsThatOfTheRfc) {
    struct Case {
        std::string target;
        std::string patch;
        std::string result;
    };
    const std::array<Case, 13> cases{{
        {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", R"({})"},
        {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"({"e":null})", R"({"a":1})", R"({"a":1,"e":null})"},
        {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
        {R"({"a":"b"})", R"({"a":{"c":null,"d":1}})", R"({"a":{"d":1}})"},
        {R"({"b":1,"d":2,"f":3})", R"({"a":0,"c":0,"d":null,"g":0})",
         R"({"a":0,"b":1,"c":0,"f":3,"g":0})"},
        {R"({"a":[null,1]})", R"({"b":[null,{"c":null}]})",
         R"({"a":[null,1],"b":[null,{"c":null}]})"},
    }};
    for (const Case& one : cases) {
        std::string merged;
        const storage::Image result =
            merge_patch(image(one.target).view(), image(one.patch).view());
        append_plain_json(merged, result.view());
        EXPECT_EQ(merged, one.result) << one.target << " with " << one.patch;
    }
}

TEST(MergePatch, KeepsTheDigitsOfNumbers) {
    std::string merged;
    const storage::Image result =
        merge_patch(image(R"({"a":7.50})").view(), image(R"({"b":1e2,"c":0.1000})").view());
    append_plain_json(merged, result.view());

    EXPECT_EQ(merged, R"({"a":7.50,"b":1e2,"c":0.1000})");
}

}  // namespace
}  // namespace freshet::engine
