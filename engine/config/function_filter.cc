#include "engine/config/function_filter.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/config/pattern.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {
namespace {

using Rule = Pattern::Rule;
using NamesOf = std::span<const std::string_view>;

constexpr std::array<std::string_view, 8> record_names = {
    "awsRegion",   "dynamodb",       "eventID",      "eventName",
    "eventSource", "eventSourceARN", "eventVersion", "userIdentity"};
constexpr std::array<std::string_view, 7> stream_names = {"ApproximateCreationDateTime",
                                                          "Keys",
                                                          "NewImage",
                                                          "OldImage",
                                                          "SequenceNumber",
                                                          "SizeBytes",
                                                          "StreamViewType"};
constexpr std::array<std::string_view, 3> image_names = {"Keys", "NewImage", "OldImage"};
constexpr std::array<std::string_view, 10> tags = {"S",  "N",  "B",  "BOOL", "NULL",
                                                   "SS", "NS", "BS", "L",    "M"};

bool is_one_of(std::string_view name, NamesOf names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Walks a pattern by what stands where in a marshalled record.
class Marshalled {
public:
    explicit Marshalled(std::string& mistake) : mistake_(mistake) {}

    Pattern record(const Pattern& pattern) {
        return each(pattern, record_names, &Marshalled::part);
    }

private:
    using Inner = Rule (Marshalled::*)(const Rule&);

    void note(std::string what) {
        if (mistake_.empty()) mistake_ = std::move(what);
    }

    // The rules, each by its way, and those of patterns of which one must match.
    Pattern each(const Pattern& pattern, NamesOf names, Inner inner) {
        std::vector<Rule> rules;
        for (Rule rule : pattern.rules()) {
            rule.index = nullptr;
            for (Pattern& one : rule.alternatives) one = each(one, names, inner);
            if (!rule.alternatives.empty()) {
                rules.push_back(std::move(rule));
                continue;
            }
            if (!names.empty() && !is_one_of(rule.attribute, names)) {
                note("found " + in_quotes(rule.attribute) + ", " +
                     expected_name(rule.attribute, names));
            }
            rules.push_back((this->*inner)(rule));
        }
        return Pattern(std::move(rules));
    }

    Rule with_inner(Rule rule, NamesOf names, Inner inner) {
        if (rule.inner) rule.inner = std::make_shared<Pattern>(each(*rule.inner, names, inner));
        return rule;
    }

    // A member of the record.
    Rule part(const Rule& rule) {
        if (rule.attribute != "dynamodb") return rule;
        return with_inner(rule, stream_names, &Marshalled::stream_part);
    }

    Rule stream_part(const Rule& rule) {
        if (!is_one_of(rule.attribute, image_names)) return rule;
        return with_inner(rule, {}, &Marshalled::attribute);
    }

    // An attribute, which has a type tag.
    Rule attribute(const Rule& rule) {
        const bool is_leaf =
            !rule.inner &&
            !std::all_of(rule.entries.begin(), rule.entries.end(), [](const PatternEntry& entry) {
                return std::holds_alternative<Exists>(entry);
            });
        if (is_leaf) {
            note("found a value for the attribute " + in_quotes(rule.attribute) +
                 ", expected its type tag before it: " + rule.attribute + " = { S = [\"OPEN\"] }");
        }
        return with_inner(rule, tags, &Marshalled::typed);
    }

    Rule typed(const Rule& rule) {
        if (rule.attribute == "M") return with_inner(rule, {}, &Marshalled::attribute);
        if (rule.attribute == "L") return with_inner(rule, tags, &Marshalled::typed);
        if (rule.attribute != "N" && rule.attribute != "NS") return rule;
        Rule numbers = rule;
        for (PatternEntry& entry : numbers.entries) entry = by_number(std::move(entry));
        return numbers;
    }

    PatternValue number(PatternValue value) {
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr) return value;
        auto parsed = Decimal::parse(*text);
        if (parsed) return *std::move(parsed);
        note("found " + in_quotes(*text) + " under the tag of a number, expected a number");
        return value;
    }

    PatternEntry by_number(PatternEntry entry) {
        if (auto* value = std::get_if<PatternValue>(&entry)) return number(std::move(*value));
        if (std::holds_alternative<TextTest>(entry)) {
            note("found a test of a text under the tag of a number, expected a number or numeric");
        }
        if (auto* but = std::get_if<AnythingBut>(&entry)) {
            for (PatternValue& value : but->values) value = number(std::move(value));
            if (!but->tests.empty()) {
                note("found a test of a text under the tag of a number, expected numbers");
            }
        }
        return entry;
    }

    std::string& mistake_;
};

Pattern read_one(const toml::node& node, const Section& section) {
    const auto* table = node.as_table();
    if (table == nullptr) {
        section.mistakes().add(line_of(node), "found " + description_of(node) +
                                                  " for filter, expected a table, such as "
                                                  "{ eventName = [\"INSERT\"] }, or several");
        return {};
    }
    const std::size_t mistakes = section.mistakes().count();
    const Pattern pattern = read_pattern(*table, section.mistakes(), "filter");
    if (section.mistakes().count() != mistakes) return pattern;
    std::string mistake;
    Pattern filter = Marshalled(mistake).record(pattern);
    if (!mistake.empty()) section.mistakes().add(line_of(node), mistake + " (in filter)");
    return filter;
}

}  // namespace

Pattern read_filter(const Section& section) {
    const toml::node* node = section.find("filter");
    if (node == nullptr) return {};
    const auto* several = node->as_array();
    if (several == nullptr) return read_one(*node, section);
    if (several->empty() || several->size() > filters_max) {
        section.mistakes().add(line_of(*node), "found " + std::to_string(several->size()) +
                                                   " filters, expected 1 to " +
                                                   std::to_string(filters_max));
        return {};
    }
    Rule any{.attribute = {}, .entries = {}, .inner = nullptr};
    for (const toml::node& one : *several) any.alternatives.push_back(read_one(one, section));
    return Pattern({std::move(any)});
}

}  // namespace freshet::engine
