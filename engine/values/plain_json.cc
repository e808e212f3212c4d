#include "engine/values/plain_json.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "engine/text/json_object.h"
#include "engine/values/decimal.h"

namespace freshet::engine {
namespace {

using storage::ValueType;
using storage::ValueView;

// JSON knows no plus before a number, no zero before its other digits, and no point without a
// digit on either side. The rest of a number's text is the same in both.
void append_number(std::string& out, std::string_view text) {
    if (text.starts_with('-')) out += '-';
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);

    const std::size_t whole_end = std::min(text.find_first_of(".eE"), text.size());
    std::string_view whole = text.substr(0, whole_end);
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    out += whole.empty() ? "0" : whole;

    const std::string_view rest = text.substr(whole_end);
    const std::size_t fraction_end = std::min(rest.find_first_of("eE"), rest.size());
    if (fraction_end > 1) out += rest.substr(0, fraction_end);
    out += rest.substr(fraction_end);
}

void append_binary(std::string& out, std::string_view bytes) {
    out += '"';
    append_base64(out, bytes);
    out += '"';
}

std::vector<std::string_view> sorted_texts(ValueView set) {
    std::vector<std::string_view> texts;
    texts.reserve(set.size());
    for (std::size_t i = 0; i < set.size(); ++i) texts.push_back(set.element(i));
    std::sort(texts.begin(), texts.end());
    return texts;
}

std::vector<std::string_view> sorted_numbers(ValueView set) {
    std::vector<std::pair<Decimal, std::string_view>> numbers;
    numbers.reserve(set.size());
    for (std::size_t i = 0; i < set.size(); ++i) {
        const std::string_view text = set.element(i);
        numbers.emplace_back(Decimal::parse(text).value_or(Decimal()), text);
    }
    std::sort(numbers.begin(), numbers.end());

    std::vector<std::string_view> texts;
    texts.reserve(numbers.size());
    for (const auto& number : numbers) texts.push_back(number.second);
    return texts;
}

void append_set(std::string& out, ValueView set) {
    const bool numbers = set.type() == ValueType::number_set;
    out += '[';
    const std::size_t start = out.size();
    for (const std::string_view text : numbers ? sorted_numbers(set) : sorted_texts(set)) {
        if (out.size() > start) out += ',';
        if (numbers) {
            append_number(out, text);
        } else if (set.type() == ValueType::binary_set) {
            append_binary(out, text);
        } else {
            append_json_string(out, text);
        }
    }
    out += ']';
}

void append_list(std::string& out, ValueView list) {
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) out += ',';
        append_plain_json(out, list.at(i));
    }
    out += ']';
}

void append_map(std::string& out, ValueView map) {
    JsonObject object(out);
    for (std::size_t i = 0; i < map.size(); ++i) {
        append_plain_json(object.member(map.at(i).name()), map.at(i));
    }
    object.close();
}

}  // namespace

void append_plain_json(std::string& out, ValueView value) {
    switch (value.type()) {
        case ValueType::string:
            append_json_string(out, value.text());
            return;
        case ValueType::number:
            append_number(out, value.text());
            return;
        case ValueType::binary:
            append_binary(out, value.text());
            return;
        case ValueType::boolean:
            out += value.truth() ? "true" : "false";
            return;
        case ValueType::null:
            out += "null";
            return;
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            append_set(out, value);
            return;
        case ValueType::list:
            append_list(out, value);
            return;
        case ValueType::map:
            append_map(out, value);
            return;
    }
}

}  // namespace freshet::engine
