// What is UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF.
//
//     JSON's strings, and what a URL has percent-encoded  ->  this
//
// Pure functions of the bytes they see, callable from any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace freshet::engine {

// How many bytes the first character of `text` has in UTF-8; 0 if it is not UTF-8. `text` is not
// empty.
std::size_t character_bytes(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace freshet::engine
