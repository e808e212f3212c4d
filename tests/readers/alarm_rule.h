// The alarms that docs/functions.md has for Prometheus, worked out from two scrapes: one at the
// beginning of their minute, and one at its end.
//
// Of Prometheus' language, that is what the page uses: a metric with labels, increase() or rate()
// of it over a minute, the sum of these by function, one of them over another, and one comparison
// with a number. What is said beside the expression, such as `for`, is left out.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/readers/exposition.h"

namespace freshet::support {

struct AlarmRule {
    std::string name;
    std::string expression;

    // The functions for which it fires. Throws if the expression has another form, or asks for a
    // series that a function does not have: then it would never fire.
    [[nodiscard]] std::set<std::string> firing(const Exposition& before,
                                               const Exposition& after) const;
};

// Those in the text, in their order.
std::vector<AlarmRule> alarm_rules(std::string_view document);

}  // namespace freshet::support
