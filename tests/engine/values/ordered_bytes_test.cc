// What engine/values/ordered_bytes.h promises: bytes in the order of values, part by part.

#include "engine/values/ordered_bytes.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::engine {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;
using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;

// An image that holds one value under the name `v`, or none.
Image image_of(const std::function<ImageBuilder::Value(ImageBuilder&)>& build) {
    ImageBuilder builder;
    return builder.finish(std::vector{build(builder)});
}

Image scalar(ValueType type, std::string_view text) {
    return image_of([&](ImageBuilder& builder) { return builder.scalar(type, "v", text); });
}
Image string(std::string_view text) {
    return scalar(ValueType::string, text);
}
Image number(std::string_view text) {
    return scalar(ValueType::number, text);
}
Image binary(std::string_view bytes) {
    return scalar(ValueType::binary, bytes);
}
Image boolean(bool truth) {
    return image_of([&](ImageBuilder& builder) { return builder.boolean("v", truth); });
}
Image null() {
    return image_of([](ImageBuilder& builder) { return builder.null("v"); });
}
Image missing() {
    ImageBuilder builder;
    return builder.finish({});
}

std::string sort_part(const Image& image, Direction direction) {
    std::string bytes;
    append_sort_part(bytes, image.view().find("v"), direction);
    return bytes;
}

// In the order that is promised, each smaller than all after it.
std::vector<Image> rising() {
    std::vector<Image> values = {null(), boolean(false), boolean(true)};
    for (const char* text : {"-1e1000",
                             "-99999999999999999999999999999999999999",
                             "-99999999999999999999999999999999999998",
                             "-1e10",
                             "-100",
                             "-99",
                             "-10.5",
                             "-10",
                             "-7.51",
                             "-7.5",
                             "-7",
                             "-0.11",
                             "-0.1",
                             "-0.01",
                             "-1e-130",
                             "0",
                             "1e-130",
                             "0.01",
                             "0.1",
                             "0.11",
                             "0.5",
                             "0.75",
                             "7",
                             "7.5",
                             "7.50001",
                             "7.51",
                             "10",
                             "10.5",
                             "99",
                             "100",
                             "255",
                             "256",
                             "12345678901234567890123456789012345678",
                             "12345678901234567890123456789012345679",
                             "1e125",
                             "0.1e1000000"}) {
        values.push_back(number(text));
    }
    const std::vector<std::string> texts = {
        "",          "\0"s,   "\0\0"s,    "\0\x01"s, "\0\xFF"s,   "\x01"s,    "a",  "a\0"s,
        "a\0\0"s,    "a\0b"s, "a\0\xFF"s, "a\x01"s,  "a b",       "aa",       "ab", "b",
        "z\xC3\xA9", "\xFE"s, "\xFF"s,    "\xFF\0"s, "\xFF\x01"s, "\xFF\xFF"s};
    for (const std::string& text : texts) values.push_back(string(text));
    for (const std::string& text : texts) values.push_back(binary(text));
    return values;
}

TEST(OrderedBytes, OrdersSortPartsOfAllTypesByValue) {
    const std::vector<Image> values = rising();

    for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::size_t j = 0; j < values.size(); ++j) {
            const auto a = sort_part(values[i], Direction::ascending);
            const auto b = sort_part(values[j], Direction::ascending);
            EXPECT_EQ(a <=> b, i <=> j) << i << " and " << j;
        }
    }
}

TEST(OrderedBytes, OrdersDescendingSortPartsTheOtherWayRound) {
    const std::vector<Image> values = rising();

    for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::size_t j = 0; j < values.size(); ++j) {
            const auto a = sort_part(values[i], Direction::descending);
            const auto b = sort_part(values[j], Direction::descending);
            EXPECT_EQ(a <=> b, j <=> i) << i << " and " << j;
        }
    }
}

TEST(OrderedBytes, PutsMissingValuesLastInBothDirections) {
    for (const Direction direction : {Direction::ascending, Direction::descending}) {
        const std::string last = sort_part(missing(), direction);

        for (const Image& value : rising()) EXPECT_LT(sort_part(value, direction), last);
    }
}

