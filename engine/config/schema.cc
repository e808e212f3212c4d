#include "engine/config/schema.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/access/caller.h"
#include "engine/config/pattern.h"
#include "engine/text/enum_words.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {
namespace {

using storage::ValueType;

class SchemaReader {
public:
    SchemaReader(Mistakes& mistakes, const std::vector<KeyPart>& key)
        : mistakes_(mistakes), key_(key) {}

    Schema schema(const toml::table& table) {
        const Section section(table, "table.schema", {"required", "attributes", "made", "closed"},
                              mistakes_);
        Schema schema;
        schema.item.required = read_distinct_names(section, "required");
        schema.item.attributes = attributes(section, 1);
        check_key(schema.item, section);
        schema.item.closed = section.flag("closed");
        if (const toml::table* made = section.table("made")) {
            for (const auto& [name, node] : *made) {
                if (auto one = made_attribute(name, node)) schema.made.push_back(*std::move(one));
            }
            std::sort(schema.made.begin(), schema.made.end(),
                      [](const auto& a, const auto& b) { return a.name < b.name; });
            for (const MadeAttribute& one : schema.made) check_made(one, schema, *made);
        }
        if (schema.item.closed) name_all(schema);
        check_required(schema.item, section);
        return schema;
    }

private:
    // ---- rules ----

    // What is there without a rule of its own gets one that asks for nothing.
    void name_all(Schema& schema) const {
        auto& attributes = schema.item.attributes;
        const auto add = [&](const std::string& name) {
            if (schema.item.find(name) != nullptr) return;
            attributes.push_back({.name = name, .rule = {.attributes = {}}});
        };
        for (const KeyPart& part : key_) add(part.name);
        for (const MadeAttribute& made : schema.made) add(made.name);
        sort_by_name(attributes);
    }

    // Nothing could have what is required and not known.
    void check_required(const ValueRule& rule, const Section& section) const {
        if (!rule.closed) return;
        for (const std::string& name : rule.required) {
            if (rule.find(name) != nullptr) continue;
            mistakes_.add(line_of(*section.find("required")),
                          "found " + in_quotes(name) +
                              " in required, expected it among the attributes, too: `closed` takes "
                              "no others");
        }
    }

    static void sort_by_name(std::vector<AttributeRule>& rules) {
        std::sort(rules.begin(), rules.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
    }

    // A rule for a part of the key is of the type that the key has.
    void check_key(ValueRule& item, const Section& section) {
        for (AttributeRule& one : item.attributes) {
            const auto is_it = [&](const KeyPart& part) { return part.name == one.name; };
            const auto part = std::find_if(key_.begin(), key_.end(), is_it);
            if (part == key_.end()) continue;
            const SchemaType type = schema_type_of(part->type);
            if (!one.rule.type) one.rule.type = type;
            if (one.rule.type == type) continue;
            note(*section.table("attributes")->get(one.name),
                 "a rule for a " + std::string(word_of(type)) + ": " + in_quotes(one.name) +
                     " is a part of the key");
        }
    }

    std::vector<AttributeRule> attributes(const Section& section, std::size_t level) {
        std::vector<AttributeRule> rules;
        const toml::table* table = section.table("attributes");
        if (table == nullptr) return rules;
        for (const auto& [name, node] : *table) {
            rules.push_back({.name = std::string(name.str()), .rule = rule(node, level)});
        }
        sort_by_name(rules);
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
            {"type", "enum", "min", "max", "pattern", "required", "attributes", "closed", "each"},
            mistakes_);
        ValueRule rule;
        rule.type = type(section);
        rule.one_of = one_of(section);
        rule.min = bound(section, "min");
        rule.max = bound(section, "max");
        if (rule.min && rule.max && *rule.max < *rule.min) {
            note(*section.find("max"), "a max that is not below min");
        }
        rule.pattern = pattern(section);
        rule.required = read_distinct_names(section, "required");
        rule.attributes = attributes(section, level + 1);
        rule.closed = section.flag("closed");
        if (const toml::node* each = section.find("each")) {
            rule.each = std::make_shared<const ValueRule>(this->rule(*each, level + 1));
        }
        check_required(rule, section);
        take_type_of_parts(rule, section);
        check_counts(rule, section);
        return rule;
    }

