// A key together with its hash, so that those who look it up in one memory after the other hash it
// once.
//
// Threads: values. It looks into the bytes of the key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet::storage {

class HashedKey {
public:
    // Hashes the bytes, which must outlive it.
    HashedKey(std::string_view bytes);

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

    // The same key in other bytes, which are equal to these.
    [[nodiscard]] HashedKey kept_in(std::string_view bytes) const { return {bytes, hash_}; }

    bool operator==(const HashedKey& other) const {
        return hash_ == other.hash_ && bytes_ == other.bytes_;
    }

    struct Hash {
        std::size_t operator()(const HashedKey& key) const noexcept { return key.hash_; }
    };

private:
    HashedKey(std::string_view bytes, std::uint64_t hash) : bytes_(bytes), hash_(hash) {}

    std::string_view bytes_;
    std::uint64_t hash_;
};

}  // namespace freshet::storage
