#include "engine/pattern.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base64.h"
#include "engine/internal/overloaded.h"

namespace freshet::engine {

namespace {

using storage::ValueType;
using storage::ValueView;

// What an entry is compared with: a plain value, or nothing where it is null, which no pattern
// names but which is also not any of those that anything-but names.
using Scalar = std::optional<PatternValue>;

// A binary is compared as readers see it: in base64.
std::string base64(std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    return text;
}

Scalar number(std::string_view text) {
    const auto decimal = Decimal::parse(text);
    return decimal ? Scalar(*decimal) : Scalar();
}

bool matches_entry(const PatternEntry& entry, const Scalar& scalar) {
    return std::visit(
        Overloaded{
            [&](const PatternValue& value) { return scalar == value; },
            [&](const AnythingBut& but) {
                return std::none_of(but.values.begin(), but.values.end(),
                                    [&](const PatternValue& value) { return scalar == value; });
            },
            [&](const Prefix& prefix) {
                const auto* text = scalar ? std::get_if<std::string>(&*scalar) : nullptr;
                return text != nullptr && text->starts_with(prefix.text);
            },
        },
        entry);
}

bool matches_any(const std::vector<PatternEntry>& entries, const Scalar& scalar) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const PatternEntry& entry) { return matches_entry(entry, scalar); });
}

// Whether `test` holds for any index below `size`.
template <class Test>
bool any_of(std::size_t size, Test test) {
    for (std::size_t i = 0; i < size; ++i) {
        if (test(i)) return true;
    }
    return false;
}

bool matches_entries(const std::vector<PatternEntry>& entries, ValueView value) {
    switch (value.type()) {
        case ValueType::string:
            return matches_any(entries, PatternValue(std::string(value.text())));
        case ValueType::number:
            return matches_any(entries, number(value.text()));
        case ValueType::binary:
            return matches_any(entries, PatternValue(base64(value.text())));
        case ValueType::boolean:
            return matches_any(entries, PatternValue(value.truth()));
        case ValueType::null:
            return matches_any(entries, std::nullopt);
        case ValueType::string_set:
            return any_of(value.size(), [&](std::size_t i) {
                return matches_any(entries, PatternValue(std::string(value.element(i))));
            });
        case ValueType::number_set:
            return any_of(value.size(), [&](std::size_t i) {
                return matches_any(entries, number(value.element(i)));
            });
        case ValueType::binary_set:
            return any_of(value.size(), [&](std::size_t i) {
                return matches_any(entries, PatternValue(base64(value.element(i))));
            });
        case ValueType::list:
            return any_of(value.size(),
                          [&](std::size_t i) { return matches_entries(entries, value.at(i)); });
        case ValueType::map:
            return false;  // entries are for values, an inner pattern is for maps
    }
    return false;
}

bool matches_inner(const Pattern& inner, ValueView value) {
    if (value.type() == ValueType::map) return inner.matches(value);
    if (value.type() != ValueType::list) return false;
    return any_of(value.size(), [&](std::size_t i) { return matches_inner(inner, value.at(i)); });
}

bool matches_rule(const Pattern::Rule& rule, ValueView image) {
    const auto value = image.find(rule.attribute);
    if (!value) return false;
    return rule.inner ? matches_inner(*rule.inner, *value) : matches_entries(rule.entries, *value);
}

}  // namespace

bool Pattern::matches(ValueView image) const {
    return std::all_of(rules_.begin(), rules_.end(),
                       [&](const Rule& rule) { return matches_rule(rule, image); });
}

}  // namespace freshet::engine
