#include "engine/records/plain_image.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "engine/records/repeated_element.h"
#include "engine/text/base64.h"
#include "engine/values/decimal.h"

namespace freshet::engine {
namespace {

using storage::ValueType;

// As many levels as DynamoDB allows. Each counts two in JSON, so with what is around an image none
// is beyond json_depth_max.
constexpr std::size_t depth_max = 32;

constexpr std::size_t values_kept = 4'096;  // room on each stack of the scratch

// Whether Decimal::parse() would take it.
bool is_decimal(std::string_view text) {
    constexpr std::size_t surely_small = 1'000;  // far from a number whose exponent is too large
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    std::size_t digits = 0;
    std::size_t points = 0;
    for (const char c : text.substr(first)) {
        if (is_digit(c)) {
            ++digits;
        } else if (c == '.') {
            ++points;
        } else {
            return Decimal::parse(text).has_value();
        }
    }
    if (text.size() > surely_small) return Decimal::parse(text).has_value();
    return digits > 0 && points <= 1;
}

std::string canonical(std::string_view number) {
    const auto decimal = Decimal::parse(number);
    return decimal ? decimal->canonical() : std::string();
}

}  // namespace

// Stacks: what is read within a value stands above what is read of the outer one.
struct PlainImage::Scratch {
    struct Attribute {
        std::string_view name;
        Value value;
    };

    storage::ImageBuilder builder;
    std::vector<Attribute> attributes;
    std::vector<Value> values;
    std::vector<std::string_view> elements;  // of one set
    std::vector<std::string> numbers;        // those of one, canonical
    std::vector<std::string> binaries;       // those of one, decoded
    std::string bytes;                       // of one binary

