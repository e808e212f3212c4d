// SHA-256, by which credentials are told apart without being kept. Pure but for OpenSSL; any
// thread.
#pragma once

#include <array>
#include <string_view>

namespace freshet::http {

using Digest = std::array<unsigned char, 32>;

// Throws std::bad_alloc if OpenSSL cannot: without a digest, nobody is told from another.
Digest digest_of(std::string_view text);

}  // namespace freshet::http
