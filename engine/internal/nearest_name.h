// Which known name somebody may have meant: for messages about unknown ones.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace freshet::engine {

// The known name with the fewest wrong letters, the first of several; nothing if a third of the
// letters or more would have to be wrong. Two letters swapped count as one.
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known);

// `expected "key" or "name": did you mean "name"?`
std::string expected_name(std::string_view name, std::span<const std::string_view> known);

}  // namespace freshet::engine
