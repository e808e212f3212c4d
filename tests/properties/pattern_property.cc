// A `where` takes the items that engine/catalog/pattern.h says: random patterns, written in TOML
// and read as a configuration, against a naive reading of the same patterns over random items.
//
// The naive reading works on trees of values and shares no code with the engine: it gathers all
// plain values of an attribute, all maps of a path, and folds case and orders numbers as text.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/pattern_cover.h"
#include "engine/config/config.h"
#include "tests/properties/value_in.h"
#include "tests/world/model.h"

namespace freshet::properties {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::Attributes;
using support::Value;
using Texts = std::vector<std::string>;

constexpr std::size_t patterns = 10;  // in each round
constexpr std::size_t pairs = 100;    // of patterns, likewise
constexpr std::size_t items = 30;     // for each pattern

// ---- what is drawn from ----

const Texts names = {"a", "b", "c", "d.e"};
const Texts texts = {"",   "a", "A",  "ab", "aB",   "BA", "ba", "b",  "é",  "É",  "éa",
                     "aÉ", "ς", "Σa", "5",  "YQ==", "Y",  "==", "aσ", "aς", "AΣ", "1e2"};
const Texts binaries = {"", "a", "ab", "\xFF"};
const Texts numbers = {"0",
                       "-0",
                       "5",
                       "5.0",
                       "0.5e1",
                       "50e-1",
                       "-5",
                       "100",
                       "1e2",
                       "0.1",
                       "0.10",
                       "0.1000000000000000055",
                       "0.2",
                       "1.0",
                       "-1e-3",
                       "9007199254740992",
                       "9007199254740993"};

class Dice {
public:
    explicit Dice(std::uint32_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool once_in(std::size_t count) { return below(count) == 0; }
    const std::string& one_of(const Texts& choices) { return choices[below(choices.size())]; }
    Texts some_of(const Texts& choices) {
        Texts some;
        for (std::size_t count = 1 + below(3); count > 0; --count) some.push_back(one_of(choices));
        return some;
    }

private:
    std::mt19937 random_;
};

// ---- patterns, as they are written and as they are read naively ----

struct Comparison {
    std::string sign;
    std::string number;
};

struct Entry {
    std::string name;  // of the operator; empty for a value
    bool anything_but = false;
    bool ignore_case = false;             // inside of prefix and suffix
    bool truth = false;                   // of exists
    std::vector<Value> values;            // what is named: plain values, for operators strings
    std::vector<Comparison> comparisons;  // of numeric
};

struct Where;
struct Condition {
    Texts path;
    std::vector<Entry> entries;
    std::vector<Where> inner;         // one, or none where there are entries
    std::vector<Where> alternatives;  // of $or, whose path is the way to it
};
struct Where {
    std::vector<Condition> conditions;
};

std::string key_of(const Condition& condition) {
    std::string key;
    for (const std::string& name : condition.path) {
        if (!key.empty()) key += '.';
        for (const char c : name) key += c == '.' ? "\\." : std::string(1, c);
    }
    if (!condition.alternatives.empty()) key += key.empty() ? "$or" : ".$or";
    return key;
}

Value text_value(ValueType type, const std::string& text) {
    return Value{.type = type, .text = text};
}

Value any_plain_value(Dice& dice) {
    switch (dice.below(5)) {
        case 0:
            return Value{.type = ValueType::boolean, .truth = dice.once_in(2)};
        case 1:
            return Value{.type = ValueType::null};
        case 2:
            return text_value(ValueType::number, dice.one_of(numbers));
        default:
            return text_value(ValueType::string, dice.one_of(texts));
    }
}

std::vector<Comparison> any_comparisons(Dice& dice) {
    std::string low = dice.one_of(numbers);
    std::string high = dice.one_of(numbers);
    const auto order = [](const std::string& number) { return support::sortable_number(number); };
    if (dice.once_in(2) || order(low) == order(high)) {
        return {{dice.one_of({"=", "<", "<=", ">", ">="}), low}};
    }
    if (order(high) < order(low)) std::swap(low, high);
    std::vector<Comparison> both = {{dice.one_of({">", ">="}), low},
                                    {dice.one_of({"<", "<="}), high}};
    if (dice.once_in(2)) std::swap(both[0], both[1]);
    return both;
}

Entry any_entry(Dice& dice) {
    Entry entry;
    switch (dice.below(9)) {
        case 0:
            return Entry{.name = "numeric", .comparisons = any_comparisons(dice)};
        case 1:
            return Entry{.name = "exists", .truth = dice.once_in(2)};
        case 2:
        case 3:
            entry.anything_but = true;
            for (std::size_t count = 1 + dice.below(3); count > 0; --count) {
                entry.values.push_back(any_plain_value(dice));
            }
            return entry;
        case 4:
        case 5:
            entry.values = {any_plain_value(dice)};
            return entry;
        default:
            entry.name = dice.one_of({"prefix", "suffix", "equals-ignore-case"});
            entry.ignore_case = entry.name == "equals-ignore-case" || dice.once_in(3);
            entry.anything_but = dice.once_in(3);
            for (const std::string& text : dice.some_of(texts)) {
                entry.values.push_back(text_value(ValueType::string, text));
            }
            if (!entry.anything_but) entry.values.resize(1);
            return entry;
    }
}

Where any_where(Dice& dice, int depth);

Condition any_condition(Dice& dice, int depth) {
    Condition condition;
    const bool is_or = depth > 0 && dice.once_in(4);
    for (std::size_t count = dice.below(2) + (is_or ? 0 : 1); count > 0; --count) {
        condition.path.push_back(dice.one_of(names));
    }
    if (is_or) {
        for (std::size_t count = 2 + dice.below(2); count > 0; --count) {
            condition.alternatives.push_back(any_where(dice, depth - 1));
        }
    } else if (depth > 0 && dice.once_in(3)) {
        condition.inner.push_back(any_where(dice, depth - 1));
    } else {
        for (std::size_t count = 1 + dice.below(3); count > 0; --count) {
            condition.entries.push_back(any_entry(dice));
        }
    }
    return condition;
}

Where any_where(Dice& dice, int depth) {
    Where where;
    for (std::size_t count = 1 + dice.below(2); count > 0; --count) {
        Condition condition = any_condition(dice, depth);
        const bool is_taken =
            std::any_of(where.conditions.begin(), where.conditions.end(),
                        [&](const Condition& other) { return key_of(other) == key_of(condition); });
        if (!is_taken) where.conditions.push_back(std::move(condition));
    }
    return where;
}

// ---- in TOML ----

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

template <class Parts, class Write>
std::string array_of(const Parts& parts, Write write) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + write(part);
    return "[" + text + "]";
}

std::string toml_of(const Value& value) {
    if (value.type == ValueType::null) return "{ null = true }";
    if (value.type == ValueType::boolean) return value.truth ? "true" : "false";
    return value.type == ValueType::number ? value.text : quoted(value.text);
}

std::string toml_of(const Entry& entry) {
    if (entry.name == "exists") return entry.truth ? "{ exists = true }" : "{ exists = false }";
    if (entry.name == "numeric") {
        const auto comparison = [](const Comparison& one) {
            const bool in_quotes = one.number.size() % 2 == 0;
            return quoted(one.sign) + ", " + (in_quotes ? quoted(one.number) : one.number);
        };
        return "{ numeric = " + array_of(entry.comparisons, comparison) + " }";
    }
    const bool folds_inside = entry.ignore_case && entry.name != "equals-ignore-case";
    const auto operand = [&](const Value& value) {
        return folds_inside ? "{ equals-ignore-case = " + toml_of(value) + " }" : toml_of(value);
    };
    std::string text =
        entry.values.size() == 1 ? operand(entry.values.front()) : array_of(entry.values, operand);
    if (!entry.name.empty()) text = "{ " + entry.name + " = " + text + " }";
    return entry.anything_but ? "{ anything-but = " + text + " }" : text;
}

std::string toml_of(const Where& where);

std::string toml_of(const Condition& condition) {
    const auto entry = [](const Entry& one) { return toml_of(one); };
    const auto pattern = [](const Where& one) { return toml_of(one); };
    if (!condition.alternatives.empty()) return array_of(condition.alternatives, pattern);
    if (!condition.inner.empty()) return toml_of(condition.inner.front());
    return array_of(condition.entries, entry);
}

std::string toml_of(const Where& where) {
    std::string text;
    for (const Condition& condition : where.conditions) {
        text += text.empty() ? "" : ", ";
        text += quoted(key_of(condition)) + " = " + toml_of(condition);
    }
    return "{ " + text + " }";
}

// ---- the naive reading ----

std::string folded(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"É", "é"}, {"Σ", "σ"}, {"ς", "σ"}}) {
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from)) {
            text.replace(at, from.size(), to);
        }
    }
    return text;
}

