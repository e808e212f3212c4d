// What engine/records/record_size.h promises.

#include "engine/records/record_size.h"
#include "engine/values/image_size.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "storage/image.h"
#include "tests/support/must.h"
#include "tests/world/images.h"
#include "tests/world/record_maker.h"

namespace freshet::engine {
namespace {

using storage::ImageBuilder;
using storage::ValueType;

// Of an image whose one attribute has a name of one byte.
std::size_t size_of_value(ImageBuilder& builder, ImageBuilder::Value value) {
    const std::vector<ImageBuilder::Value> values{value};
    return image_size(builder.finish(values).view()) - 1;
}

std::size_t size_of_number(const std::string& text) {
    ImageBuilder builder;
    return size_of_value(builder, builder.scalar(ValueType::number, "n", text));
}

TEST(RecordSizeTest, CountsNamesAndTextsInUtf8) {
    EXPECT_EQ(image_size(support::image_of({}).view()), 0U);
    EXPECT_EQ(image_size(support::image_of({{"id", "1"}, {"name", "test2"}}).view()), 12U);
    EXPECT_EQ(image_size(support::image_of({{"é", "日本🙂"}}).view()), 2U + 3U + 3U + 4U);
}

TEST(RecordSizeTest, CountsTheSignificantDigitsOfNumbers) {
    EXPECT_EQ(size_of_number("0"), 1U);
    EXPECT_EQ(size_of_number("7"), 2U);
    EXPECT_EQ(size_of_number("36"), 2U);
    EXPECT_EQ(size_of_number("0360.0"), 2U);
    EXPECT_EQ(size_of_number("123"), 3U);
    EXPECT_EQ(size_of_number("-123"), 4U);
    EXPECT_EQ(size_of_number("1e100"), 2U);
    EXPECT_EQ(size_of_number("12345678901234567890123456789012345678"), 20U);
}

TEST(RecordSizeTest, CountsTheBytesOfABinaryAndNotThoseOfBase64) {
    ImageBuilder builder;

    EXPECT_EQ(size_of_value(builder, builder.scalar(ValueType::binary, "b", "\x01\x02\x03")), 3U);
}

TEST(RecordSizeTest, CountsOneForATruthOrNull) {
    ImageBuilder builder;

    EXPECT_EQ(size_of_value(builder, builder.boolean("t", true)), 1U);
    EXPECT_EQ(size_of_value(builder, builder.null("n")), 1U);
}

TEST(RecordSizeTest, CountsTheElementsOfSets) {
    ImageBuilder builder;
    const std::vector<std::string_view> texts{"a", "bcd"};
    const std::vector<std::string_view> numbers{"1", "-2345"};

    EXPECT_EQ(size_of_value(builder, builder.set(ValueType::string_set, "s", texts)), 4U);
    EXPECT_EQ(size_of_value(builder, builder.set(ValueType::binary_set, "s", texts)), 4U);
    EXPECT_EQ(size_of_value(builder, builder.set(ValueType::number_set, "s", numbers)), 2U + 4U);
}

TEST(RecordSizeTest, CountsWhatHoldsOtherValuesBesidesThem) {
    ImageBuilder builder;
    EXPECT_EQ(size_of_value(builder, builder.list("l", {})), 3U);
    EXPECT_EQ(size_of_value(builder, builder.map("m", {})), 3U);

    const std::vector<ImageBuilder::Value> inside{
        builder.scalar(ValueType::string, "crust", "thin"),
        builder.scalar(ValueType::string, "size", "large")};
    const std::vector<ImageBuilder::Value> pizzas{builder.map("", inside), builder.null("")};

    EXPECT_EQ(size_of_value(builder, builder.list("l", pizzas)),
              3U + 1U + (3U + 1U + 9U + 1U + 9U) + 1U + 1U);
}

TEST(RecordSizeTest, IsOfTheKeysAndOfEachImageThatWasSent) {
    const Config config =
        support::must(parse_config("[[table]]\nname = 'users'\nkey = ['id']\n", "freshet.toml"));
    const support::RecordMaker maker;
    const auto size = [&](const support::RecordMaker::Parts& parts) {
        return record_size(maker.record(*config.catalog, "users", parts));
    };
    const std::string keys = R"("id":{"S":"1"})";

    EXPECT_EQ(
        size(
            {.keys = keys, .before = R"("name":{"S":"test"})", .after = R"("name":{"S":"test2"})"}),
        26U);
    EXPECT_EQ(size({.keys = keys, .after = R"("name":{"S":"test2"})"}), 15U);
    EXPECT_EQ(size({.kind = "REMOVE", .keys = keys}), 3U);
}

}  // namespace
}  // namespace freshet::engine