TEST(OrderedBytes, CountsSetsListsAndMapsAsMissing) {
    const std::vector<std::string_view> elements = {"1"};
    const std::vector<Image> values = {
        image_of([&](auto& b) { return b.set(ValueType::string_set, "v", elements); }),
        image_of([&](auto& b) { return b.set(ValueType::number_set, "v", elements); }),
        image_of([&](auto& b) { return b.set(ValueType::binary_set, "v", elements); }),
        image_of([](auto& b) { return b.list("v", std::vector{b.null("")}); }),
        image_of([](auto& b) { return b.map("v", std::vector{b.null("a")}); })};

    for (const Direction direction : {Direction::ascending, Direction::descending}) {
        for (const Image& value : values) {
            EXPECT_EQ(sort_part(value, direction), sort_part(missing(), direction));
        }
    }
}

TEST(OrderedBytes, EndsEachPartItselfSoThatLaterPartsDecideOnlyBetweenEqualOnes) {
    std::vector<Image> values = rising();
    values.push_back(missing());

    for (const Direction direction : {Direction::ascending, Direction::descending}) {
        for (const Image& a : values) {
            for (const Image& b : values) {
                const auto first = sort_part(a, direction);
                const auto second = sort_part(b, direction);
                if (first == second) continue;

                EXPECT_FALSE(first.starts_with(second) || second.starts_with(first));
                EXPECT_EQ(first + "\xFF\xFF" < second + "\x00\x00"s, first < second);
            }
        }
    }
}

TEST(OrderedBytes, HasTheSameBytesForEqualNumbers) {
    for (const char* text : {"7.5", "7.50", "75e-1", "+07.5"}) {
        EXPECT_EQ(sort_part(number(text), Direction::ascending),
                  sort_part(number("7.5"), Direction::ascending));
    }
    for (const char* text : {"-0", "0.00", "0e9"}) {
        EXPECT_EQ(sort_part(number(text), Direction::ascending),
                  sort_part(number("0"), Direction::ascending));
    }
}

TEST(OrderedBytes, CutsSortPartsToTheirFirstKibibyte) {
    const std::string kibibyte(sort_bytes_max, 'x');

    EXPECT_EQ(sort_part(string(kibibyte + "a"), Direction::ascending),
              sort_part(string(kibibyte + "b"), Direction::ascending));
    EXPECT_EQ(sort_part(binary(kibibyte + "a"), Direction::descending),
              sort_part(binary(kibibyte), Direction::descending));
    EXPECT_LT(sort_part(string(kibibyte.substr(1) + "a"), Direction::ascending),
              sort_part(string(kibibyte.substr(1) + "b"), Direction::ascending));
}

TEST(OrderedBytes, CutsTheDigitsOfSortedNumbersTowardsZero) {
    const std::string ones(sort_bytes_max, '1');
    const std::string zeros(sort_bytes_max - 1, '0');
    const auto part = [](const std::string& text) {
        return sort_part(number(text), Direction::ascending);
    };

    EXPECT_EQ(part("0." + ones + "3"), part("0." + ones));
    EXPECT_EQ(part("-0." + ones + "3"), part("-0." + ones));
    EXPECT_EQ(part("0.1" + zeros + "3"), part("0.1"));
    EXPECT_LT(part("0." + ones + "3"), part("0." + ones.substr(1) + "2"));
}

TEST(OrderedBytes, HasTheSortPartsOfValuesAlsoForBounds) {
    const std::string long_text(sort_bytes_max + 1, 'x');
    const std::string long_digits(sort_bytes_max + 1, '7');
    for (const Direction direction : {Direction::ascending, Direction::descending}) {
        std::string texts, numbers;
        append_sort_text(texts, long_text, direction);
        append_sort_number(numbers, *Decimal::parse(long_digits), direction);

        EXPECT_EQ(texts, sort_part(string(long_text), direction));
        EXPECT_EQ(numbers, sort_part(number(long_digits), direction));
        EXPECT_EQ(texts.front(), sort_tag_of_strings(direction));
        EXPECT_EQ(numbers.front(), sort_tag_of_numbers(direction));
        EXPECT_EQ(sort_part(missing(), direction), std::string(1, sort_tag_missing));
    }
}