// The values inside of sets and lists, with binaries as base64.
std::vector<Value> plain_values(const Value& value) {
    std::vector<Value> plain;
    switch (value.type) {
        case ValueType::binary:
            return {text_value(ValueType::string, support::base64(value.text))};
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            for (const std::string& element : value.elements) {
                if (value.type == ValueType::string_set) {
                    plain.push_back(text_value(ValueType::string, element));
                } else if (value.type == ValueType::number_set) {
                    plain.push_back(text_value(ValueType::number, element));
                } else {
                    plain.push_back(text_value(ValueType::string, support::base64(element)));
                }
            }
            return plain;
        case ValueType::list:
            for (const Value& element : value.values) {
                for (Value& inside : plain_values(element)) plain.push_back(std::move(inside));
            }
            return plain;
        case ValueType::map:
            return {};
        default:
            return {value};
    }
}

bool is_named(const Entry& entry, const Value& named, const Value& value) {
    if (named.type != value.type) return false;
    if (value.type == ValueType::null) return true;
    if (value.type == ValueType::boolean) return named.truth == value.truth;
    if (value.type == ValueType::number) {
        return support::sortable_number(named.text) == support::sortable_number(value.text);
    }
    const std::string want = entry.ignore_case ? folded(named.text) : named.text;
    const std::string have = entry.ignore_case ? folded(value.text) : value.text;
    if (entry.name == "prefix") return have.rfind(want, 0) == 0;
    if (entry.name == "suffix") {
        return have.size() >= want.size() && have.substr(have.size() - want.size()) == want;
    }
    return have == want;
}

