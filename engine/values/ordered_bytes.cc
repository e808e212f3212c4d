#include "engine/values/ordered_bytes.h"

#include <algorithm>
#include <cstdint>

namespace freshet::engine {

namespace {

// The first byte of every encoding. Inverted, all of them stay below the tag of a missing value.
constexpr char tag_null = 0x10;
constexpr char tag_boolean = 0x20;
constexpr char tag_number = 0x30;
constexpr char tag_string = 0x40;
constexpr char tag_binary = 0x50;

constexpr char sign_negative = 0x01;
constexpr char sign_zero = 0x02;
constexpr char sign_positive = 0x03;

constexpr std::size_t exponent_bytes = 3;
constexpr std::int64_t exponent_bias = 1 << 23;

void invert_from(std::string& bytes, std::size_t begin) {
    for (std::size_t i = begin; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

// The bytes themselves, 00 as 00 FF, and 00 01 as the end. The end is smaller than anything that
// can follow in a longer text (00 FF, or a byte from 01 on), so a text sorts before those that it
// begins; and 00 01 stands nowhere else, so where a text ends is never in doubt.
void append_escaped(std::string& bytes, std::string_view text) {
    for (std::size_t zero = text.find('\0'); zero != std::string_view::npos;
         zero = text.find('\0')) {
        bytes.append(text.substr(0, zero + 1)).push_back('\xFF');
        text.remove_prefix(zero + 1);
    }
    bytes.append(text).append("\x00\x01", 2);
}

// Takes the tag and what append_escaped() appended off the front of `bytes`.
std::optional<std::string> take_escaped(char tag, std::string_view& bytes) {
    if (bytes.empty() || bytes.front() != tag) return std::nullopt;
    std::string text;
    std::string_view rest = bytes.substr(1);
    for (std::size_t zero = rest.find('\0'); zero < rest.size() - 1; zero = rest.find('\0')) {
        const bool ends = rest[zero + 1] == '\x01';
        if (!ends && rest[zero + 1] != '\xFF') return std::nullopt;
        text.append(rest.substr(0, ends ? zero : zero + 1));
        rest.remove_prefix(zero + 2);
        if (!ends) continue;
        bytes = rest;
        return text;
    }
    return std::nullopt;
}

// Two digits to a byte, from 01 to 100, and 00 as the end, which sorts before any further digits.
// An odd last digit gets a zero to go with it: no digits end in a zero, so it cannot be mistaken.
void append_digits(std::string& bytes, std::string_view digits) {
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int tens = digits[i] - '0';
        const int ones = i + 1 < digits.size() ? digits[i + 1] - '0' : 0;
        bytes.push_back(static_cast<char>(tens * 10 + ones + 1));
    }
    bytes.push_back('\0');
}

// A number by its sign, exponent (biased, so that it sorts as unsigned) and given digits. The
// larger a negative number's exponent or digits, the smaller it is: both are inverted.
void append_number(std::string& bytes, const Decimal& number, std::string_view digits) {
    static_assert(Decimal::exponent_max < exponent_bias, "an exponent has three bytes");

    bytes.push_back(tag_number);
    if (number.zero()) return bytes.push_back(sign_zero);
    bytes.push_back(number.negative() ? sign_negative : sign_positive);
    const std::size_t begin = bytes.size();
    const std::int64_t exponent = number.exponent() + exponent_bias;
    for (const int shift : {16, 8, 0}) bytes.push_back(static_cast<char>(exponent >> shift));
    append_digits(bytes, digits);
    if (number.negative()) invert_from(bytes, begin);
}

// Cut towards zero, which keeps the order of any two numbers or makes them equal.
void append_cut_number(std::string& bytes, const Decimal& number) {
    std::string_view digits = number.digits();
    digits = digits.substr(0, sort_bytes_max);
    digits = digits.substr(0, digits.find_last_not_of('0') + 1);
    append_number(bytes, number, digits);
}

void append_cut_text(std::string& bytes, std::string_view text) {
    append_ordered_text(bytes, text.substr(0, sort_bytes_max));
}

void append_ascending(std::string& bytes, const std::optional<storage::ValueView>& value) {
    if (!value) return bytes.push_back(sort_tag_missing);
    switch (value->type()) {
        case storage::ValueType::null:
            return bytes.push_back(tag_null);
        case storage::ValueType::boolean:
            bytes.push_back(tag_boolean);
            return bytes.push_back(value->truth() ? 1 : 0);
        case storage::ValueType::string:
            return append_cut_text(bytes, value->text());
        case storage::ValueType::binary:
            return append_ordered_binary(bytes, value->text().substr(0, sort_bytes_max));
        case storage::ValueType::number:
            if (const auto number = Decimal::parse(value->text())) {
                return append_cut_number(bytes, *number);
            }
            break;  // a text that is no decimal has no place in any order
        case storage::ValueType::string_set:
        case storage::ValueType::number_set:
        case storage::ValueType::binary_set:
        case storage::ValueType::list:
        case storage::ValueType::map:
            break;
    }
    bytes.push_back(sort_tag_missing);
}

}  // namespace

void append_ordered_text(std::string& bytes, std::string_view text) {
    bytes.push_back(tag_string);
    append_escaped(bytes, text);
}

std::optional<std::string> take_ordered_text(std::string_view& bytes) {
    return take_escaped(tag_string, bytes);
}

std::optional<std::string> take_ordered_binary(std::string_view& bytes) {
    return take_escaped(tag_binary, bytes);
}

// The digits as append_digits() wrote them go up to the first NUL (FF once inverted), which no
// exponent is mistaken for: that has its three bytes before them.
std::optional<Decimal> take_ordered_number(std::string_view& bytes) {
    if (bytes.size() < 2 || bytes[0] != tag_number) return std::nullopt;
    const char sign = bytes[1];
    if (sign == sign_zero) {
        bytes.remove_prefix(2);
        return Decimal();
    }
    const bool negative = sign == sign_negative;
    if (!negative && sign != sign_positive) return std::nullopt;
    const std::size_t digits_at = 2 + exponent_bytes;
    const std::size_t end = bytes.find(negative ? '\xFF' : '\0', digits_at);
    if (end == std::string_view::npos) return std::nullopt;

    std::string number(bytes.substr(2, end - 2));
    if (negative) invert_from(number, 0);
    std::int64_t exponent = -exponent_bias;
    for (std::size_t i = 0; i < exponent_bytes; ++i) {
        exponent += std::int64_t{static_cast<unsigned char>(number[i])}
                    << (8 * (exponent_bytes - 1 - i));
    }
    std::string text = negative ? "-0." : "0.";
    for (std::size_t i = exponent_bytes; i < number.size(); ++i) {
        const int pair = static_cast<unsigned char>(number[i]) - 1;
        if (pair < 0 || pair > 99) return std::nullopt;
        text += {static_cast<char>('0' + pair / 10), static_cast<char>('0' + pair % 10)};
    }
    auto decimal = Decimal::parse(text + 'e' + std::to_string(exponent));
    if (decimal) bytes.remove_prefix(end + 1);
    return decimal;
}

void append_ordered_binary(std::string& bytes, std::string_view binary) {
    bytes.push_back(tag_binary);
    append_escaped(bytes, binary);
}

void append_ordered_number(std::string& bytes, const Decimal& number) {
    append_number(bytes, number, number.digits());
}

void append_sort_part(std::string& bytes, std::optional<storage::ValueView> value,
                      Direction direction) {
    const std::size_t begin = bytes.size();
    append_ascending(bytes, value);
    const bool missing = bytes[begin] == sort_tag_missing;
    if (direction == Direction::descending && !missing) invert_from(bytes, begin);
}

void append_sort_text(std::string& bytes, std::string_view text, Direction direction) {
    const std::size_t begin = bytes.size();
    append_cut_text(bytes, text);
    if (direction == Direction::descending) invert_from(bytes, begin);
}

void append_sort_number(std::string& bytes, const Decimal& number, Direction direction) {
    const std::size_t begin = bytes.size();
    append_cut_number(bytes, number);
    if (direction == Direction::descending) invert_from(bytes, begin);
}

char sort_tag_of_strings(Direction direction) {
    return direction == Direction::ascending ? tag_string : static_cast<char>(~tag_string);
}

char sort_tag_of_numbers(Direction direction) {
    return direction == Direction::ascending ? tag_number : static_cast<char>(~tag_number);
}

}  // namespace freshet::engine
