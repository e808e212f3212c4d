// Which known name somebody may have meant: for messages about unknown ones.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace freshet::engine {

// The known name with the fewest wrong letters; nothing if more than a third of the letters would
// have to be wrong. Two letters swapped count as one. Of several one whose first letter is right,
// and of those the first.
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known);

// `expected "key" or "name": did you mean "name"?`
std::string expected_name(std::string_view name, std::span<const std::string_view> known);

}  // namespace freshet::engine