bool is_between(const Entry& entry, const Value& value) {
    if (value.type != ValueType::number) return false;
    const std::string have = support::sortable_number(value.text);
    return std::all_of(entry.comparisons.begin(), entry.comparisons.end(),
                       [&](const Comparison& comparison) {
                           const std::string want = support::sortable_number(comparison.number);
                           if (comparison.sign == "=") return have == want;
                           if (comparison.sign == "<") return have < want;
                           if (comparison.sign == "<=") return have <= want;
                           return comparison.sign == ">" ? have > want : have >= want;
                       });
}

bool passes(const Entry& entry, const Value& value) {
    if (entry.name == "numeric") return is_between(entry, value);
    const bool named = std::any_of(entry.values.begin(), entry.values.end(),
                                   [&](const Value& one) { return is_named(entry, one, value); });
    return named != entry.anything_but;
}

bool takes(const Entry& entry, const Value* attribute) {
    if (entry.name == "exists") return entry.truth == (attribute != nullptr);
    if (attribute == nullptr) return false;
    const std::vector<Value> values = plain_values(*attribute);
    return std::any_of(values.begin(), values.end(),
                       [&](const Value& value) { return passes(entry, value); });
}

// The maps that a pattern may look into: of a list those of its elements, and in place of all that
// has no attributes one without any.
std::vector<Attributes> maps_in(const Value* value) {
    if (value == nullptr) return {Attributes()};
    if (value->type == ValueType::map) return {value->attributes};
    std::vector<Attributes> maps;
    for (const Value& element : value->values) {
        for (Attributes& map : maps_in(&element)) maps.push_back(std::move(map));
    }
    if (value->values.empty()) maps.emplace_back();
    return maps;
}

