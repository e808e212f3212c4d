#include "engine/catalog/marshalled_pattern.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

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

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

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
                note("found " + quoted(rule.attribute) + ", " +
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
            note("found a value for the attribute " + quoted(rule.attribute) +
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
        note("found " + quoted(*text) + " under the tag of a number, expected a number");
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

}  // namespace

tl::expected<Pattern, std::string> marshalled_pattern(const Pattern& pattern) {
    std::string mistake;
    Pattern marshalled = Marshalled(mistake).record(pattern);
    if (!mistake.empty()) return tl::unexpected(std::move(mistake));
    return marshalled;
}

}  // namespace freshet::engine
