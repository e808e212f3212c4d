// Which numbers DynamoDB has, and so an item that is written directly: others could be read by few,
// and a sum takes as many digits as lie between the two.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/values/decimal.h"

namespace freshet::engine {

// From 10^-130 up to, but not including, 10^126, on either side of zero.
inline constexpr std::size_t dynamodb_digits_max = 38;
inline constexpr std::int64_t dynamodb_exponent_min = -129;
inline constexpr std::int64_t dynamodb_exponent_max = 126;

// As a message has them.
inline constexpr std::string_view dynamodb_numbers =
    "number of at most 38 digits from 1e-130 up to 1e126";

inline bool is_dynamodb_number(const Decimal& number) {
    return number.zero() || (number.digits().size() <= dynamodb_digits_max &&
                             number.exponent() >= dynamodb_exponent_min &&
                             number.exponent() <= dynamodb_exponent_max);
}

}  // namespace freshet::engine