const Value* find(const Attributes& map, const std::string& name) {
    const auto found = map.find(name);
    return found == map.end() ? nullptr : &found->second;
}

bool takes(const Where& where, const Attributes& map);

// What the condition says of the map, once `done` names of its path are behind.
bool takes(const Condition& condition, const Attributes& map, std::size_t done = 0) {
    const bool is_or = !condition.alternatives.empty();
    const std::size_t left = condition.path.size() - done;
    if (is_or && left == 0) {
        return std::any_of(condition.alternatives.begin(), condition.alternatives.end(),
                           [&](const Where& where) { return takes(where, map); });
    }
    const Value* value = find(map, condition.path[done]);
    if (left > 1 || is_or || !condition.inner.empty()) {
        const std::vector<Attributes> maps = maps_in(value);
        return std::any_of(maps.begin(), maps.end(), [&](const Attributes& inside) {
            return left > 1 || is_or ? takes(condition, inside, done + 1)
                                     : takes(condition.inner.front(), inside);
        });
    }
    return std::any_of(condition.entries.begin(), condition.entries.end(),
                       [&](const Entry& entry) { return takes(entry, value); });
}

bool takes(const Where& where, const Attributes& map) {
    return std::all_of(where.conditions.begin(), where.conditions.end(),
                       [&](const Condition& condition) { return takes(condition, map); });
}

// ---- items ----

Attributes any_attributes(Dice& dice, int depth);

Value any_value(Dice& dice, int depth) {
    switch (dice.below(depth > 0 ? 12 : 8)) {
        case 0:
            return Value{.type = ValueType::string_set, .elements = dice.some_of(texts)};
        case 1:
            return Value{.type = ValueType::number_set, .elements = dice.some_of(numbers)};
        case 2:
            return Value{.type = ValueType::binary_set, .elements = dice.some_of(binaries)};
        case 3:
            return text_value(ValueType::binary, dice.one_of(binaries));
        case 8:
        case 9: {
            Value list{.type = ValueType::list};
            for (std::size_t count = dice.below(4); count > 0; --count) {
                list.values.push_back(any_value(dice, depth - 1));
            }
            return list;
        }
        case 10:
        case 11:
            return Value{.type = ValueType::map, .attributes = any_attributes(dice, depth - 1)};
        default:
            return any_plain_value(dice);
    }
}

Attributes any_attributes(Dice& dice, int depth) {
    Attributes attributes;
    for (const std::string& name : names) {
        if (!dice.once_in(4)) attributes.emplace(name, any_value(dice, depth));
    }
    return attributes;
}

ImageBuilder::Value build(ImageBuilder& builder, const std::string& name, const Value& value) {
    std::vector<ImageBuilder::Value> inside;
    for (const Value& element : value.values) inside.push_back(build(builder, "", element));
    for (const auto& [key, attribute] : value.attributes) {
        inside.push_back(build(builder, key, attribute));
    }
    switch (value.type) {
        case ValueType::boolean:
            return builder.boolean(name, value.truth);
        case ValueType::null:
            return builder.null(name);
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            return builder.set(
                value.type, name,
                std::vector<std::string_view>(value.elements.begin(), value.elements.end()));
        case ValueType::list:
            return builder.list(name, inside);
        case ValueType::map:
            return builder.map(name, inside);
        default:
            return builder.scalar(value.type, name, value.text);
    }
}

Image image_of(const Attributes& attributes) {
    ImageBuilder builder;
    std::vector<ImageBuilder::Value> values;
    for (const auto& [name, value] : attributes) values.push_back(build(builder, name, value));
    return builder.finish(values);
}

