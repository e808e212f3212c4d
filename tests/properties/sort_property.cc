// Sort parts (engine/values/ordered_bytes.h) order as the values do, exactly, whatever their size.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "engine/values/ordered_bytes.h"
#include "tests/properties/sort_value.h"

namespace freshet::properties {
namespace {

using engine::Direction;
using storage::ValueType;
using support::Value;

constexpr std::size_t compared_digits = 1'024;

storage::Image image_of(const Value& value) {
    storage::ImageBuilder builder;
    std::vector<storage::ImageBuilder::Value> values;
    switch (value.type) {
        case ValueType::null:
            values.push_back(builder.null("v"));
            break;
        case ValueType::boolean:
            values.push_back(builder.boolean("v", value.truth));
            break;
        case ValueType::number:
        case ValueType::string:
        case ValueType::binary:
            values.push_back(builder.scalar(value.type, "v", value.text));
            break;
        default:
            values.push_back(builder.map("v", {}));
    }
    return builder.finish(values);
}

std::string sort_part(const Value& value, Direction direction) {
    const storage::Image image = image_of(value);
    std::string bytes;
    append_sort_part(bytes, image.view().find("v"), direction);
    return bytes;
}

int order_of_bytes(const Value& a, const Value& b, Direction direction) {
    return sort_part(a, direction).compare(sort_part(b, direction));
}

bool same_sign(int a, int b) {
    return (a < 0) == (b < 0) && (a > 0) == (b > 0);
}

bool is_long_number(const Value& value) {
    return value.type == ValueType::number && value.text.size() > compared_digits;
}

TEST(SortParts, OrderAsTheValuesDo) {
    EXPECT_TRUE(rc::check([] {
        const Value a = *any_sort_value(Numbers::any);
        const Value b = *any_sort_value(Numbers::any);
        RC_PRE(!is_missing(a) && !is_missing(b));
        const int ascending = order_of_bytes(a, b, Direction::ascending);
        const int descending = order_of_bytes(a, b, Direction::descending);

        RC_ASSERT(same_sign(ascending, -descending));
        // Digits behind those that are compared may make equal what differs, but turn nothing
        // round.
        const bool cut = is_long_number(a) || is_long_number(b);
        if (ascending == 0 && cut) return;
        RC_ASSERT(same_sign(ascending, compare_values(a, b)));
    }));
}

TEST(SortParts, OrderNumbersOfAnySizeExactly) {
    EXPECT_TRUE(rc::check([] {
        const Value a{.type = ValueType::number, .text = *any_number(Numbers::any)};
        const Value b{.type = ValueType::number, .text = *any_number(Numbers::any)};
        const int ascending = order_of_bytes(a, b, Direction::ascending);

        RC_CLASSIFY(ascending == 0, "equal");
        RC_CLASSIFY(is_long_number(a) || is_long_number(b), "with more digits than are compared");
        if (ascending == 0 && (is_long_number(a) || is_long_number(b))) return;
        RC_ASSERT(same_sign(ascending, compare_numbers(a.text, b.text)));
    }));
}

TEST(SortParts, PutWhatIsMissingLastInBothDirections) {
    EXPECT_TRUE(rc::check([] {
        const Value value = *any_sort_value(Numbers::any);
        const Value missing{.type = ValueType::map};
        for (const Direction direction : {Direction::ascending, Direction::descending}) {
            const int order = order_of_bytes(value, missing, direction);
            RC_ASSERT((order == 0) == is_missing(value));
            RC_ASSERT(order <= 0);
        }
    }));
}

TEST(SortParts, OfBoundsAreThoseOfTheValues) {
    EXPECT_TRUE(rc::check([] {
        const std::string text = *any_text();
        const std::string number = *any_number(Numbers::any);
        for (const Direction direction : {Direction::ascending, Direction::descending}) {
            std::string of_text;
            std::string of_number;
            engine::append_sort_text(of_text, text, direction);
            engine::append_sort_number(of_number, *engine::Decimal::parse(number), direction);

            RC_ASSERT(of_text == sort_part({.type = ValueType::string, .text = text}, direction));
            RC_ASSERT(of_number ==
                      sort_part({.type = ValueType::number, .text = number}, direction));
            RC_ASSERT(of_text.front() == engine::sort_tag_of_strings(direction));
            RC_ASSERT(of_number.front() == engine::sort_tag_of_numbers(direction));
        }
    }));
}

}  // namespace
}  // namespace freshet::properties
