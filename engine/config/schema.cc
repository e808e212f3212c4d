#include "engine/config/schema.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/config/pattern.h"
#include "engine/text/enum_words.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {
namespace {

class SchemaReader {
public:
    SchemaReader(Mistakes& mistakes, const std::vector<KeyPart>& key)
        : mistakes_(mistakes), key_(key) {}

    Schema schema(const toml::table& table) {
        const Section section(table, "table.schema", {"required", "attributes", "made"}, mistakes_);
        Schema schema;
        schema.item.required = required(section);
        schema.item.attributes = attributes(section, 1);
        if (const toml::table* made = section.table("made")) {
            for (const auto& [name, node] : *made) {
                if (auto one = made_attribute(name, node)) schema.made.push_back(*std::move(one));
            }
        }
        std::sort(schema.made.begin(), schema.made.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        return schema;
    }

private:
    // ---- rules ----

    static std::vector<std::string> required(const Section& section) {
        std::vector<std::string> names;
        for (Word& word : section.words("required")) names.push_back(std::move(word.text));
        return names;
    }

    std::vector<AttributeRule> attributes(const Section& section, std::size_t level) {
        std::vector<AttributeRule> rules;
        const toml::table* table = section.table("attributes");
        if (table == nullptr) return rules;
        for (const auto& [name, node] : *table) {
            rules.push_back({.name = std::string(name.str()), .rule = rule(node, level)});
        }
        std::sort(rules.begin(), rules.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        return rules;
    }

    ValueRule rule(const toml::node& node, std::size_t level) {
        const toml::table* table = node.as_table();
        if (table == nullptr) {
            note(node, "a rule, such as { type = \"string\", max = 200 }");
            return {};
        }
        if (level > schema_levels_max) {
            note(node, "at most " + std::to_string(schema_levels_max) + " levels of attributes");
            return {};
        }
        const Section section(
            *table, "table.schema",
            {"type", "enum", "min", "max", "pattern", "required", "attributes", "each"}, mistakes_);
        ValueRule rule;
        rule.type = type(section);
        rule.one_of = one_of(section);
        rule.min = bound(section, "min");
        rule.max = bound(section, "max");
        if (rule.min && rule.max && *rule.max < *rule.min) {
            note(*section.find("max"), "a max that is not below min");
        }
        rule.pattern = pattern(section);
        rule.required = required(section);
        rule.attributes = attributes(section, level + 1);
        if (const toml::node* each = section.find("each")) {
            rule.each = std::make_shared<const ValueRule>(this->rule(*each, level + 1));
        }
        return rule;
    }

    std::optional<SchemaType> type(const Section& section) {
        const auto word = section.word("type");
        if (!word) return std::nullopt;
        const auto& words = enum_words<SchemaType>;
        const auto* const found = std::find(words.begin(), words.end(), word->text);
        if (found != words.end()) return static_cast<SchemaType>(found - words.begin());
        mistakes_.add(word->line, "found the unknown type " + in_quotes(word->text) + ", " +
                                      expected_name(word->text, words));
        return std::nullopt;
    }

    std::vector<PatternValue> one_of(const Section& section) {
        std::vector<PatternValue> values;
        const toml::node* node = section.find("enum");
        if (node == nullptr) return values;
        const toml::array* array = node->as_array();
        if (array == nullptr || array->empty()) {
            note(*node, "an array of strings, numbers or booleans for enum");
            return values;
        }
        for (const toml::node& element : *array) {
            if (auto value = plain_value(element, mistakes_)) {
                values.push_back(*std::move(value));
            } else {
                note(element, "a string, a number or a boolean in enum");
            }
        }
        return values;
    }

    std::optional<Decimal> bound(const Section& section, std::string_view key) {
        const toml::node* node = section.find(key);
        if (node == nullptr) return std::nullopt;
        auto number = exact_number(*node, mistakes_);
        if (!number && node->is_string()) number = Decimal::parse(node->as_string()->get());
        if (!number) note(*node, "a number, or one in quotes, for " + std::string(key));
        return number;
    }

    std::optional<TextPattern> pattern(const Section& section) {
        const auto word = section.word("pattern");
        if (!word) return std::nullopt;
        auto pattern = TextPattern::parse(word->text);
        if (pattern) return *std::move(pattern);
        mistakes_.add(word->line,
                      "found the pattern " + in_quotes(word->text) +
                          ", expected a regular expression: " + pattern.error().message);
        return std::nullopt;
    }

    // ---- what the server makes ----

    std::optional<MadeAttribute> made_attribute(const toml::key& key, const toml::node& node) {
        const std::string name(key.str());
        if (std::any_of(key_.begin(), key_.end(),
                        [&](const KeyPart& part) { return part.name == name; })) {
            note(node, "no part of the key among what is made: POST makes keys");
            return std::nullopt;
        }
        const toml::table* table = node.as_table();
        if (table == nullptr || table->size() != 1) {
            note(node, "one way to make " + in_quotes(name) + ": { now = \"insert\" }");
            return std::nullopt;
        }
        const Section section(*table, "table.schema", {"now", "caller", "size", "initial"},
                              mistakes_);
        if (const auto word = section.word("now")) return made_at(name, *word);
        if (const auto word = section.word("caller")) {
            return MadeAttribute{.name = name, .from = MadeOfCaller{word->text}};
        }
        if (section.find("size") != nullptr) {
            auto paths = read_distinct_paths(section, "size");
            if (paths.size() != 1) return std::nullopt;
            return MadeAttribute{.name = name, .from = MadeOfSize{std::move(paths.front())}};
        }
        const toml::node* initial = section.find("initial");
        if (initial == nullptr) return std::nullopt;  // which is noted
        auto value = plain_value(*initial, mistakes_);
        if (value) return MadeAttribute{.name = name, .from = MadeInitial{*std::move(value)}};
        note(*initial, "a string, a number or a boolean for initial");
        return std::nullopt;
    }

    std::optional<MadeAttribute> made_at(const std::string& name, const Word& word) {
        const auto& words = enum_words<MadeTime>;
        const auto* const found = std::find(words.begin(), words.end(), word.text);
        if (found == words.end()) {
            mistakes_.add(word.line, "found " + in_quotes(word.text) + " for now, " +
                                         expected_name(word.text, words));
            return std::nullopt;
        }
        return MadeAttribute{.name = name, .from = static_cast<MadeTime>(found - words.begin())};
    }

    void note(const toml::node& found, const std::string& expected) {
        mistakes_.add(line_of(found),
                      "found " + description_of(found) + " in schema, expected " + expected);
    }

    Mistakes& mistakes_;
    const std::vector<KeyPart>& key_;
};

}  // namespace

std::optional<Schema> read_schema(const Section& section, const std::vector<KeyPart>& key) {
    const toml::table* schema = section.table("schema");
    if (schema == nullptr) return std::nullopt;
    return SchemaReader(section.mistakes(), key).schema(*schema);
}

}  // namespace freshet::engine