// ---- the property ----

engine::Pattern read(const std::string& where) {
    const engine::Config config = value_in(engine::parse_config(
        "[[table]]\nname = 't'\nkey = ['pk']\n[[table.list]]\nname = 'l'\nwhere = " + where + "\n",
        "freshet.toml"));
    return config.catalog->tables().front()->lists.front().where;
}

struct Tally {
    std::size_t taken = 0;
    std::size_t left = 0;
};

void check_pattern(Dice& dice, Tally& tally) {
    const Where where = any_where(dice, 2);
    const engine::Pattern pattern = read(toml_of(where));
    for (std::size_t i = 0; i < items; ++i) {
        const Attributes item = any_attributes(dice, 2);
        const bool expected = takes(where, item);
        if (pattern.matches(image_of(item).view()) != expected) {
            RC_FAIL("where = " + toml_of(where) + (expected ? " takes " : " does not take ") +
                    support::plain_json(Value{.type = ValueType::map, .attributes = item}));
        }
        ++(expected ? tally.taken : tally.left);
    }
}

TEST(Patterns, TakeTheItemsThatTheySay) {
    Tally tally;

    EXPECT_TRUE(rc::check([&](std::uint32_t seed) {
        Dice dice(seed);
        for (std::size_t i = 0; i < patterns; ++i) check_pattern(dice, tally);
    }));

    // Else little would have been compared.
    EXPECT_GT(tally.taken, (tally.taken + tally.left) / 20);
    EXPECT_GT(tally.left, (tally.taken + tally.left) / 20);
}

// By the same operator.
Entry another(const Entry& entry, Dice& dice) {
    Entry other = any_entry(dice);
    while (other.name != entry.name || other.anything_but != entry.anything_but) {
        other = any_entry(dice);
    }
    return other;
}

// A pattern that is often wider than the one it is made of, with each key once.
Where loosened(Where where, Dice& dice) {
    if (where.conditions.size() > 1 && dice.once_in(2)) where.conditions.pop_back();
    if (where.conditions.size() == 1 && dice.once_in(8)) return any_where(dice, 1);
    for (Condition& condition : where.conditions) {
        for (Where& inner : condition.inner) inner = loosened(std::move(inner), dice);
        for (Where& one : condition.alternatives) one = loosened(std::move(one), dice);
        if (condition.entries.empty()) continue;
        if (dice.once_in(2)) condition.entries.push_back(any_entry(dice));
        if (dice.once_in(2)) condition.entries[0] = another(condition.entries[0], dice);
    }
    return where;
}

void check_cover(Dice& dice, Tally& tally) {
    const Where narrow = any_where(dice, static_cast<int>(dice.below(3)));
    const Where wide = loosened(narrow, dice);
    if (!engine::covers(read(toml_of(narrow)), read(toml_of(narrow)))) {
        RC_FAIL("where = " + toml_of(narrow) + " does not cover itself");
    }
    const bool covers = engine::covers(read(toml_of(wide)), read(toml_of(narrow)));
    ++(covers ? tally.taken : tally.left);
    for (std::size_t i = 0; covers && i < items; ++i) {
        const Attributes item = any_attributes(dice, 2);
        if (!takes(narrow, item) || takes(wide, item)) continue;
        RC_FAIL("where = " + toml_of(wide) + " does not cover " + toml_of(narrow) + ": " +
                support::plain_json(Value{.type = ValueType::map, .attributes = item}));
    }
}

TEST(Patterns, CoverOnlyWhatTheyTakeAllOf) {
    Tally tally;

    EXPECT_TRUE(rc::check([&](std::uint32_t seed) {
        Dice dice(seed);
        for (std::size_t i = 0; i < pairs; ++i) check_cover(dice, tally);
    }));

    EXPECT_GT(tally.taken, (tally.taken + tally.left) / 20);
}

}  // namespace
}  // namespace freshet::properties
