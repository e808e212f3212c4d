// Upper and lower case of UTF-8, the same on every machine: no locale takes part.
//
// Letters that are one character in either case are changed: those of the Latin, Greek, Cyrillic
// and Armenian scripts, but for rare ones. Everything else stays as it is, such as ß.
//
// Pure functions of the bytes they see, callable from any thread.
#pragma once

#include <string>
#include <string_view>

namespace freshet::engine {

// Bytes that are no UTF-8 stay as they are.
std::string in_upper_case(std::string_view text);
std::string in_lower_case(std::string_view text);

}  // namespace freshet::engine
