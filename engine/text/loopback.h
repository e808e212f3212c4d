// What of IPv4 is this machine itself. Pure, callable from any thread.
//
// The configuration asks where to listen, and http whether a request's Host may be believed: both
// must mean the same addresses.
#pragma once

#include <string_view>

namespace freshet::engine {

// Whether the text is an address of 127.0.0.0/8 in its usual form: four decimal numbers, without
// leading zeros, which some programs would read as octal.
bool is_loopback_ipv4(std::string_view text);

}  // namespace freshet::engine
