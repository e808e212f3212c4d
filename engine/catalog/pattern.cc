#include "engine/catalog/pattern.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <unordered_set>
#include <utility>

#include "engine/catalog/seen_image.h"
#include "engine/text/base64.h"
#include "engine/text/letter_case.h"
#include "engine/text/overloaded.h"

namespace freshet::engine {

namespace {

using storage::ValueType;
using storage::ValueView;

using Entries = std::vector<PatternEntry>;

thread_local std::uint64_t comparisons = 0;

// A value of an item as entries see it; the first where no pattern can name it.
using Scalar = std::variant<std::monostate, bool, Decimal, std::string_view, Null>;

// ---- upper and lower case ----

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char folded_ascii(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// By way of the capital, since some letters have several small ones: σ and ς.
std::string folded(std::string_view text) {
    return in_lower_case(in_upper_case(text));
}

// No letter beyond ASCII is the same as one of ASCII, so only texts of one kind can be equal.
bool equal_in_ascii(std::string_view folded, std::string_view text) {
    return std::equal(folded.begin(), folded.end(), text.begin(), text.end(),
                      [](char a, char b) { return a == folded_ascii(b); });
}

// The bytes, at either end of a text, in which as many characters stand as `text` has at most. What
// is cut through at the other end stays as it is when case is folded.
std::size_t reach(std::string_view text) {
    constexpr std::size_t character_bytes_max = 4;
    return character_bytes_max * text.size();
}

// ---- entries ----

Scalar number(std::string_view text) {
    auto decimal = Decimal::parse(text);
    return decimal ? Scalar(*std::move(decimal)) : Scalar();
}

// Borrows `text`, of a binary's base64.
Scalar base64(std::string_view bytes, std::string& text) {
    text.clear();
    append_base64(text, bytes);
    return std::string_view(text);
}

bool passes(const TextTest& test, const Scalar& scalar) {
    ++comparisons;
    const auto* text = std::get_if<std::string_view>(&scalar);
    if (text == nullptr) return false;
    return std::visit(Overloaded{
                          [&](const Prefix& prefix) { return text->starts_with(prefix.text); },
                          [&](const Suffix& suffix) { return text->ends_with(suffix.text); },
                          [&](const EqualsIgnoreCase& equals) { return equals.text.is(*text); },
                          [&](const PrefixIgnoreCase& prefix) { return prefix.text.begins(*text); },
                          [&](const SuffixIgnoreCase& suffix) { return suffix.text.ends(*text); },
                      },
                      test);
}

bool is_in(const NumericRange& range, const Scalar& scalar) {
    ++comparisons;
    const auto* decimal = std::get_if<Decimal>(&scalar);
    if (decimal == nullptr) return false;
    if (range.low) {
        const auto order = *decimal <=> range.low->value;
        if (range.low->inclusive ? order < 0 : order <= 0) return false;
    }
    if (!range.high) return true;
    const auto order = *decimal <=> range.high->value;
    return range.high->inclusive ? order <= 0 : order < 0;
}

// Values that are named, found by what they are.
class NamedValues {
public:
    void add(const PatternValue& value) {
        std::visit(Overloaded{
                       [&](bool truth) { (truth ? has_true_ : has_false_) = true; },
                       [&](const Decimal& number) { numbers_.add(number.canonical()); },
                       [&](const std::string& text) { texts_.add(text); },
                       [&](Null) { has_null_ = true; },
                   },
                   value);
    }

    [[nodiscard]] bool has(const Scalar& scalar) const {
        ++comparisons;
        return std::visit(Overloaded{
                              [](std::monostate) { return false; },
                              [&](bool truth) { return truth ? has_true_ : has_false_; },
                              [&](const Decimal& number) {
                                  return !numbers_.all.empty() &&
                                         numbers_.holds(number.canonical());
                              },
                              [&](std::string_view text) { return texts_.holds(text); },
                              [&](Null) { return has_null_; },
                          },
                          scalar);
    }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    struct Texts {
        std::unordered_set<std::string, Hash, std::equal_to<>> all;
        std::size_t longest = 0;

        void add(std::string text) {
            longest = std::max(longest, text.size());
            all.insert(std::move(text));
        }
        // A text that is longer than any is not hashed for nothing.
        [[nodiscard]] bool holds(std::string_view text) const {
            return text.size() <= longest && all.contains(text);
        }
    };

    Texts texts_;
    Texts numbers_;  // canonical
    bool has_true_ = false;
    bool has_false_ = false;
    bool has_null_ = false;
};

// What is none of some values, and passes none of some tests.
struct Others {
    NamedValues values;
    std::vector<TextTest> tests;

    [[nodiscard]] bool matches(const Scalar& scalar) const {
        return !values.has(scalar) &&
               std::none_of(tests.begin(), tests.end(),
                            [&](const TextTest& test) { return passes(test, scalar); });
    }
};

}  // namespace

// The entries of one attribute, in the form in which many values are asked of them.
class EntryIndex {
public:
    explicit EntryIndex(const Entries& entries) {
        for (const PatternEntry& entry : entries) {
            std::visit(Overloaded{
                           [&](const PatternValue& value) { values_.add(value); },
                           [&](const AnythingBut& but) { add_others(but); },
                           [&](const TextTest& test) { tests_.push_back(test); },
                           [&](const NumericRange& range) { ranges_.push_back(range); },
                           [](const Exists&) {},  // is_asked_for() decides
                       },
                       entry);
        }
    }

