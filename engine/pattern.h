// Event patterns in the manner of EventBridge and Lambda's filters: which items a table, a list
// or an event rule takes.
//
//     where = { status = ["OPEN", "WAITING"], address = { city = [{ anything-but = "Paris" }] } }
//
// Every attribute named must match (AND), by any entry of its array (OR). An entry is an exact
// value (string, number, boolean), `{ anything-but = … }` of one value or several, or
// `{ prefix = "…" }`. An attribute that is missing matches no entry. Numbers compare as exact
// decimals and a binary as its base64, which is what readers see. Of a set or a list, any element
// may match.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/decimal.h"
#include "storage/image.h"

namespace freshet::engine {

// A value that a pattern names.
using PatternValue = std::variant<bool, Decimal, std::string>;

struct AnythingBut {
    std::vector<PatternValue> values;
};
struct Prefix {
    std::string text;
};
using PatternEntry = std::variant<PatternValue, AnythingBut, Prefix>;

class Pattern {
public:
    // The pattern of one attribute: entries, or a pattern of the map that it holds.
    struct Rule {
        std::string attribute;
        std::vector<PatternEntry> entries;
        std::shared_ptr<const Pattern> inner;  // null where there are entries
    };

    Pattern() = default;  // matches everything
    explicit Pattern(std::vector<Rule> rules) : rules_(std::move(rules)) {}

    [[nodiscard]] bool matches(storage::ValueView image) const;
    [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }
    [[nodiscard]] bool empty() const { return rules_.empty(); }

private:
    std::vector<Rule> rules_;
};

}  // namespace freshet::engine
