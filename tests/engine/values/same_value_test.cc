#include "engine/values/same_value.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

#include "storage/image.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;

Image number(std::string_view text) {
    ImageBuilder builder;
    return builder.finish(std::array{builder.scalar(ValueType::number, "a", text)});
}

Image set(ValueType type, const std::vector<std::string_view>& elements) {
    ImageBuilder builder;
    return builder.finish(std::array{builder.set(type, "a", elements)});
}

bool same(const Image& a, const Image& b) {
    return same_value(a.view(), b.view());
}

TEST(SameValueTest, ComparesNumbersAsDecimals) {
    EXPECT_TRUE(same(number("7.50"), number("75e-1")));
    EXPECT_FALSE(same(number("12345678901234567890123456789012345678"),
                      number("12345678901234567890123456789012345679")));
}

TEST(SameValueTest, ComparesSetsInAnyOrder) {
    EXPECT_TRUE(
        same(set(ValueType::string_set, {"a", "b"}), set(ValueType::string_set, {"b", "a"})));
    EXPECT_TRUE(
        same(set(ValueType::number_set, {"1", "2.0"}), set(ValueType::number_set, {"2", "1.0"})));
    EXPECT_FALSE(
        same(set(ValueType::string_set, {"a", "b"}), set(ValueType::string_set, {"a", "c"})));
    EXPECT_FALSE(same(set(ValueType::string_set, {"1"}), set(ValueType::number_set, {"1"})));
}

TEST(SameValueTest, LooksIntoListsAndMaps) {
    const auto nested = [](std::string_view text) {
        ImageBuilder builder;
        const auto inner = builder.scalar(ValueType::number, "n", text);
        const auto map = builder.map("", std::array{inner});
        return builder.finish(std::array{builder.list("l", std::array{map})});
    };

    EXPECT_TRUE(same(nested("1.0"), nested("1")));
    EXPECT_FALSE(same(nested("1"), nested("2")));
}

}  // namespace
}  // namespace freshet::engine
