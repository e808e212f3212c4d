#include "engine/config/pattern.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/nearest_name.h"
#include "engine/values/attribute_path.h"
#include "engine/values/decimal.h"

namespace freshet::engine {

namespace {

constexpr std::array<std::string_view, 7> operators = {
    "anything-but", "equals-ignore-case", "exists", "null", "numeric", "prefix", "suffix"};
constexpr std::array<std::string_view, 4> operators_in_anything_but = {"equals-ignore-case", "null",
                                                                       "prefix", "suffix"};
constexpr std::array<std::string_view, 5> comparisons = {"=", "<", "<=", ">", ">="};

bool is_text_operator(std::string_view name) {
    return name == "equals-ignore-case" || name == "prefix" || name == "suffix";
}

using Names = std::vector<std::string>;

// The rule of the last name, wrapped in a pattern for each name before it.
Pattern::Rule nested(const Names& before, Pattern::Rule rule) {
    for (auto name = before.rbegin(); name != before.rend(); ++name) {
        std::vector<Pattern::Rule> inner;
        inner.push_back(std::move(rule));
        rule = Pattern::Rule{.attribute = *name,
                             .entries = {},
                             .inner = std::make_shared<Pattern>(std::move(inner))};
    }
    return rule;
}

bool is_empty(const NumericRange& range) {
    if (!range.low || !range.high) return false;
    const auto order = range.low->value <=> range.high->value;
    return order > 0 || (order == 0 && !(range.low->inclusive && range.high->inclusive));
}

// Reads one `where`. What is wrong is noted, and answered with nothing.
class PatternReader {
public:
    explicit PatternReader(Mistakes& mistakes) : mistakes_(mistakes) {}

    [[nodiscard]] std::size_t entries() const { return entries_; }

    Pattern pattern(const toml::table& table, std::size_t level) {
        if (table.empty()) note(table, "at least one attribute in it");
        std::vector<Pattern::Rule> rules;
        for (const auto& [key, value] : table) {
            if (auto rule = read_rule(key, value, level)) rules.push_back(*std::move(rule));
        }
        return Pattern(std::move(rules));
    }

private:
    // `key = value`, on this level.
    std::optional<Pattern::Rule> read_rule(const toml::key& key, const toml::node& value,
                                           std::size_t level) {
        const auto path = AttributePath::parse(key.str());
        if (!path) {
            mistakes_.add(line_of(key), path.error().message);
            return std::nullopt;
        }
        const Names& names = path->names();
        const Names before(names.begin(), names.end() - 1);
        if (std::find(before.begin(), before.end(), any_of_key) != before.end()) {
            mistakes_.add(line_of(key), "found " + in_quotes(key.str()) +
                                            " in where, expected \"$or\" to be the last name");
            return std::nullopt;
        }
        if (level + names.size() > pattern_levels_max) {
            mistakes_.add(line_of(key),
                          "found " + in_quotes(names.back()) + " deep in where, expected at most " +
                              std::to_string(pattern_levels_max) + " levels of maps and $or");
            return std::nullopt;
        }
        auto rule = names.back() == any_of_key
                        ? read_alternatives(value, level + names.size())
                        : read_attribute(names.back(), value, level + names.size());
        return rule ? std::optional(nested(before, *std::move(rule))) : std::nullopt;
    }

    std::optional<Pattern::Rule> read_alternatives(const toml::node& node, std::size_t level) {
        const toml::array* array = node.as_array();
        if (array == nullptr || array->size() < 2) {
            note(node, "an array of two patterns or more for $or: [{ … }, { … }]");
            return std::nullopt;
        }
        Pattern::Rule rule{.attribute = {}, .entries = {}, .inner = nullptr};
        for (const toml::node& element : *array) {
            if (const toml::table* table = element.as_table()) {
                rule.alternatives.push_back(pattern(*table, level));
            } else {
                note(element, "a pattern in $or: a table of attributes");
            }
        }
        return rule;
    }