    // A rule that says more than the type is of values of one type: what it does not name, its
    // other parts tell.
    void take_type_of_parts(ValueRule& rule, const Section& section) {
        constexpr std::array<std::pair<std::string_view, SchemaType>, 5> types = {
            {{"pattern", SchemaType::string},
             {"required", SchemaType::map},
             {"attributes", SchemaType::map},
             {"closed", SchemaType::map},
             {"each", SchemaType::list}}};
        for (const auto& [part, type] : types) {
            const toml::node* node = section.find(part);
            if (node == nullptr) continue;
            if (!rule.type) rule.type = type;
            if (rule.type == type) continue;
            note(*node, "no " + std::string(part) + " in a rule for a " +
                            std::string(word_of(*rule.type)) + ": it is of a " +
                            std::string(word_of(type)));
        }
        for (const std::string_view part : {"min", "max"}) {
            const toml::node* node = section.find(part);
            if (node == nullptr) continue;
            if (!rule.type) rule.type = SchemaType::number;
            if (*rule.type != SchemaType::boolean && *rule.type != SchemaType::null) continue;
            note(*node, "no " + std::string(part) + " in a rule for a " +
                            std::string(word_of(*rule.type)));
        }
    }

    void check_counts(const ValueRule& rule, const Section& section) {
        if (!rule.type || *rule.type == SchemaType::number) return;
        const auto is_count = [](const Decimal& number) {
            return !number.negative() && number.lowest() >= 0;
        };
        for (const std::string_view part : {"min", "max"}) {
            const auto& bound = part == "min" ? rule.min : rule.max;
            if (!bound || bound->zero() || is_count(*bound)) continue;
            note(*section.find(part), "a whole number from 0 on for " + std::string(part) +
                                          " of a " + std::string(word_of(*rule.type)));
        }
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
            auto value = plain_value(element, mistakes_);
            if (!value) {
                note(element, "a string, a number or a boolean in enum");
            } else if (std::find(values.begin(), values.end(), *value) != values.end()) {
                note(element, "each value of enum once");
            } else {
                values.push_back(*std::move(value));
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
            if (word->text == "role" || is_of_token(word->text)) {
                note(node, "a claim that says who the caller is, such as \"sub\"");
            }
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

    // What the server makes has to be what the attribute's rule asks for.
    void check_made(const MadeAttribute& made, const Schema& schema, const toml::table& section) {
        const toml::node& node = *section.get(made.name);
        if (const auto* size = std::get_if<MadeOfSize>(&made.from)) {
            const auto& names = size->of.names();
            const auto is_of = [&](const MadeAttribute& one) { return one.name == names.front(); };
            if (names.size() == 1 && std::any_of(schema.made.begin(), schema.made.end(), is_of)) {
                note(node, "the size of an attribute that clients write");
            }
        }
        const ValueRule* rule = schema.item.find(made.name);
        if (rule == nullptr) return;
        const auto type = type_of_made(made);
        if (type && rule->type && *rule->type != *type) {
            note(node, "no rule for a " + std::string(word_of(*rule->type)) + " of " +
                           in_quotes(made.name) + ": a " + std::string(word_of(*type)) +
                           " is made of it");
        }
        const auto* initial = std::get_if<MadeInitial>(&made.from);
        if (initial == nullptr || rule->one_of.empty()) return;
        const auto& values = rule->one_of;
        if (std::find(values.begin(), values.end(), initial->value) == values.end()) {
            note(node, "an initial that is in the enum of " + in_quotes(made.name));
        }
    }

    static std::optional<SchemaType> type_of_made(const MadeAttribute& made) {
        if (std::holds_alternative<MadeOfSize>(made.from)) return SchemaType::number;
        const auto* initial = std::get_if<MadeInitial>(&made.from);
        if (initial == nullptr) return SchemaType::string;
        if (std::holds_alternative<bool>(initial->value)) return SchemaType::boolean;
        if (std::holds_alternative<Decimal>(initial->value)) return SchemaType::number;
        return SchemaType::string;
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
