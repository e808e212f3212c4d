#include "engine/catalog/pattern_reader.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string description_of(const PatternNode& node, const std::string& table) {
    if (node.members() != nullptr) return table;
    if (const auto* elements = node.elements()) {
        return elements->empty() ? "an empty array" : "an array";
    }
    if (const auto* unknown = std::get_if<UnknownValue>(&node.what)) return unknown->description;
    if (const auto* text = node.plain_as<std::string>()) return in_quotes(*text);
    if (const auto* number = node.plain_as<Decimal>()) return number->canonical();
    if (const auto* truth = node.plain_as<bool>()) return *truth ? "true" : "false";
    return "null";
}

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

// Reads one pattern. What is wrong is noted, and answered with nothing.
class PatternReader {
public:
    PatternReader(const PatternForm& form, const NotePattern& note) : form_(form), note_(note) {}

    [[nodiscard]] std::size_t entries() const { return entries_; }

    // `node` has members.
    Pattern pattern(const PatternNode& node, std::size_t level) {
        if (node.members()->empty()) note(node, "at least one attribute in it");
        std::vector<Pattern::Rule> rules;
        for (const PatternMember& member : *node.members()) {
            if (auto rule = read_rule(member, level)) rules.push_back(*std::move(rule));
        }
        return Pattern(std::move(rules));
    }

private:
    // A member on this level.
    std::optional<Pattern::Rule> read_rule(const PatternMember& member, std::size_t level) {
        const PatternNode& value = member.value;
        const auto path = AttributePath::parse(member.name);
        if (!path) {
            note_(member.place, path.error().message);
            return std::nullopt;
        }
        const Names& names = path->names();
        const Names before(names.begin(), names.end() - 1);
        if (std::find(before.begin(), before.end(), any_of_key) != before.end()) {
            note_(member.place, "found " + in_quotes(member.name) + in_form() +
                                    ", expected \"$or\" to be the last name");
            return std::nullopt;
        }
        if (level + names.size() > pattern_levels_max) {
            note_(member.place, "found " + in_quotes(names.back()) + " deep" + in_form() +
                                    ", expected at most " + std::to_string(pattern_levels_max) +
                                    " levels of maps and $or");
            return std::nullopt;
        }
        auto rule = names.back() == any_of_key
                        ? read_alternatives(value, level + names.size())
                        : read_attribute(names.back(), value, level + names.size());
        return rule ? std::optional(nested(before, *std::move(rule))) : std::nullopt;
    }

    std::optional<Pattern::Rule> read_alternatives(const PatternNode& node, std::size_t level) {
        const auto* elements = node.elements();
        if (elements == nullptr || elements->size() < 2) {
            note(node, "an array of two patterns or more for $or: [" + table_of("…") + ", " +
                           table_of("…") + "]");
            return std::nullopt;
        }
        Pattern::Rule rule{.attribute = {}, .entries = {}, .inner = nullptr};
        for (const PatternNode& element : *elements) {
            if (element.members() != nullptr) {
                rule.alternatives.push_back(pattern(element, level));
            } else {
                note(element, "a pattern in $or: " + table() + " of attributes");
            }
        }
        return rule;
    }

    std::optional<Pattern::Rule> read_attribute(const std::string& name, const PatternNode& value,
                                                std::size_t level) {
        if (value.elements() != nullptr) {
            return Pattern::Rule{
                .attribute = name, .entries = read_entries(value), .inner = nullptr};
        }
        if (value.members() != nullptr) {
            return Pattern::Rule{.attribute = name,
                                 .entries = {},
                                 .inner = std::make_shared<Pattern>(pattern(value, level))};
        }
        note(value,
             "an array of values, such as [\"OPEN\"], or " + table() + " of a map's attributes");
        return std::nullopt;
    }

    std::vector<PatternEntry> read_entries(const PatternNode& array) {
        if (array.elements()->empty()) note(array, "at least one value in it");
        std::vector<PatternEntry> entries;
        for (const PatternNode& element : *array.elements()) {
            if (auto entry = read_entry(element)) entries.push_back(*std::move(entry));
        }
        return entries;
    }

    std::optional<PatternEntry> read_entry(const PatternNode& node) {
        ++entries_;
        if (node.members() != nullptr) return read_operator(node);
        if (const auto* value = node.plain()) return *value;
        note(node, "a string, a number, a boolean or an operator");
        return std::nullopt;
    }

    // ---- operators ----

    std::optional<PatternEntry> read_operator(const PatternNode& node) {
        if (node.members()->size() != 1) {
            note(node, "one operator in each: " + written("anything-but", "…") + " or " +
                           written("prefix", "…"));
            return std::nullopt;
        }
        const PatternMember& only = node.members()->front();
        if (only.name == "anything-but") return read_anything_but(only.value);
        if (only.name == "numeric") return read_numeric(only.value);
        if (only.name == "exists") return read_exists(only.value);
        if (only.name == "null") return read_null(only.value);
        if (is_text_operator(only.name)) return read_text_test(only.name, only.value);
        note_(only.place, "found the unknown operator " + in_quotes(only.name) + ", " +
                              expected_name(only.name, operators));
        return std::nullopt;
    }

    std::optional<PatternEntry> read_exists(const PatternNode& node) {
        if (const bool* truth = node.plain_as<bool>()) return Exists{*truth};
        note(node, "true or false after exists");
        return std::nullopt;
    }

