#include "engine/commands/schema_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine/commands/noted_faults.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/text/nearest_name.h"
#include "engine/text/text_count.h"
#include "engine/values/decimal.h"

namespace freshet::engine {
namespace {

using storage::ValueType;
using storage::ValueView;

constexpr std::size_t quoted_max = 20;  // values of an enum in a message

bool is(ValueView value, const PatternValue& one) {
    if (const auto* truth = std::get_if<bool>(&one)) {
        return value.type() == ValueType::boolean && value.truth() == *truth;
    }
    if (const auto* text = std::get_if<std::string>(&one)) {
        return value.type() == ValueType::string && value.text() == *text;
    }
    const auto* number = std::get_if<Decimal>(&one);
    if (number == nullptr) return value.type() == ValueType::null;
    if (value.type() != ValueType::number) return false;
    const auto decimal = Decimal::parse(value.text());
    return decimal && *decimal == *number;
}

std::string text_of(const PatternValue& value) {
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
    if (const auto* text = std::get_if<std::string>(&value)) return '"' + *text + '"';
    if (const auto* number = std::get_if<Decimal>(&value)) return number->canonical();
    return "null";
}

std::string one_of_text(const std::vector<PatternValue>& values) {
    std::string text;
    for (std::size_t i = 0; i < std::min(values.size(), quoted_max); ++i) {
        if (i > 0) text += ", ";
        text += text_of(values[i]);
    }
    return values.size() > quoted_max ? text + ", …" : text;
}

// What min and max are of, in words; nothing where they do not apply.
std::string_view measure_of(SchemaType type) {
    switch (type) {
        case SchemaType::number:
            return "a number";
        case SchemaType::string:
            return "character";
        case SchemaType::binary:
            return "byte";
        case SchemaType::list:
        case SchemaType::set:
            return "element";
        case SchemaType::map:
            return "attribute";
        default:
            return {};
    }
}

std::optional<Decimal> measured(ValueView value, SchemaType type) {
    switch (type) {
        case SchemaType::number:
            return Decimal::parse(value.text());
        case SchemaType::string:
            return Decimal::parse(std::to_string(count_characters(value.text())));
        case SchemaType::binary:
            return Decimal::parse(std::to_string(value.text().size()));
        default:
            return Decimal::parse(std::to_string(value.size()));
    }
}

class Checker {
public:
    explicit Checker(std::vector<Fault>& faults) : notes_(faults) {}

    void check(ValueView value, const ValueRule& rule) {
        const SchemaType type = schema_type_of(value.type());
        if (rule.type && type != *rule.type) {
            return note("is a " + std::string(word_of(type)) + ", expected a " +
                        std::string(word_of(*rule.type)));
        }
        const bool is_allowed =
            rule.one_of.empty() || std::any_of(rule.one_of.begin(), rule.one_of.end(),
                                               [&](const auto& one) { return is(value, one); });
        if (!is_allowed) return note("is none of " + one_of_text(rule.one_of));
        check_bounds(value, type, rule);
        if (rule.pattern && type == SchemaType::string && !rule.pattern->is_in(value.text())) {
            note("does not match " + rule.pattern->text());
        }
        if (type == SchemaType::map) check_attributes(value, rule);
        if (type == SchemaType::list && rule.each) check_elements(value, *rule.each);
    }

private:
    void note(std::string detail) { notes_.add_here(std::move(detail)); }

    void check_bounds(ValueView value, SchemaType type, const ValueRule& rule) {
        const std::string_view measure = measure_of(type);
        const Decimal one = *Decimal::parse("1");
        if ((!rule.min && !rule.max) || measure.empty()) return;
        const auto size = measured(value, type);
        if (!size) return note("is a number of too many digits");
        std::string found = (type == SchemaType::number ? "is " : "has ") + size->canonical();
        if (type != SchemaType::number) found.append(" ").append(measure);
        if (type != SchemaType::number && *size != one) found += 's';
        if (rule.min && *size < *rule.min) {
            note(found + ", expected at least " + rule.min->canonical());
        }
        if (rule.max && *size > *rule.max) {
            note(found + ", expected at most " + rule.max->canonical());
        }
    }

    void check_attributes(ValueView map, const ValueRule& rule) {
        for (const std::string& name : rule.required) {
            if (!map.find(name)) notes_.add(name, "is missing");
        }
        for (const AttributeRule& one : rule.attributes) {
            const auto value = map.find(one.name);
            if (value) notes_.within(one.name, [&] { check(*value, one.rule); });
        }
        if (rule.closed) check_names(map, rule);
    }

    void check_names(ValueView map, const ValueRule& rule) {
        std::vector<std::string_view> known;
        for (const AttributeRule& one : rule.attributes) known.emplace_back(one.name);
        for (std::size_t i = 0; i < map.size() && !notes_.full(); ++i) {
            const std::string_view name = map.at(i).name();
            if (std::binary_search(known.begin(), known.end(), name)) continue;
            notes_.add(name, known.empty() ? "is not known here, expected no attributes"
                                           : "is not known here, " + expected_name(name, known));
        }
    }

    void check_elements(ValueView list, const ValueRule& each) {
        for (std::size_t i = 0; i < list.size() && !notes_.full(); ++i) {
            const std::string index = std::to_string(i);
            notes_.within(index, [&] { check(list.at(i), each); });
        }
    }

    NotedFaults notes_;
};

}  // namespace

std::vector<Fault> faults_of(const Schema& schema, storage::ImageView item) {
    std::vector<Fault> faults;
    Checker(faults).check(item, schema.item);
    for (const MadeAttribute& made : schema.made) {
        const auto* from = std::get_if<MadeOfCaller>(&made.from);
        if (from == nullptr || item.find(made.name)) continue;
        std::string pointer;
        append_pointer(pointer, made.name);
        for (Fault& fault : faults) {
            if (fault.pointer != pointer) continue;
            fault.detail += ": it is made of the caller's `" + from->claim +
                            "`, and these credentials have none";
        }
    }
    return faults;
}

}  // namespace freshet::engine
