// The smallest pieces of JSON (RFC 8259): what is a number, what an escape sequence, where a value
// ends.
//
//     json.cc, json_fault.cc  ->  these
//
// Pure functions of the bytes they see, callable from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace freshet::engine {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// RFC 8259, section 6.
bool is_number(std::string_view text);

// The code unit of an escape sequence such as \u00e9 at the start of `text`; nothing if there is
// none.
std::optional<unsigned> escaped_unit(std::string_view text);

// How many bytes the escape sequence at the start of `text` has; 0 if it is none. That of a
// surrogate pair has both halves.
std::size_t escape_bytes(std::string_view text);

// How many bytes the value at the start of `text`, which is JSON, has.
std::size_t length_of_value(std::string_view text);

}  // namespace freshet::engine
