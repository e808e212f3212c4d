// Event patterns in the manner of EventBridge and Lambda's filters: which items a table, a list
// or an event rule takes. The one engine for every `where`.
//
//     where = { status = ["OPEN", { prefix = "WAIT" }], minutes = [{ numeric = [">", 0] }],
//               address = { city = [{ anything-but = "Paris" }] },
//               "$or" = [{ owner = [{ exists = true }] }, { tags = ["free"] }] }
//
// Every attribute named must match (AND), by any entry of its array (OR); of the patterns under
// `$or`, on any level, at least one. An entry is one of
//
//     "OPEN", 5, 0.1, true          that value
//     { null = true }               null, for which TOML has no word
//     { prefix = "a" }              strings that begin so; { suffix = "a" } that end so
//     { equals-ignore-case = "a" }  strings that are the same but for upper and lower case, in the
//                                   letters of engine/text/letter_case.h; also inside of prefix and
//                                   suffix: { prefix = { equals-ignore-case = "a" } }
//     { numeric = [">", 0, "<=", 9] }    numbers, by one comparison or two: = < <= > >=
//     { anything-but = "a" }        values that are none of those: one value or several, or
//                                   { prefix = … }, { suffix = … }, { equals-ignore-case = … } of
//                                   one text or several
//     { exists = true }             whatever is there, of any type; { exists = false } nothing
//
// What they mean of an item's typed attributes
//   - Numbers compare as exact decimals and only with numbers; a binary as its base64, which is
//     what readers see.
//   - Of a set or a list, any element may match, and any element of a list that is a map may match
//     the pattern of a map. Two paths through one list may be matched by different elements.
//   - A map is none of the values: it is matched by its own pattern, and by `exists = true`.
//   - What is missing matches `exists = false` and nothing else, not even anything-but. Inside of
//     what is missing or is no map, everything is missing.
//
// Compiled once, when the configuration is read. Plain values are found by their hash, those of
// anything-but included, so a list of many elements costs as much as it is long, however many
// values are named. Every other entry looks at each element. Matching allocates only for what does
// not fit a short string: numbers of more than 15 digits, longer binaries, and texts beyond ASCII
// where case is ignored.
//
// Threads: values; matching is pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/values/decimal.h"
#include "storage/image.h"

namespace freshet::engine {

class SeenImage;

struct Null {
    bool operator==(const Null&) const = default;
};

// A value that a pattern names.
using PatternValue = std::variant<bool, Decimal, std::string, Null>;

// A text of which upper and lower case are the same.
class FoldedText {
public:
    explicit FoldedText(std::string_view text);

    [[nodiscard]] bool is(std::string_view text) const;
    [[nodiscard]] bool begins(std::string_view text) const;
    [[nodiscard]] bool ends(std::string_view text) const;

    // The one text of all that are the same.
    [[nodiscard]] const std::string& text() const { return text_; }

    bool operator==(const FoldedText&) const = default;

private:
    std::string text_;
    bool ascii_ = true;
};

struct Prefix {
    std::string text;
    bool operator==(const Prefix&) const = default;
};
struct Suffix {
    std::string text;
    bool operator==(const Suffix&) const = default;
};
struct EqualsIgnoreCase {
    FoldedText text;
    bool operator==(const EqualsIgnoreCase&) const = default;
};
struct PrefixIgnoreCase {
    FoldedText text;
    bool operator==(const PrefixIgnoreCase&) const = default;
};
struct SuffixIgnoreCase {
    FoldedText text;
    bool operator==(const SuffixIgnoreCase&) const = default;
};
using TextTest = std::variant<Prefix, Suffix, EqualsIgnoreCase, PrefixIgnoreCase, SuffixIgnoreCase>;

struct AnythingBut {
    std::vector<PatternValue> values;
    std::vector<TextTest> tests = {};
    bool operator==(const AnythingBut&) const = default;
};

// At least one of the two is there, and some number is between them.
struct NumericRange {
    struct Bound {
        Decimal value;
        bool inclusive = false;
        bool operator==(const Bound&) const = default;
    };
    std::optional<Bound> low = {};
    std::optional<Bound> high = {};
    bool operator==(const NumericRange&) const = default;
};

struct Exists {
    bool there = true;
    bool operator==(const Exists&) const = default;
};

using PatternEntry = std::variant<PatternValue, AnythingBut, TextTest, NumericRange, Exists>;

class EntryIndex;

// How many values and entries this thread has compared with those of items, so far: what tests
// count.
std::uint64_t pattern_comparisons();

class Pattern {
public:
    // What one attribute must be: one of the entries, or a map that the inner pattern matches. Or
    // else, without an attribute, the patterns of which one must match.
    struct Rule {
        std::string attribute;
        std::vector<PatternEntry> entries;
        std::shared_ptr<const Pattern> inner;  // null where there are entries
        std::vector<Pattern> alternatives = {};
        std::shared_ptr<const EntryIndex> index = {};  // of the entries, once it is in a pattern
    };

    Pattern() = default;  // matches everything
    explicit Pattern(std::vector<Rule> rules);

    // Of an image with derived attributes, asks for stored ones first: they may say no already.
    [[nodiscard]] bool matches(const SeenImage& image) const;
    [[nodiscard]] bool matches(storage::ValueView image) const;
    [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }
    [[nodiscard]] bool empty() const { return rules_.empty(); }
    // How many there are, with those of the inner ones; each value of an anything-but is one.
    [[nodiscard]] std::size_t entries() const;

private:
    std::vector<Rule> rules_;
};

}  // namespace freshet::engine
