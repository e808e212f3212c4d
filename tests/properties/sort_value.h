// Values by which lists sort: drawn at random, and compared in the most naive way there is.
//
// Shares nothing with engine/values/ordered_bytes.h and engine/values/decimal.h: numbers are
// written out in full and compared digit by digit.
#pragma once

#include <rapidcheck.h>

#include <iosfwd>
#include <optional>
#include <string>

#include "tests/world/model.h"

namespace freshet::properties {

enum class Numbers {
    small,  // up to 10^30
    any,    // up to 10^1,000,000, and with more digits than are compared
};

rc::Gen<std::string> any_number(Numbers numbers);
// Also some that are numbers, and some that are longer than what is compared of them.
rc::Gen<std::string> any_text();
// Of any type, those that count as missing included.
rc::Gen<support::Value> any_sort_value(Numbers numbers);

bool is_number(const std::string& text);

// Below, at or above zero, as `a` is less than, equal to or greater than `b`. No digit is left out.
int compare_numbers(const std::string& a, const std::string& b);
// Texts by their first KiB.
int compare_texts(const std::string& a, const std::string& b);

// Whether a list takes it for a value at all.
bool is_missing(const std::optional<support::Value>& value);
// Two values that are not missing.
int compare_values(const support::Value& a, const support::Value& b);

}  // namespace freshet::properties

namespace freshet::support {

std::ostream& operator<<(std::ostream& out, const Value& value);

}  // namespace freshet::support
