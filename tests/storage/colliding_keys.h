// Keys of one hash, which only those can make who know what the hashes of this process depend on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "storage/hashed_key.h"

namespace freshet::storage {

// The last 16 bytes of a key of 17 to 32 bytes. XXH3 multiplies their first half, with a part of
// its secret and the seed, with their second half, which tells the ends apart: and this first half
// makes that a product with 0.
inline std::string colliding_end(int number) {
    constexpr std::uint64_t secret = 0xDB97'9083'E96D'D4DE;
    const std::uint64_t half = secret + HashedKey::seed();
    std::string end(sizeof half, ' ');
    std::memcpy(end.data(), &half, sizeof half);
    return end + std::to_string(10'000'000 + number);
}

}  // namespace freshet::storage
