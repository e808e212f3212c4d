// Says what is wrong with a text that is not JSON, and where.
//
//     JsonDocument::parse  ->  json_fault  ->  the message of a refused body
//
// simdjson tells only that something is wrong, often without a place; so the text is read a second
// time, slowly, up to the first fault.
//
// Invariant: what JsonDocument::parse takes has no fault here, and the other way round.
// Threads: a pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::engine {

// "line 1, column 17: the text ends inside an object"; nothing if the text is JSON of at most
// json_depth_max levels. `first_line` is the number of the text's first line.
std::optional<std::string> json_fault(std::string_view text, std::uint64_t first_line);

}  // namespace freshet::engine