    std::optional<Pattern::Rule> read_attribute(const std::string& name, const toml::node& value,
                                                std::size_t level) {
        if (const auto* array = value.as_array()) {
            return Pattern::Rule{
                .attribute = name, .entries = read_entries(*array), .inner = nullptr};
        }
        if (const auto* table = value.as_table()) {
            return Pattern::Rule{.attribute = name,
                                 .entries = {},
                                 .inner = std::make_shared<Pattern>(pattern(*table, level))};
        }
        note(value, "an array of values, such as [\"OPEN\"], or a table of a map's attributes");
        return std::nullopt;
    }

    std::vector<PatternEntry> read_entries(const toml::array& array) {
        if (array.empty()) note(array, "at least one value in it");
        std::vector<PatternEntry> entries;
        for (const toml::node& element : array) {
            if (auto entry = read_entry(element)) entries.push_back(*std::move(entry));
        }
        return entries;
    }

    std::optional<PatternEntry> read_entry(const toml::node& node) {
        ++entries_;
        if (const auto* table = node.as_table()) return read_operator(*table);
        if (auto value = plain_value(node, mistakes_)) return *std::move(value);
        note(node, "a string, a number, a boolean or an operator");
        return std::nullopt;
    }

    // ---- operators ----

    std::optional<PatternEntry> read_operator(const toml::table& table) {
        if (table.size() != 1) {
            note(table, "one operator in each: { anything-but = … } or { prefix = … }");
            return std::nullopt;
        }
        const auto first = table.begin();  // what it points at lives as long as it does
        const auto& [key, value] = *first;
        if (key.str() == "anything-but") return read_anything_but(value);
        if (key.str() == "numeric") return read_numeric(value);
        if (key.str() == "exists") return read_exists(value);
        if (key.str() == "null") return read_null(value);
        if (is_text_operator(key.str())) return read_text_test(key.str(), value);
        mistakes_.add(line_of(key), "found the unknown operator " + in_quotes(key.str()) + ", " +
                                        expected_name(key.str(), operators));
        return std::nullopt;
    }

    std::optional<PatternEntry> read_exists(const toml::node& node) {
        if (const auto* truth = node.as_boolean()) return Exists{truth->get()};
        note(node, "true or false after exists");
        return std::nullopt;
    }

    std::optional<PatternValue> read_null(const toml::node& node) {
        const auto* truth = node.as_boolean();
        if (truth != nullptr && truth->get()) return PatternValue(Null());
        note(node, "{ null = true }, or { anything-but = { null = true } } for all others");
        return std::nullopt;
    }

    std::optional<TextTest> read_text_test(std::string_view name, const toml::node& node) {
        if (const auto* text = node.as_string()) {
            if (name == "prefix") return Prefix{text->get()};
            if (name == "suffix") return Suffix{text->get()};
            return EqualsIgnoreCase{FoldedText(text->get())};
        }
        const auto* table = name == "equals-ignore-case" ? nullptr : node.as_table();
        const toml::node* folded = table == nullptr ? nullptr : table->get("equals-ignore-case");
        if (folded != nullptr && table->size() == 1 && folded->is_string()) {
            FoldedText text(folded->as_string()->get());
            if (name == "prefix") return PrefixIgnoreCase{std::move(text)};
            return SuffixIgnoreCase{std::move(text)};
        }
        std::string expected = "a string after " + std::string(name);
        if (name != "equals-ignore-case") expected += ", or { equals-ignore-case = \"…\" }";
        note(node, expected);
        return std::nullopt;
    }

    std::optional<PatternEntry> read_anything_but(const toml::node& node) {
        if (auto single = plain_value(node, mistakes_)) return AnythingBut{{*std::move(single)}};
        if (const auto* table = node.as_table()) return read_anything_but_operator(*table);
        const toml::array* array = node.as_array();
        if (array == nullptr || array->empty()) {
            note(node, "a string, a number, a boolean or an array of them");
            return std::nullopt;
        }
        entries_ += array->size() - 1;
        AnythingBut but;
        for (const toml::node& element : *array) {
            if (auto value = read_value(element)) but.values.push_back(*std::move(value));
        }
        return but;
    }

