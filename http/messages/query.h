// A route's query parameters: which ones it knows, and their values. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>
#include "http/messages/answer.h"
#include "http/messages/target.h"

namespace freshet::http {

// A value, or the answer to send where there is none.
template <class T>
using OrAnswer = tl::expected<T, Answer>;

using Names = std::initializer_list<std::string_view>;

// The answer to a parameter that the route does not know, or that is there twice and may not be; it
// names those that the route knows.
std::optional<Answer> refuse_unknown_parameters(const Target& target, Names known,
                                                Names repeatable = {});

// The value of a parameter; nothing if it is not there.
std::optional<std::string_view> find_parameter(const Target& target, std::string_view name);

// All values of a parameter, in their order.
std::vector<std::string> find_parameters(const Target& target, std::string_view name);

struct Range {
    std::uint64_t least;
    std::uint64_t most;
};

// A decimal integer; `absent` if the parameter is not there. 400 beyond the range.
OrAnswer<std::uint64_t> number_parameter(const Target& target, std::string_view name, Range range,
                                         std::uint64_t absent);

// `true` or `1`, `false` or `0`; false if it is not there.
OrAnswer<bool> flag_parameter(const Target& target, std::string_view name);

inline constexpr std::chrono::milliseconds wait_default{5'000};
inline constexpr std::chrono::milliseconds wait_max{30'000};

// Seconds, with decimals if need be, wait_max at most; `absent` if the parameter is not there.
OrAnswer<std::chrono::milliseconds> seconds_parameter(const Target& target, std::string_view name,
                                                      std::chrono::milliseconds absent);

}  // namespace freshet::http
