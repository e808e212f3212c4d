#include "engine/values/value_text.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "storage/image.h"

namespace freshet::engine {
namespace {

using storage::ImageBuilder;
using storage::ValueType;

std::optional<std::string> text_of_scalar(ValueType type, std::string_view text) {
    ImageBuilder builder;
    const std::vector<ImageBuilder::Value> attributes = {builder.scalar(type, "v", text)};
    const storage::Image image = builder.finish(attributes);
    return value_text(image.view().find("v"));
}

std::optional<std::string> text_of_boolean(bool truth) {
    ImageBuilder builder;
    const std::vector<ImageBuilder::Value> attributes = {builder.boolean("v", truth)};
    const storage::Image image = builder.finish(attributes);
    return value_text(image.view().find("v"));
}

TEST(ValueTextTest, NamesStringsBooleansAndNumbers) {
    EXPECT_EQ(text_of_scalar(ValueType::string, "a b"), "a b");
    EXPECT_EQ(text_of_scalar(ValueType::string, ""), "");
    EXPECT_EQ(text_of_scalar(ValueType::number, "7.50"), "7.5");
    EXPECT_EQ(text_of_boolean(true), "true");
    EXPECT_EQ(text_of_boolean(false), "false");
}

TEST(ValueTextTest, NamesNothingElse) {
    EXPECT_EQ(value_text(std::nullopt), std::nullopt);
    EXPECT_EQ(text_of_scalar(ValueType::binary, "a"), std::nullopt);
    EXPECT_EQ(text_of_scalar(ValueType::number, "seven"), std::nullopt);
}

}  // namespace
}  // namespace freshet::engine
