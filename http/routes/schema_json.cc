#include "http/routes/schema_json.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/catalog/schema.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"

namespace freshet::http {
namespace {

using engine::AttributeRule;
using engine::Decimal;
using engine::KeyPart;
using engine::MadeAttribute;
using engine::PatternValue;
using engine::Schema;
using engine::SchemaType;
using engine::Table;
using engine::ValueRule;

std::string_view type_word(SchemaType type) {
    switch (type) {
        case SchemaType::string:
        case SchemaType::binary:
            return "string";
        case SchemaType::number:
            return "number";
        case SchemaType::boolean:
            return "boolean";
        case SchemaType::null:
            return "null";
        case SchemaType::list:
        case SchemaType::set:
            return "array";
        case SchemaType::map:
            return "object";
    }
    return "object";
}

// Whether RE2 and JavaScript (with its flag u) take the pattern for the same: letters, groups,
// repetitions, classes of characters and ranges, and escaped signs.
bool is_read_alike(std::string_view pattern) {
    constexpr std::string_view signs = "^$\\.*+?()[]{}|/";
    constexpr std::string_view classes = "dDwW";
    constexpr std::string_view in_braces = "0123456789,";
    bool is_in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
        if (c == '\\') {
            if (signs.find(next) == signs.npos && classes.find(next) == classes.npos) return false;
            ++i;
        } else if (is_in_class) {
            if (c == '[') return false;  // of RE2, a name of a class; of JavaScript, a sign
            is_in_class = c != ']';
        } else if (c == '[') {
            is_in_class = true;
            if (next == '^') ++i;
            if (i + 1 < pattern.size() && pattern[i + 1] == ']') return false;
        } else if (c == '(' && next == '?') {
            if (i + 2 >= pattern.size() || pattern[i + 2] != ':') return false;
        } else if (c == '{') {
            const std::size_t end = pattern.find_first_not_of(in_braces, i + 1);
            const bool is_count =
                end != std::string_view::npos && pattern[end] == '}' && next >= '0' && next <= '9';
            if (!is_count) return false;
            i = end;
        } else if (c == '}' || c == ']') {
            return false;
        }
    }
    return true;
}

class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}

    void begin() {
        out_ += '{';
        is_first_ = true;
    }
    void end() {
        out_ += '}';
        is_first_ = false;
    }
    void name(std::string_view text) {
        if (!is_first_) out_ += ',';
        is_first_ = false;
        engine::append_json_string(out_, text);
        out_ += ':';
    }
    void text(std::string_view member, std::string_view value) {
        name(member);
        engine::append_json_string(out_, value);
    }
    void raw(std::string_view member, std::string_view value) {
        name(member);
        out_ += value;
    }
    void value(const PatternValue& value) {
        if (const auto* truth = std::get_if<bool>(&value)) {
            out_ += *truth ? "true" : "false";
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            engine::append_json_string(out_, *text);
        } else if (const auto* number = std::get_if<Decimal>(&value)) {
            out_ += number->canonical();
        } else {
            out_ += "null";
        }
    }
    void values(std::string_view member, const std::vector<PatternValue>& values) {
        name(member);
        out_ += '[';
        for (const PatternValue& one : values) {
            if (&one != values.data()) out_ += ',';
            value(one);
        }
        out_ += ']';
    }
    void texts(std::string_view member, const std::vector<std::string>& texts) {
        name(member);
        out_ += '[';
        for (const std::string& one : texts) {
            if (&one != texts.data()) out_ += ',';
            engine::append_json_string(out_, one);
        }
        out_ += ']';
    }

    // The members of a rule, without braces.
    void rule(const ValueRule& rule) {
        if (rule.type) text("type", type_word(*rule.type));
        if (rule.type == SchemaType::set) raw("uniqueItems", "true");
        if (rule.type == SchemaType::binary) text("contentEncoding", "base64");
        if (rule.type == SchemaType::set || rule.type == SchemaType::binary) {
            text("description",
                 "a " + std::string(engine::word_of(*rule.type)) +
                     ": write the item as application/x-amz-json-1.0, since plain JSON has none");
        }
        if (!rule.one_of.empty()) values("enum", rule.one_of);
        if (rule.pattern) pattern(rule.pattern->text());
        bounds(rule);
        if (!rule.required.empty()) texts("required", rule.required);
        if (!rule.attributes.empty()) {
            name("properties");
            begin();
            for (const AttributeRule& one : rule.attributes) {
                name(one.name);
                begin();
                this->rule(one.rule);
                end();
            }
            end();
        }
        if (rule.closed) raw("additionalProperties", "false");
        if (rule.each) {
            name("items");
            begin();
            this->rule(*rule.each);
            end();
        }
    }

private:
    // A binary is shown in base64, of which neither bound says anything.
    void bounds(const ValueRule& rule) {
        const auto bound = [&](std::string_view words) {
            if (rule.min) raw("min" + std::string(words), rule.min->canonical());
            if (rule.max) raw("max" + std::string(words), rule.max->canonical());
        };
        if (!rule.type) return;
        switch (*rule.type) {
            case SchemaType::number:
                return bound("imum");
            case SchemaType::string:
                return bound("Length");
            case SchemaType::list:
            case SchemaType::set:
                return bound("Items");
            case SchemaType::map:
                return bound("Properties");
            default:
                return;
        }
    }

    // JSON Schema has the patterns of JavaScript. What those do not have, or may have otherwise, is
    // left to be read.
    void pattern(const std::string& pattern) {
        const bool is_shared = is_read_alike(pattern);
        text(is_shared ? "pattern" : "$comment", (is_shared ? "" : "pattern (RE2): ") + pattern);
    }

    std::string& out_;
    bool is_first_ = true;
};

// An attribute of the item itself: what its rule says, and how it comes to be there.
void append_attribute(Writer& writer, const ValueRule* rule, const MadeAttribute* made) {
    writer.begin();
    if (rule != nullptr) writer.rule(*rule);
    if (made != nullptr) {
        if (const auto* initial = std::get_if<engine::MadeInitial>(&made->from)) {
            writer.name("default");
            writer.value(initial->value);
        } else {
            writer.raw("readOnly", "true");
        }
    }
    writer.end();
}

}  // namespace

void append_schema_json(std::string& json, const Table& table) {
    const Schema& schema = *table.schema;
    struct Attribute {
        const ValueRule* rule = nullptr;
        const MadeAttribute* made = nullptr;
    };
    std::map<std::string_view, Attribute> attributes;
    for (const AttributeRule& one : schema.item.attributes) attributes[one.name].rule = &one.rule;
    for (const MadeAttribute& one : schema.made) attributes[one.name].made = &one;
    std::vector<ValueRule> of_key;
    of_key.reserve(table.key.size());
    for (const KeyPart& part : table.key) {
        const ValueRule*& rule = attributes[part.name].rule;
        if (rule != nullptr && rule->type) continue;
        of_key.push_back({.type = engine::schema_type_of(part.type), .attributes = {}});
        rule = &of_key.back();
    }

    Writer writer(json);
    writer.begin();
    writer.text("$schema", "https://json-schema.org/draft/2020-12/schema");
    writer.text("title", table.name);
    writer.text("type", "object");
    if (!schema.item.required.empty()) writer.texts("required", schema.item.required);
    writer.name("properties");
    writer.begin();
    for (const auto& [name, attribute] : attributes) {
        writer.name(name);
        append_attribute(writer, attribute.rule, attribute.made);
    }
    writer.end();
    if (schema.item.closed) writer.raw("additionalProperties", "false");
    writer.end();
}

}  // namespace freshet::http
