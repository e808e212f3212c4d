#include "storage/hashed_key.h"

#include <xxhash.h>

#include <random>

namespace freshet::storage {

HashedKey::HashedKey(std::string_view bytes)
    : bytes_(bytes), hash_(XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed())) {}

std::uint64_t HashedKey::seed() {
    static const std::uint64_t drawn = [] {
        std::random_device random;
        return (std::uint64_t{random()} << 32U) | random();
    }();
    return drawn;
}

}  // namespace freshet::storage
