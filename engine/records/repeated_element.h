// Whether a set has an element twice.
//
// Threads: pure; any.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace freshet::engine {

// The first element in the order of values that equals another one, by its later index.
std::optional<std::size_t> repeated_in(std::span<const std::string_view> elements);

}  // namespace freshet::engine
