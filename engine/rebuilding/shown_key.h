// Keys and groups as somebody can read them, who is told of one.
//
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace freshet::engine {

// The parts of an item's key or of a total's group: `"alice" 7.5`. Strings as JSON, numbers as they
// are, binary in base64url; bytes that are none of these as a JSON string. Long ones are cut.
std::string shown_key(std::string_view bytes);

}  // namespace freshet::engine
