#include "engine/catalog/pattern_cover.h"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/text/overloaded.h"

namespace freshet::engine {

namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;

using Entries = std::vector<PatternEntry>;
using Bound = std::optional<NumericRange::Bound>;

template <class Value>
bool holds_all(const std::vector<Value>& values, const std::vector<Value>& others) {
    return std::all_of(others.begin(), others.end(), [&](const Value& other) {
        return std::find(values.begin(), values.end(), other) != values.end();
    });
}

// ---- entries ----

// An image whose only attribute, `name`, is the value.
Image image_of(const std::string& name, const PatternValue& value) {
    ImageBuilder builder;
    const auto attribute = std::visit(
        Overloaded{
            [&](bool truth) { return builder.boolean(name, truth); },
            [&](const Decimal& number) {
                return builder.scalar(ValueType::number, name, number.canonical());
            },
            [&](const std::string& text) { return builder.scalar(ValueType::string, name, text); },
            [&](Null) { return builder.null(name); },
        },
        value);
    return builder.finish(std::vector{attribute});
}

bool covers_test(const TextTest& wide, const TextTest& narrow) {
    if (wide == narrow) return true;
    const auto* prefix = std::get_if<Prefix>(&wide);
    const auto* longer_prefix = std::get_if<Prefix>(&narrow);
    if (prefix != nullptr && longer_prefix != nullptr) {
        return longer_prefix->text.starts_with(prefix->text);
    }
    const auto* suffix = std::get_if<Suffix>(&wide);
    const auto* longer_suffix = std::get_if<Suffix>(&narrow);
    return suffix != nullptr && longer_suffix != nullptr &&
           longer_suffix->text.ends_with(suffix->text);
}

bool covers_low(const Bound& wide, const Bound& narrow) {
    if (!wide || !narrow) return !wide;
    const auto order = wide->value <=> narrow->value;
    return order < 0 || (order == 0 && (wide->inclusive || !narrow->inclusive));
}

bool covers_high(const Bound& wide, const Bound& narrow) {
    if (!wide || !narrow) return !wide;
    const auto order = wide->value <=> narrow->value;
    return order > 0 || (order == 0 && (wide->inclusive || !narrow->inclusive));
}

// `narrow` is no value: those are tried out.
bool covers_entry(const PatternEntry& wide, const PatternEntry& narrow) {
    const auto* exists = std::get_if<Exists>(&narrow);
    if (exists != nullptr) return wide == narrow;
    if (wide == PatternEntry(Exists{true})) return true;  // any other entry asks for what is there

    return std::visit(Overloaded{
                          [](const AnythingBut& a, const AnythingBut& b) {
                              return holds_all(b.values, a.values) && holds_all(b.tests, a.tests);
                          },
                          [](const TextTest& a, const TextTest& b) { return covers_test(a, b); },
                          [](const NumericRange& a, const NumericRange& b) {
                              return covers_low(a.low, b.low) && covers_high(a.high, b.high);
                          },
                          [](const auto&, const auto&) { return false; },
                      },
                      wide, narrow);
}

// ---- rules ----

// Elements of sets and lists match one by one, so what holds of a single value holds of them.
bool covers_entries(const Pattern::Rule& wide, const Entries& narrow) {
    return std::all_of(narrow.begin(), narrow.end(), [&](const PatternEntry& entry) {
        if (const auto* value = std::get_if<PatternValue>(&entry)) {
            return Pattern({wide}).matches(image_of(wide.attribute, *value).view());
        }
        return std::any_of(wide.entries.begin(), wide.entries.end(),
                           [&](const PatternEntry& one) { return covers_entry(one, entry); });
    });
}

bool any_covers(const std::vector<Pattern>& wide, const Pattern& narrow) {
    return std::any_of(wide.begin(), wide.end(),
                       [&](const Pattern& pattern) { return covers(pattern, narrow); });
}

bool covers_rule(const Pattern::Rule& wide, const Pattern::Rule& narrow) {
    if (!wide.alternatives.empty()) {
        return !narrow.alternatives.empty() &&
               std::all_of(narrow.alternatives.begin(), narrow.alternatives.end(),
                           [&](const Pattern& one) { return any_covers(wide.alternatives, one); });
    }
    if (!narrow.alternatives.empty() || wide.attribute != narrow.attribute) return false;
    if (wide.inner != nullptr && narrow.inner != nullptr) return covers(*wide.inner, *narrow.inner);
    if (wide.inner != nullptr || narrow.inner != nullptr) return false;
    return covers_entries(wide, narrow.entries);
}

}  // namespace

bool covers(const Pattern& wide, const Pattern& narrow) {
    return std::all_of(
        wide.rules().begin(), wide.rules().end(), [&](const Pattern::Rule& asked_for) {
            if (any_covers(asked_for.alternatives, narrow)) return true;
            return std::any_of(
                narrow.rules().begin(), narrow.rules().end(),
                [&](const Pattern::Rule& given) { return covers_rule(asked_for, given); });
        });
}

}  // namespace freshet::engine
