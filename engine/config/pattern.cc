#include "engine/config/pattern.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/values/decimal.h"

namespace freshet::engine {

namespace {

PatternNode node_of(const toml::node& node, const Mistakes& mistakes);

// Numbered by their lines.
std::vector<PatternMember> members_of(const toml::table& table, const Mistakes& mistakes) {
    std::vector<PatternMember> members;
    for (const auto& [key, value] : table) {
        members.push_back({.name = std::string(key.str()),
                           .place = key.source().begin.line,
                           .value = node_of(value, mistakes)});
    }
    return members;
}

PatternNode node_of(const toml::node& node, const Mistakes& mistakes) {
    PatternNode made{.what = UnknownValue{description_of(node)}, .place = line_of(node)};
    if (const auto* table = node.as_table()) {
        made.what = members_of(*table, mistakes);
    } else if (const auto* array = node.as_array()) {
        std::vector<PatternNode> elements;
        for (const toml::node& element : *array) elements.push_back(node_of(element, mistakes));
        made.what = std::move(elements);
    } else if (auto value = plain_value(node, mistakes)) {
        made.what = *std::move(value);
    }
    return made;
}

}  // namespace

// TOML's floats are kept as doubles: only the file itself has their digits.
std::optional<Decimal> exact_number(const toml::node& node, const Mistakes& mistakes) {
    if (const auto* integer = node.as_integer()) {
        return Decimal::parse(std::to_string(integer->get()));
    }
    if (!node.is_floating_point()) return std::nullopt;
    const std::string_view rest = mistakes.rest_of_line(node);
    std::string digits(rest.substr(0, rest.find_first_not_of("0123456789+-._eE")));
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    return Decimal::parse(digits);
}

std::optional<PatternValue> plain_value(const toml::node& node, const Mistakes& mistakes) {
    if (const auto* text = node.as_string()) return PatternValue(text->get());
    if (const auto* truth = node.as_boolean()) return PatternValue(truth->get());
    if (auto number = exact_number(node, mistakes)) return PatternValue(*std::move(number));
    return std::nullopt;
}

Pattern read_pattern(const toml::table& where, Mistakes& mistakes, std::string_view name) {
    const PatternNode node{.what = members_of(where, mistakes), .place = line_of(where)};
    return read_pattern(node, {.name = name}, [&](std::size_t line, std::string what) {
        mistakes.add(static_cast<Line>(line), std::move(what));
    });
}

Pattern read_where(const Section& section) {
    const toml::node* node = section.find("where");
    if (node == nullptr) return {};
    if (const toml::table* where = node->as_table()) {
        return read_pattern(*where, section.mistakes());
    }
    section.mistakes().add(line_of(*node), "found " + description_of(*node) +
                                               " for where, expected a table, such as "
                                               "{ status = [\"OPEN\"] }");
    return {};
}

}  // namespace freshet::engine
