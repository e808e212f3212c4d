// A key together with its hash, so that those who look it up in one memory after the other hash it
// once.
//
// Others choose the keys, and may look for such as have one hash: those would lie in one chain, and
// each look-up there would pass by all of them. So the hash depends on a number that each process
// draws for itself, and is never put on disk.
//
// Threads: values. It looks into the bytes of the key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/invariant.h"

namespace freshet::storage {

class HashedKey {
public:
    // Hashes the bytes, which must outlive it.
    explicit HashedKey(std::string_view bytes);

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

    // The same key in other bytes, which are equal to these.
    [[nodiscard]] HashedKey kept_in(std::string_view bytes) const {
        invariant(bytes == bytes_, "a key that is kept elsewhere is the same key");
        return {bytes, hash_};
    }

    bool operator==(const HashedKey& other) const {
        return hash_ == other.hash_ && bytes_ == other.bytes_;
    }

    struct Hash {
        std::size_t operator()(const HashedKey& key) const noexcept { return key.hash_; }
    };

    // What the hashes of this process depend on.
    [[nodiscard]] static std::uint64_t seed();

private:
    HashedKey(std::string_view bytes, std::uint64_t hash) : bytes_(bytes), hash_(hash) {}

    std::string_view bytes_;
    std::uint64_t hash_;
};

}  // namespace freshet::storage
