#include "engine/internal/config_pattern.h"

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/attribute_path.h"
#include "engine/decimal.h"
#include "engine/internal/nearest_name.h"

namespace freshet::engine {

namespace {

constexpr std::array<std::string_view, 2> operators = {"anything-but", "prefix"};

void note(const toml::node& found, std::string_view expected, Mistakes& mistakes) {
    mistakes.add(line_of(found),
                 "found " + description_of(found) + " in where, expected " + std::string(expected));
}

// TOML's floats are binary: the shortest decimal that means the same one is what was written, for
// up to 15 digits.
std::optional<Decimal> decimal_of(double number) {
    char text[64];
    const char* end = std::to_chars(text, text + sizeof(text), number).ptr;
    return Decimal::parse({text, static_cast<std::size_t>(end - text)});
}

std::optional<PatternValue> scalar_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return PatternValue(text->get());
    if (const auto* truth = node.as_boolean()) return PatternValue(truth->get());
    if (const auto* integer = node.as_integer()) {
        return PatternValue(*Decimal::parse(std::to_string(integer->get())));
    }
    if (const auto* number = node.as_floating_point()) {
        if (const auto decimal = decimal_of(number->get())) return PatternValue(*decimal);
    }
    return std::nullopt;
}

std::optional<PatternEntry> read_anything_but(const toml::node& node, Mistakes& mistakes) {
    const std::string_view expected = "a string, a number, a boolean or an array of them";
    if (auto single = scalar_of(node)) return AnythingBut{{*std::move(single)}};
    const toml::array* array = node.as_array();
    if (array == nullptr || array->empty()) {
        note(node, expected, mistakes);
        return std::nullopt;
    }
    AnythingBut but;
    for (const toml::node& element : *array) {
        auto value = scalar_of(element);
        if (value) {
            but.values.push_back(*std::move(value));
        } else {
            note(element, "a string, a number or a boolean", mistakes);
        }
    }
    return but;
}

std::optional<PatternEntry> read_prefix(const toml::node& node, Mistakes& mistakes) {
    if (const auto* text = node.as_string()) return Prefix{text->get()};
    note(node, "a string after prefix", mistakes);
    return std::nullopt;
}

std::optional<PatternEntry> read_operator(const toml::table& table, Mistakes& mistakes) {
    if (table.size() != 1) {
        note(table, "one operator in each: { anything-but = … } or { prefix = … }", mistakes);
        return std::nullopt;
    }
    const auto first = table.begin();  // what it points at lives as long as it does
    const auto& [key, value] = *first;
    if (key.str() == "anything-but") return read_anything_but(value, mistakes);
    if (key.str() == "prefix") return read_prefix(value, mistakes);
    mistakes.add(key.source().begin.line, "found the unknown operator " + in_quotes(key.str()) +
                                              ", " + expected_name(key.str(), operators));
    return std::nullopt;
}

std::optional<PatternEntry> read_entry(const toml::node& node, Mistakes& mistakes) {
    if (const auto* table = node.as_table()) return read_operator(*table, mistakes);
    if (auto value = scalar_of(node)) return *std::move(value);
    note(node, "a string, a number, a boolean or an operator", mistakes);
    return std::nullopt;
}

std::vector<PatternEntry> read_entries(const toml::array& array, Mistakes& mistakes) {
    if (array.empty()) note(array, "at least one value in it", mistakes);
    std::vector<PatternEntry> entries;
    for (const toml::node& element : array) {
        if (auto entry = read_entry(element, mistakes)) entries.push_back(*std::move(entry));
    }
    return entries;
}

std::optional<Pattern::Rule> read_rule(const toml::node& value, Mistakes& mistakes) {
    if (const auto* array = value.as_array()) {
        return Pattern::Rule{
            .attribute = {}, .entries = read_entries(*array, mistakes), .inner = nullptr};
    }
    if (const auto* table = value.as_table()) {
        return Pattern::Rule{.attribute = {},
                             .entries = {},
                             .inner = std::make_shared<Pattern>(read_pattern(*table, mistakes))};
    }
    note(value, "an array of values, such as [\"OPEN\"], or a table of a map's attributes",
         mistakes);
    return std::nullopt;
}

// The rule of the last name in the path, wrapped in a pattern for each name before it.
Pattern::Rule nested(const AttributePath& path, Pattern::Rule rule) {
    const auto& names = path.names();
    rule.attribute = names.back();
    for (auto name = names.rbegin() + 1; name != names.rend(); ++name) {
        std::vector<Pattern::Rule> inner;
        inner.push_back(std::move(rule));
        rule = Pattern::Rule{.attribute = *name,
                             .entries = {},
                             .inner = std::make_shared<Pattern>(std::move(inner))};
    }
    return rule;
}

}  // namespace

Pattern read_pattern(const toml::table& where, Mistakes& mistakes) {
    if (where.empty()) note(where, "at least one attribute in it", mistakes);
    std::vector<Pattern::Rule> rules;
    for (const auto& [key, value] : where) {
        auto path = AttributePath::parse(key.str());
        if (!path) mistakes.add(key.source().begin.line, path.error().message);
        auto rule = read_rule(value, mistakes);
        if (path && rule) rules.push_back(nested(*path, *std::move(rule)));
    }
    return Pattern(std::move(rules));
}

}  // namespace freshet::engine