    // The operator inside of anything-but, of one text or several.
    std::optional<PatternEntry> read_anything_but_operator(const toml::table& table) {
        if (table.size() != 1) {
            note(table, "one operator in anything-but: { prefix = … }");
            return std::nullopt;
        }
        const auto first = table.begin();
        const auto& [key, value] = *first;
        AnythingBut but;
        if (key.str() == "null") {
            if (auto null = read_null(value)) but.values.push_back(*std::move(null));
            return but;
        }
        if (!is_text_operator(key.str())) {
            mistakes_.add(line_of(key), "found the operator " + in_quotes(key.str()) +
                                            " in anything-but, " +
                                            expected_name(key.str(), operators_in_anything_but));
            return std::nullopt;
        }
        const toml::array* texts = value.as_array();
        if (texts == nullptr || texts->empty()) {
            if (auto test = read_text_test(key.str(), value)) but.tests.push_back(*std::move(test));
            return but;
        }
        entries_ += texts->size() - 1;
        for (const toml::node& text : *texts) {
            if (auto test = read_text_test(key.str(), text)) but.tests.push_back(*std::move(test));
        }
        return but;
    }

    // ---- numeric ----

    std::optional<PatternEntry> read_numeric(const toml::node& node) {
        const toml::array* array = node.as_array();
        if (array == nullptr || (array->size() != 2 && array->size() != 4)) {
            note(node, "one comparison or two after numeric: [\">\", 0] or [\">\", 0, \"<=\", 9]");
            return std::nullopt;
        }
        NumericRange range;
        for (std::size_t i = 0; i < array->size(); i += 2) {
            if (!read_comparison((*array)[i], (*array)[i + 1], range)) return std::nullopt;
        }
        if (!is_empty(range)) return range;
        note(node, "numbers between the two bounds of numeric");
        return std::nullopt;
    }

    // Takes a comparison into the range; false, and noted, if that cannot be.
    bool read_comparison(const toml::node& sign, const toml::node& node, NumericRange& range) {
        const auto* text = sign.as_string();
        const std::string_view name = text == nullptr ? std::string_view() : text->get();
        if (std::find(comparisons.begin(), comparisons.end(), name) == comparisons.end()) {
            note(sign, "\"=\", \"<\", \"<=\", \">\" or \">=\" before each number of numeric");
            return false;
        }
        auto number = exact_number(node, mistakes_);
        if (!number && node.is_string()) number = Decimal::parse(node.as_string()->get());
        if (!number) {
            note(node, "a number, or one in quotes, after " + in_quotes(name));
            return false;
        }
        const bool is_low = name.front() != '<';
        const bool is_high = name.front() != '>';
        if ((is_low && range.low) || (is_high && range.high)) {
            note(sign, "a lower bound and an upper one where numeric has two");
            return false;
        }
        const bool inclusive = name.back() == '=';
        if (is_low) range.low = NumericRange::Bound{*number, inclusive};
        if (is_high) range.high = NumericRange::Bound{*number, inclusive};
        return true;
    }

    // ---- values ----

    std::optional<PatternValue> read_value(const toml::node& node) {
        if (auto value = plain_value(node, mistakes_)) return value;
        const toml::table* table = node.as_table();
        const toml::node* null = table == nullptr ? nullptr : table->get("null");
        if (null != nullptr && table->size() == 1) return read_null(*null);
        note(node, "a string, a number, a boolean or { null = true } in anything-but");
        return std::nullopt;
    }

    static Line line_of(const toml::key& key) { return key.source().begin.line; }

    void note(const toml::node& found, std::string_view expected) {
        mistakes_.add(engine::line_of(found), "found " + description_of(found) +
                                                  " in where, expected " + std::string(expected));
    }

    Mistakes& mistakes_;
    std::size_t entries_ = 0;
};

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

Pattern read_pattern(const toml::table& where, Mistakes& mistakes) {
    PatternReader reader(mistakes);
    Pattern pattern = reader.pattern(where, 0);
    if (reader.entries() > pattern_entries_max) {
        mistakes.add(line_of(where), "found " + std::to_string(reader.entries()) +
                                         " entries in where, expected at most " +
                                         std::to_string(pattern_entries_max));
    }
    return pattern;
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
