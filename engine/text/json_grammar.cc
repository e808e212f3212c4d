#include "engine/text/json_grammar.h"

#include <algorithm>

namespace freshet::engine {
namespace {

std::size_t digits_from(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - at;
}

// With its quotes; `text` begins with the first of them.
std::size_t length_of_string(std::string_view text) {
    std::size_t at = 1;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    return std::min(at + 1, text.size());
}

}  // namespace

bool is_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits_from(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
    at += whole;

    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_from(text, at + 1);
        if (fraction == 0) return false;
        at += 1 + fraction;
    }

    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = digits_from(text, at);
        if (exponent == 0) return false;
        at += exponent;
    }
    return at == text.size();
}

std::optional<unsigned> escaped_unit(std::string_view text) {
    constexpr std::size_t length = 6;
    if (text.size() < length || text[0] != '\\' || text[1] != 'u') return std::nullopt;
    unsigned unit = 0;
    for (const char c : text.substr(2, length - 2)) {
        const char lower = static_cast<char>(c | 0x20);
        if (is_digit(c)) {
            unit = unit << 4U | static_cast<unsigned>(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            unit = unit << 4U | static_cast<unsigned>(lower - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return unit;
}

std::size_t escape_bytes(std::string_view text) {
    constexpr std::string_view simple = "\"\\/bfnrt";
    if (text.size() > 1 && simple.find(text[1]) != std::string_view::npos) return 2;

    const std::optional<unsigned> unit = escaped_unit(text);
    if (!unit) return 0;
    if (*unit < 0xD800 || *unit > 0xDFFF) return 6;
    if (*unit > 0xDBFF) return 0;
    const std::optional<unsigned> low = escaped_unit(text.substr(6));
    return low && *low >= 0xDC00 && *low <= 0xDFFF ? 12 : 0;
}

std::size_t length_of_value(std::string_view text) {
    constexpr std::string_view begins = "{[";
    constexpr std::string_view ends = "}]";
    constexpr std::string_view behind_word = ",]} \t\n\r";
    if (text.starts_with('"')) return length_of_string(text);
    if (begins.find(text.substr(0, 1)) == std::string_view::npos) {
        return std::min(text.find_first_of(behind_word), text.size());
    }
    std::size_t depth = 0;
    std::size_t at = 0;
    do {
        at = std::min(text.find_first_of("\"{[}]", at), text.size());
        if (at == text.size()) return at;
        if (text[at] == '"') {
            at += length_of_string(text.substr(at));
            continue;
        }
        depth += begins.find(text[at]) != std::string_view::npos ? 1 : 0;
        depth -= ends.find(text[at]) != std::string_view::npos ? 1 : 0;
        ++at;
    } while (depth > 0);
    return at;
}

}  // namespace freshet::engine