TEST(OrderedBytes, NeverCutsWholeValues) {
    const std::string kibibyte(sort_bytes_max, '1');
    std::string text_a, text_b, binary_a, binary_b, number_a, number_b;
    append_ordered_text(text_a, kibibyte + "a");
    append_ordered_text(text_b, kibibyte + "b");
    append_ordered_binary(binary_a, kibibyte + "a");
    append_ordered_binary(binary_b, kibibyte + "b");
    append_ordered_number(number_a, *Decimal::parse(kibibyte + "1"));
    append_ordered_number(number_b, *Decimal::parse(kibibyte + "2"));

    EXPECT_LT(text_a, text_b);
    EXPECT_LT(binary_a, binary_b);
    EXPECT_LT(number_a, number_b);
}

TEST(OrderedBytes, GivesTextsBackInTheirOrder) {
    const std::vector<std::string> texts = {"", "a", "\0"s, "a\0b\xFF"s, "\0\0"s, "\x01"};
    std::string bytes;
    for (const std::string& text : texts) append_ordered_text(bytes, text);

    std::string_view rest = bytes;
    for (const std::string& text : texts) EXPECT_EQ(take_ordered_text(rest), text);
    EXPECT_TRUE(rest.empty());
}

TEST(OrderedBytes, TakesNoTextFromBytesThatBeginWithNone) {
    std::string number;
    append_ordered_number(number, *Decimal::parse("7.5"));
    for (const std::string& bytes : {""s, "\x40"s, "\x40\0"s, "\x40"s + "a"s, "\x40"s + "a\0"s,
                                     "\x40"s + "a\0\x02"s, number}) {
        std::string_view rest = bytes;
        EXPECT_FALSE(take_ordered_text(rest));
        EXPECT_EQ(rest, bytes);
    }
}

TEST(OrderedBytes, GivesNumbersAndBinariesBack) {
    const std::vector<std::string> numbers = {
        "0", "7.5", "-12.5", "10", "-0.001", "123456789012345", "1e125", "-9e-130", "101"};
    std::string bytes;
    for (const std::string& number : numbers) {
        append_ordered_number(bytes, *Decimal::parse(number));
        append_ordered_binary(bytes, "\0\xFF"s);
    }

    std::string_view rest = bytes;
    for (const std::string& number : numbers) {
        EXPECT_EQ(take_ordered_number(rest), Decimal::parse(number)) << number;
        EXPECT_EQ(take_ordered_binary(rest), "\0\xFF"s);
    }
    EXPECT_TRUE(rest.empty());
    EXPECT_FALSE(take_ordered_number(rest));
    rest = "\x30\x03\x80"sv;
    EXPECT_FALSE(take_ordered_number(rest));
    EXPECT_EQ(rest, "\x30\x03\x80"sv) << "what cannot be read stays";
}

TEST(OrderedBytes, KeepsItsBytesFromReleaseToRelease) {
    std::string bytes;
    append_ordered_text(bytes, "a\0b"s);
    append_ordered_binary(bytes, "\xFF");
    append_ordered_number(bytes, *Decimal::parse("-12.5"));
    append_ordered_number(bytes, *Decimal::parse("0"));
    append_ordered_number(bytes, *Decimal::parse("7.5"));

    EXPECT_EQ(bytes,
              "\x40"
              "a\x00\xFF"
              "b\x00\x01"
              "\x50"
              "\xFF\x00\x01"
              "\x30\x01"
              "\x7F\xFF\xFD"
              "\xF2\xCC"
              "\xFF"
              "\x30\x02"
              "\x30\x03"
              "\x80\x00\x01"
              "\x4C"
              "\x00"s);
}

}  // namespace
}  // namespace freshet::engine
