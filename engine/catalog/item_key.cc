#include "engine/catalog/item_key.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/text/base64.h"
#include "engine/text/excerpt.h"
#include "engine/text/json.h"
#include "engine/values/decimal.h"
#include "engine/values/ordered_bytes.h"
#include "engine/values/value_text.h"

namespace freshet::engine {

namespace {

using storage::ValueType;

std::string_view name_of(ValueType type) {
    switch (type) {
        case ValueType::string:
            return "a string (S)";
        case ValueType::number:
            return "a number (N)";
        case ValueType::binary:
            return "a binary (B)";
        case ValueType::boolean:
            return "a boolean (BOOL)";
        case ValueType::null:
            return "a null (NULL)";
        case ValueType::string_set:
            return "a string set (SS)";
        case ValueType::number_set:
            return "a number set (NS)";
        case ValueType::binary_set:
            return "a binary set (BS)";
        case ValueType::list:
            return "a list (L)";
        case ValueType::map:
            return "a map (M)";
    }
    return "a value of an unknown type";
}

tl::unexpected<Fault> fault(std::string pointer, std::string_view found,
                            std::string_view expected) {
    std::string detail("found ");
    detail.append(found).append(", expected ").append(expected);
    return tl::unexpected<Fault>(Fault{std::move(pointer), std::move(detail)});
}

std::string pointer_to(std::string_view attribute) {
    std::string pointer;
    append_pointer(pointer, attribute);
    return pointer;
}

// Appends one part's value, of the type that is declared. Nothing happens to `bytes` and what was
// expected instead comes back if no key can have that value.
std::optional<std::string_view> append_part(std::string& bytes, ValueType type,
                                            std::string_view value) {
    if (type == ValueType::number) {
        const auto number = Decimal::parse(value);
        if (!number) return "a decimal number with a smaller exponent";
        append_ordered_number(bytes, *number);
        return std::nullopt;
    }
    if (value.empty()) return "a key of at least one byte";
    if (type == ValueType::binary) {
        append_ordered_binary(bytes, value);
    } else {
        append_ordered_text(bytes, value);
    }
    return std::nullopt;
}

// Takes one part off the front; nothing if there is none of that type.
std::optional<std::string> take_part(std::string_view& bytes, ValueType type) {
    if (type == ValueType::string) return take_ordered_text(bytes);
    if (type == ValueType::binary) return take_ordered_binary(bytes);
    const auto number = take_ordered_number(bytes);
    return number ? std::optional(number->canonical()) : std::nullopt;
}

bool declares(const Table& table, std::string_view attribute) {
    for (const KeyPart& part : table.key) {
        if (part.name == attribute) return true;
    }
    return false;
}

std::string key_of(const Table& table) {
    std::string names;
    for (const KeyPart& part : table.key) names.append(names.empty() ? "" : ", ").append(part.name);
    return names;
}

// The bytes that a part's text in a URL stands for; nothing if it is not in the form of its type.
std::optional<std::string> value_of(const KeyPart& part, const std::string& text) {
    if (part.type == ValueType::binary) return decode_base64url(text);
    if (part.type == ValueType::number && !Decimal::parse(text)) return std::nullopt;
    return text;
}

// The other way round.
std::string text_of(const KeyPart& part, const std::optional<storage::ValueView>& value) {
    if (!value || value->type() != part.type) return "";
    if (part.type != ValueType::binary) return value_text(value).value_or("");
    std::string text;
    append_base64url(text, value->text());
    return text;
}

void append_in_part(std::string& text, char c) {
    if (c == '%') {
        text += "%25";
    } else if (c == '/') {
        text += "%2F";
    } else {
        text += c;
    }
}

std::string_view form_of(ValueType type) {
    if (type == ValueType::number) return "a decimal number";
    return type == ValueType::binary ? "base64url without padding" : "a string";
}

}  // namespace

tl::expected<std::string, Fault> item_key(const Table& table, storage::ImageView keys) {
    constexpr std::size_t usual_bytes = 48;  // a UUID and a little more
    std::string bytes;
    bytes.reserve(usual_bytes);
    for (const KeyPart& part : table.key) {
        const auto value = keys.find(part.name);
        if (!value) {
            return fault("", "no attribute " + part.name,
                         "the whole key of table " + table.name + ": " + key_of(table));
        }
        if (value->type() != part.type) {
            return fault(pointer_to(part.name), name_of(value->type()), name_of(part.type));
        }
        if (const auto expected = append_part(bytes, part.type, value->text())) {
            return fault(pointer_to(part.name), '"' + excerpt(value->text()) + '"', *expected);
        }
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string_view name = keys.at(i).name();
        if (declares(table, name)) continue;
        return fault(pointer_to(name), "an attribute that is no part of the key",
                     "only " + key_of(table));
    }
    return bytes;
}

std::optional<Fault> key_length_fault(const Table& table, storage::ImageView keys) {
    for (std::size_t i = 0; i < table.key.size(); ++i) {
        const auto value = keys.find(table.key[i].name);
        const std::size_t bytes_max = key_bytes_max.at(i);
        if (!value || value->text().size() <= bytes_max) continue;
        return Fault{.pointer = pointer_to(table.key[i].name),
                     .detail = "found " + std::to_string(value->text().size()) +
                               " bytes, expected at most the " + std::to_string(bytes_max) +
                               " that a part of a key may have"};
    }
    return std::nullopt;
}

Result<storage::Image> key_attributes(const Table& table, std::string_view key) {
    std::vector<std::pair<const KeyPart*, std::string>> parts;
    parts.reserve(table.key.size());
    for (const KeyPart& part : table.key) {
        auto text = take_part(key, part.type);
        if (!text) {
            return fail(Errc::damaged_state, "an item of table " + table.name + " has no key");
        }
        parts.emplace_back(&part, *std::move(text));
    }
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return a.first->name < b.first->name; });
    storage::ImageBuilder builder;
    std::vector<storage::ImageBuilder::Value> values;
    values.reserve(parts.size());
    for (const auto& [part, text] : parts) {
        values.push_back(builder.scalar(part->type, part->name, text));
    }
    return builder.finish(values);
}

std::string item_key_text(const Table& table, storage::ImageView keys) {
    std::string text;
    for (const KeyPart& part : table.key) {
        if (&part != table.key.data()) text += '/';
        const std::string value = text_of(part, keys.find(part.name));
        if (table.key.size() == 1) {
            text += value;
        } else {
            for (const char c : value) append_in_part(text, c);
        }
    }
    return text;
}

std::vector<std::string> item_key_texts(const Table& table, storage::ImageView keys) {
    std::vector<std::string> texts;
    texts.reserve(table.key.size());
    for (const KeyPart& part : table.key) texts.push_back(text_of(part, keys.find(part.name)));
    return texts;
}

Result<std::string> item_key_from_text(const Table& table, const std::vector<std::string>& parts) {
    if (parts.size() != table.key.size()) {
        return fail(Errc::refused, "found " + std::to_string(parts.size()) +
                                       " of the key's parts, expected " +
                                       std::to_string(table.key.size()) + ": " + key_of(table));
    }
    std::string bytes;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const KeyPart& part = table.key[i];
        const auto wrong = [&](std::string_view expected) {
            return fail(Errc::refused, "found \"" + excerpt(parts[i]) + "\" for " + part.name +
                                           ", expected " + std::string(expected));
        };
        const auto value = value_of(part, parts[i]);
        if (!value) return wrong(form_of(part.type));
        if (const auto expected = append_part(bytes, part.type, *value)) return wrong(*expected);
    }
    return bytes;
}

}  // namespace freshet::engine
