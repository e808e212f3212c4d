// A route's query parameters: which ones it knows, and their values. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer.h"
#include "http/target.h"
#include <tl/expected.hpp>

namespace freshet::http {

// A value, or the answer that says why there is none.
template <class T>
using Or = tl::expected<T, Answer>;

// Parameters that may be there any number of times.
inline constexpr std::string_view key_parameter = "key";

// The answer to a parameter that the route does not know or that is there twice; it names those
// that the route knows.
std::optional<Answer> refuse_unknown_parameters(const Target& target,
                                                std::initializer_list<std::string_view> known);

// The value of a parameter; nothing if it is not there.
std::optional<std::string_view> find_parameter(const Target& target, std::string_view name);

// All values of `key`, in their order.
std::vector<std::string> key_parameters(const Target& target);

struct Range {
    std::uint64_t least;
    std::uint64_t most;
};

// A decimal integer; `absent` if the parameter is not there. 400 beyond the range.
Or<std::uint64_t> number_parameter(const Target& target, std::string_view name, Range range,
                                   std::uint64_t absent);

// `true` or `false`; false if it is not there.
Or<bool> flag_parameter(const Target& target, std::string_view name);

inline constexpr std::chrono::milliseconds wait_default{5'000};
inline constexpr std::chrono::milliseconds wait_max{30'000};

// `timeout_s`: seconds, with decimals if need be.
Or<std::chrono::milliseconds> timeout_parameter(const Target& target);

}  // namespace freshet::http
