// Numbers in lower-case hexadecimal digits.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>

namespace freshet::engine {

// As few digits as it takes.
std::string hexadecimal(std::uint64_t number);

// The last `count` digits, 16 at most, with zeros in front.
void append_hexadecimal(std::string& out, std::uint64_t number, unsigned count);

}  // namespace freshet::engine