    std::optional<PatternValue> read_null(const PatternNode& node) {
        const bool* truth = node.plain_as<bool>();
        if (truth != nullptr && *truth) return PatternValue(Null());
        const std::string null = written("null", "true");
        note(node, null + ", or " + written("anything-but", null) + " for all others");
        return std::nullopt;
    }

    std::optional<TextTest> read_text_test(std::string_view name, const PatternNode& node) {
        if (const auto* text = node.plain_as<std::string>()) {
            if (name == "prefix") return Prefix{*text};
            if (name == "suffix") return Suffix{*text};
            return EqualsIgnoreCase{FoldedText(*text)};
        }
        const PatternNode* folded =
            name == "equals-ignore-case" ? nullptr : node.only_member("equals-ignore-case");
        if (folded != nullptr && folded->plain_as<std::string>() != nullptr) {
            FoldedText text(*folded->plain_as<std::string>());
            if (name == "prefix") return PrefixIgnoreCase{std::move(text)};
            return SuffixIgnoreCase{std::move(text)};
        }
        std::string expected = "a string after " + std::string(name);
        if (name != "equals-ignore-case") {
            expected += ", or " + written("equals-ignore-case", "\"…\"");
        }
        note(node, expected);
        return std::nullopt;
    }

    std::optional<PatternEntry> read_anything_but(const PatternNode& node) {
        if (const auto* single = node.plain()) return AnythingBut{{*single}};
        if (node.members() != nullptr) return read_anything_but_operator(node);
        const auto* elements = node.elements();
        if (elements == nullptr || elements->empty()) {
            note(node, "a string, a number, a boolean or an array of them");
            return std::nullopt;
        }
        entries_ += elements->size() - 1;
        AnythingBut but;
        for (const PatternNode& element : *elements) {
            if (auto value = read_value(element)) but.values.push_back(*std::move(value));
        }
        return but;
    }

    // The operator inside of anything-but, of one text or several.
    std::optional<PatternEntry> read_anything_but_operator(const PatternNode& node) {
        if (node.members()->size() != 1) {
            note(node, "one operator in anything-but: " + written("prefix", "…"));
            return std::nullopt;
        }
        const auto& [name, place, value] = node.members()->front();
        AnythingBut but;
        if (name == "null") {
            if (auto null = read_null(value)) but.values.push_back(*std::move(null));
            return but;
        }
        if (!is_text_operator(name)) {
            note_(place, "found the operator " + in_quotes(name) + " in anything-but, " +
                             expected_name(name, operators_in_anything_but));
            return std::nullopt;
        }
        const auto* texts = value.elements();
        if (texts == nullptr || texts->empty()) {
            if (auto test = read_text_test(name, value)) but.tests.push_back(*std::move(test));
            return but;
        }
        entries_ += texts->size() - 1;
        for (const PatternNode& text : *texts) {
            if (auto test = read_text_test(name, text)) but.tests.push_back(*std::move(test));
        }
        return but;
    }

    // ---- numeric ----

    std::optional<PatternEntry> read_numeric(const PatternNode& node) {
        const auto* array = node.elements();
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
    bool read_comparison(const PatternNode& sign, const PatternNode& node, NumericRange& range) {
        const auto* text = sign.plain_as<std::string>();
        const std::string_view name = text == nullptr ? std::string_view() : *text;
        if (std::find(comparisons.begin(), comparisons.end(), name) == comparisons.end()) {
            note(sign, "\"=\", \"<\", \"<=\", \">\" or \">=\" before each number of numeric");
            return false;
        }
        std::optional<Decimal> number;
        if (const auto* exact = node.plain_as<Decimal>()) number = *exact;
        if (const auto* quoted = node.plain_as<std::string>()) number = Decimal::parse(*quoted);
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

    std::optional<PatternValue> read_value(const PatternNode& node) {
        if (const auto* value = node.plain()) return *value;
        if (const PatternNode* null = node.only_member("null")) return read_null(*null);
        note(node,
             "a string, a number, a boolean or " + written("null", "true") + " in anything-but");
        return std::nullopt;
    }

    // ---- words ----

    [[nodiscard]] std::string in_form() const { return " in " + std::string(form_.name); }
    [[nodiscard]] std::string table() const { return form_.is_json ? "an object" : "a table"; }
    [[nodiscard]] std::string table_of(const std::string& inner) const {
        return form_.is_json ? "{" + inner + "}" : "{ " + inner + " }";
    }
    [[nodiscard]] std::string written(const std::string& name, const std::string& value) const {
        return table_of(form_.is_json ? in_quotes(name) + ": " + value : name + " = " + value);
    }

    void note(const PatternNode& found, std::string_view expected) {
        note_(found.place, "found " + description_of(found, table()) + in_form() + ", expected " +
                               std::string(expected));
    }

    const PatternForm& form_;
    const NotePattern& note_;
    std::size_t entries_ = 0;
};

}  // namespace

const PatternNode* PatternNode::only_member(std::string_view name) const {
    const auto* all = members();
    if (all == nullptr || all->size() != 1 || all->front().name != name) return nullptr;
    return &all->front().value;
}

Pattern read_pattern(const PatternNode& node, const PatternForm& form, const NotePattern& note) {
    PatternReader reader(form, note);
    Pattern pattern = reader.pattern(node, 0);
    if (reader.entries() > pattern_entries_max) {
        note(node.place, "found " + std::to_string(reader.entries()) + " entries in " +
                             std::string(form.name) + ", expected at most " +
                             std::to_string(pattern_entries_max));
    }
    return pattern;
}

}  // namespace freshet::engine