    [[nodiscard]] std::span<const Value> values_from(std::size_t first) const {
        return std::span(values).subspan(first);
    }
};

PlainImage::Scratch& PlainImage::scratch_of_thread() {
    thread_local Scratch scratch;
    return scratch;
}

PlainImage::PlainImage(TokenWalk& walk) : walk_(walk), scratch_(scratch_of_thread()) {}

void PlainImage::end() {
    const auto shrink = [](auto& stack) {
        if (stack.capacity() > values_kept) stack = {};
    };
    // Each of their texts has memory of its own.
    scratch_.numbers.clear();
    scratch_.binaries.clear();
    shrink(scratch_.attributes);
    shrink(scratch_.values);
    shrink(scratch_.elements);
    shrink(scratch_.numbers);
    shrink(scratch_.binaries);
    shrink(scratch_.bytes);
}

bool PlainImage::read(std::optional<storage::Image>& image) {
    values_read_ = 0;
    const bool read = push_attributes(depth_max) && !scratch_.values.empty();
    if (read) {
        image = scratch_.builder.finish(scratch_.values);
    } else {
        scratch_.builder.clear();
    }
    scratch_.attributes.clear();
    scratch_.values.clear();
    return read;
}

bool PlainImage::read_value(std::string_view name, std::size_t depth, Value& value) {
    if (++values_read_ > storage::image_values_max) return false;
    std::string_view tag;
    std::string_view text;
    if (walk_.take_pair(tag, text)) return read_pair(tag, text, name, value);
    return walk_.take('{') && walk_.take_name(tag) && read_content(tag, name, depth, value) &&
           walk_.take('}');
}

bool PlainImage::read_pair(std::string_view tag, std::string_view text, std::string_view name,
                           Value& value) {
    ValueType type = ValueType::string;
    if (tag == "N") {
        if (!is_decimal(text)) return false;
        type = ValueType::number;
    } else if (tag == "B") {
        if (!read_binary(text)) return false;
        type = ValueType::binary;
        text = scratch_.bytes;
    } else if (tag != "S") {
        return false;
    }
    value = scratch_.builder.scalar(type, name, text);
    return true;
}

// What is no pair, or has an escape.
bool PlainImage::read_content(std::string_view tag, std::string_view name, std::size_t depth,
                              Value& value) {
    if (tag == "M") return depth > 0 && read_map(name, depth - 1, value);
    if (tag == "L") return depth > 0 && read_list(name, depth - 1, value);
    if (tag == "S") {
        std::string_view text;
        if (!walk_.take_text(text)) return false;
        value = scratch_.builder.scalar(ValueType::string, name, text);
        return true;
    }
    if (tag == "BOOL") return read_boolean(name, value);
    if (tag == "NULL") return read_null(name, value);
    if (tag == "SS") return read_set(ValueType::string_set, name, value);
    if (tag == "NS") return read_set(ValueType::number_set, name, value);
    return tag == "BS" && read_set(ValueType::binary_set, name, value);
}

// Into the scratch.
bool PlainImage::read_binary(std::string_view text) {
    scratch_.bytes.clear();
    return append_from_base64(scratch_.bytes, text);
}

bool PlainImage::read_boolean(std::string_view name, Value& value) {
    std::string_view word;
    if (!walk_.take_word(word) || (word != "true" && word != "false")) return false;
    value = scratch_.builder.boolean(name, word == "true");
    return true;
}

bool PlainImage::read_null(std::string_view name, Value& value) {
    std::string_view word;
    if (!walk_.take_word(word) || (word != "true" && word != "false")) return false;
    value = scratch_.builder.null(name);
    return true;
}

bool PlainImage::read_set(ValueType type, std::string_view name, Value& value) {
    scratch_.elements.clear();
    scratch_.binaries.clear();
    if (!walk_.take('[')) return false;
    if (!walk_.take(']')) {
        do {
            if (++values_read_ > storage::image_values_max || !read_element(type)) return false;
        } while (walk_.take(','));
        if (!walk_.take(']')) return false;
    }
    if (type == ValueType::binary_set) {
        scratch_.elements.assign(scratch_.binaries.begin(), scratch_.binaries.end());
    }
    if (has_repeated_element(type)) return false;
    value = scratch_.builder.set(type, name, scratch_.elements);
    return true;
}

bool PlainImage::read_element(ValueType type) {
    std::string_view text;
    switch (type) {
        case ValueType::string_set:
            if (!walk_.take_text(text)) return false;
            scratch_.elements.push_back(text);
            return true;
        case ValueType::number_set:
            if (!walk_.take_string(text) || !is_decimal(text)) return false;
            scratch_.elements.push_back(text);
            return true;
        default:
            if (!walk_.take_string(text) || !read_binary(text)) return false;
            scratch_.binaries.push_back(scratch_.bytes);
            return true;
    }
}

bool PlainImage::has_repeated_element(ValueType type) {
    if (type != ValueType::number_set) return repeated_in(scratch_.elements).has_value();
    scratch_.numbers.clear();
    for (const std::string_view number : scratch_.elements) {
        scratch_.numbers.push_back(canonical(number));
    }
    const std::vector<std::string_view> forms(scratch_.numbers.begin(), scratch_.numbers.end());
    return repeated_in(forms).has_value();
}

bool PlainImage::read_list(std::string_view name, std::size_t depth, Value& value) {
    const std::size_t first = scratch_.values.size();
    if (!walk_.take('[')) return false;
    if (!walk_.take(']')) {
        do {
            Value element{};
            if (!read_value({}, depth, element)) return false;
            scratch_.values.push_back(element);
        } while (walk_.take(','));
        if (!walk_.take(']')) return false;
    }
    value = scratch_.builder.list(name, scratch_.values_from(first));
    scratch_.values.resize(first);
    return true;
}

bool PlainImage::read_map(std::string_view name, std::size_t depth, Value& value) {
    const std::size_t first = scratch_.values.size();
    if (!push_attributes(depth)) return false;
    value = scratch_.builder.map(name, scratch_.values_from(first));
    scratch_.values.resize(first);
    return true;
}

// Their values are then on top of the stack, sorted by name.
bool PlainImage::push_attributes(std::size_t depth) {
    auto& attributes = scratch_.attributes;
    const std::size_t first = attributes.size();
    if (!walk_.take('{')) return false;
    if (walk_.take('}')) return true;
    bool sorted = true;
    std::string_view last;
    do {
        std::string_view name;
        Value value{};
        if (!walk_.take_name(name) || !read_value(name, depth, value)) return false;
        sorted = sorted && (attributes.size() == first || storage::name_is_before(last, name));
        attributes.push_back({name, value});
        last = name;
    } while (walk_.take(','));
    if (!walk_.take('}')) return false;

    if (!sorted) {
        const auto begin = attributes.begin() + static_cast<std::ptrdiff_t>(first);
        std::sort(begin, attributes.end(), [](const auto& a, const auto& b) {
            return storage::name_is_before(a.name, b.name);
        });
        const auto repeated = std::adjacent_find(
            begin, attributes.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
        if (repeated != attributes.end()) return false;
    }
    for (std::size_t i = first; i < attributes.size(); ++i) {
        scratch_.values.push_back(attributes[i].value);
    }
    attributes.resize(first);
    return true;
}

}  // namespace freshet::engine