    // Whether an entry matches.
    [[nodiscard]] bool matches(const Scalar& scalar) const {
        return values_.has(scalar) ||
               std::any_of(others_.begin(), others_.end(),
                           [&](const Others& others) { return others.matches(scalar); }) ||
               std::any_of(tests_.begin(), tests_.end(),
                           [&](const TextTest& test) { return passes(test, scalar); }) ||
               std::any_of(ranges_.begin(), ranges_.end(),
                           [&](const NumericRange& range) { return is_in(range, scalar); });
    }

private:
    void add_others(const AnythingBut& but) {
        Others& others = others_.emplace_back();
        for (const PatternValue& value : but.values) others.values.add(value);
        others.tests = but.tests;
    }

    NamedValues values_;
    std::vector<Others> others_;
    std::vector<TextTest> tests_;
    std::vector<NumericRange> ranges_;
};

namespace {

// Whether the entries ask for no more than that the attribute is there, or is not.
bool is_asked_for(const Entries& entries, bool there) {
    return std::any_of(entries.begin(), entries.end(), [&](const PatternEntry& entry) {
        const auto* exists = std::get_if<Exists>(&entry);
        return exists != nullptr && exists->there == there;
    });
}

// ---- values ----

// Whether `test` holds for any index below `size`.
template <class Test>
bool any_of(std::size_t size, Test test) {
    for (std::size_t i = 0; i < size; ++i) {
        if (test(i)) return true;
    }
    return false;
}

// Whether an entry matches the value, or one of its elements.
bool matches_value(const EntryIndex& entries, ValueView value) {
    std::string text;
    switch (value.type()) {
        case ValueType::string:
            return entries.matches(value.text());
        case ValueType::number:
            return entries.matches(number(value.text()));
        case ValueType::binary:
            return entries.matches(base64(value.text(), text));
        case ValueType::boolean:
            return entries.matches(value.truth());
        case ValueType::null:
            return entries.matches(Null());
        case ValueType::string_set:
            return any_of(value.size(),
                          [&](std::size_t i) { return entries.matches(value.element(i)); });
        case ValueType::number_set:
            return any_of(value.size(),
                          [&](std::size_t i) { return entries.matches(number(value.element(i))); });
        case ValueType::binary_set:
            return any_of(value.size(), [&](std::size_t i) {
                return entries.matches(base64(value.element(i), text));
            });
        case ValueType::list:
            return any_of(value.size(),
                          [&](std::size_t i) { return matches_value(entries, value.at(i)); });
        case ValueType::map:
            return false;  // entries are for values, an inner pattern is for maps
    }
    return false;
}

bool matches_attribute(const Pattern::Rule& rule, std::optional<ValueView> value) {
    if (is_asked_for(rule.entries, value.has_value())) return true;
    return value && matches_value(*rule.index, *value);
}

// ---- patterns ----

std::optional<ValueView> find_in(std::optional<ValueView> map, std::string_view attribute) {
    return map ? map->find(attribute) : std::nullopt;
}

std::optional<ValueView> find_in(const SeenImage& image, std::string_view attribute) {
    return image.find(attribute);
}

template <class Map>
bool matches_map(const Pattern& pattern, const Map& map);

// Of a list, whether any element matches. A value that has no attributes is as good as missing.
bool matches_inner(const Pattern& inner, std::optional<ValueView> value) {
    if (!value || value->type() != ValueType::list || value->size() == 0) {
        return matches_map(inner, value);
    }
    return any_of(value->size(), [&](std::size_t i) { return matches_inner(inner, value->at(i)); });
}

template <class Map>
bool matches_rule(const Pattern::Rule& rule, const Map& map) {
    if (!rule.alternatives.empty()) {
        return std::any_of(rule.alternatives.begin(), rule.alternatives.end(),
                           [&](const Pattern& pattern) { return matches_map(pattern, map); });
    }
    const auto value = find_in(map, rule.attribute);
    return rule.inner ? matches_inner(*rule.inner, value) : matches_attribute(rule, value);
}

template <class Map>
bool matches_map(const Pattern& pattern, const Map& map) {
    return std::all_of(pattern.rules().begin(), pattern.rules().end(),
                       [&](const Pattern::Rule& rule) { return matches_rule(rule, map); });
}

}  // namespace

FoldedText::FoldedText(std::string_view text) : text_(folded(text)), ascii_(is_ascii(text_)) {}

bool FoldedText::is(std::string_view text) const {
    if (ascii_) return equal_in_ascii(text_, text);
    return text.size() <= reach(text_) && folded(text) == text_;
}

bool FoldedText::begins(std::string_view text) const {
    if (ascii_) return equal_in_ascii(text_, text.substr(0, text_.size()));
    return folded(text.substr(0, reach(text_))).starts_with(text_);
}

bool FoldedText::ends(std::string_view text) const {
    const std::size_t bytes = std::min(text.size(), ascii_ ? text_.size() : reach(text_));
    const std::string_view end = text.substr(text.size() - bytes);
    return ascii_ ? equal_in_ascii(text_, end) : folded(end).ends_with(text_);
}

std::uint64_t pattern_comparisons() {
    return comparisons;
}

Pattern::Pattern(std::vector<Rule> rules) : rules_(std::move(rules)) {
    for (Rule& rule : rules_) rule.index = std::make_shared<const EntryIndex>(rule.entries);
}

std::size_t Pattern::entries() const {
    std::size_t count = 0;
    for (const Rule& rule : rules_) {
        for (const PatternEntry& entry : rule.entries) {
            const auto* but = std::get_if<AnythingBut>(&entry);
            count += but == nullptr ? 1 : but->values.size() + but->tests.size();
        }
        if (rule.inner) count += rule.inner->entries();
        for (const Pattern& alternative : rule.alternatives) count += alternative.entries();
    }
    return count;
}

bool Pattern::matches(const SeenImage& image) const {
    const auto match = [&](bool derived) {
        return std::all_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
            return image.derives(rule.attribute) != derived || matches_rule(rule, image);
        });
    };
    return match(false) && match(true);
}

bool Pattern::matches(ValueView image) const {
    return matches_map(*this, std::optional(image));
}

}  // namespace freshet::engine
