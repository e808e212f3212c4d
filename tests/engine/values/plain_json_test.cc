#include "engine/values/plain_json.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/text/json.h"
#include "storage/image.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;

// The plain JSON of an image's only attribute, `v`.
std::string plain(const Image& image) {
    std::string out;
    append_plain_json(out, *image.view().find("v"));
    return out;
}

std::string plain_scalar(ValueType type, std::string_view text) {
    ImageBuilder builder;
    const std::vector<ImageBuilder::Value> attributes = {builder.scalar(type, "v", text)};
    return plain(builder.finish(attributes));
}

std::string plain_set(ValueType type, const std::vector<std::string_view>& elements) {
    ImageBuilder builder;
    const std::vector<ImageBuilder::Value> attributes = {builder.set(type, "v", elements)};
    return plain(builder.finish(attributes));
}

std::string plain_number(std::string_view text) {
    return plain_scalar(ValueType::number, text);
}

TEST(PlainJsonTest, KeepsTheDigitsOfNumbers) {
    for (const std::string number :
         {"0", "-0", "7.50", "1e5", "1E+05", "-1.0e-125", "12345678901234567890123456789012345678",
          "0.00000000000000000000000000000000000001"}) {
        EXPECT_EQ(plain_number(number), number);
    }
}

TEST(PlainJsonTest, WritesOtherNumbersInTheGrammarOfJson) {
    const std::vector<std::pair<std::string, std::string>> examples = {
        {"+5", "5"},         {".5", "0.5"},        {"5.", "5"},          {"007", "7"},
        {"00", "0"},         {"-.50", "-0.50"},    {"-007.10", "-7.10"}, {"+.5e3", "0.5e3"},
        {"5.e+07", "5e+07"}, {"000.000", "0.000"}, {"-0", "-0"},         {"00E5", "0E5"}};

    for (const auto& [number, json] : examples) {
        EXPECT_EQ(plain_number(number), json) << number;
        EXPECT_TRUE(JsonDocument::parse(plain_number(number)).has_value()) << number;
    }
}

TEST(PlainJsonTest, WritesTextsAndBytes) {
    EXPECT_EQ(plain_scalar(ValueType::string, std::string_view("a\0\"\xE2\x80\xA8", 6)),
              "\"a\\u0000\\\"\xE2\x80\xA8\"");
    EXPECT_EQ(plain_scalar(ValueType::string, ""), R"("")");
    EXPECT_EQ(plain_scalar(ValueType::binary, std::string_view("\0\xFF", 2)), R"("AP8=")");
    EXPECT_EQ(plain_scalar(ValueType::binary, ""), R"("")");
}

TEST(PlainJsonTest, WritesSetsInAscendingOrder) {
    EXPECT_EQ(plain_set(ValueType::string_set, {"b", "\xC3\xA9", "B", "a", "z"}),
              "[\"B\",\"a\",\"b\",\"z\",\"\xC3\xA9\"]");
    EXPECT_EQ(plain_set(ValueType::number_set, {"10", "9", "-1e3", "+0.5", "1e-5", "-2"}),
              "[-1e3,-2,1e-5,0.5,9,10]");
    EXPECT_EQ(plain_set(ValueType::number_set, {"9007199254740993", "9007199254740992.9"}),
              "[9007199254740992.9,9007199254740993]");
    EXPECT_EQ(plain_set(ValueType::binary_set, {"\xFF", std::string_view("\0", 1), "a"}),
              R"(["AA==","YQ==","/w=="])");
}

TEST(PlainJsonTest, WritesNestedValues) {
    ImageBuilder builder;
    const std::vector<ImageBuilder::Value> pizza = {
        builder.scalar(ValueType::string, "__proto__", "x"), builder.boolean("extra", true)};
    const std::vector<ImageBuilder::Value> elements = {
        builder.map("", pizza), builder.null(""),    builder.boolean("", false),
        builder.list("", {}),   builder.map("", {}), builder.scalar(ValueType::number, "", "01")};
    const std::vector<ImageBuilder::Value> attributes = {builder.list("v", elements)};

    EXPECT_EQ(plain(builder.finish(attributes)),
              R"([{"__proto__":"x","extra":true},null,false,[],{},1])");
}

}  // namespace
}  // namespace freshet::engine
