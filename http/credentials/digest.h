// SHA-256, by which credentials are told apart without being kept. Pure but for OpenSSL; any
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace freshet::http {

using Digest = std::array<unsigned char, 32>;

// Of a digest, in tables in memory: any part of it is as good as random.
struct DigestHash {
    std::size_t operator()(const Digest& digest) const {
        std::size_t hash = 0;
        std::memcpy(&hash, digest.data(), sizeof hash);
        return hash;
    }
};

// Throws std::bad_alloc if OpenSSL cannot: without a digest, nobody is told from another.
Digest digest_of(std::string_view text);

}  // namespace freshet::http
