// Fixed-width integers in keys and headers. Big-endian, so that bytes order as numbers do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::storage::internal {

inline constexpr std::size_t fixed_bytes = 8;

inline void append_fixed(std::string& bytes, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>((value >> shift) & 0xFFU));
    }
}

// Reads fixed_bytes from `at`, which must be there.
inline std::uint64_t read_fixed(std::string_view bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < fixed_bytes; ++i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

}  // namespace freshet::storage::internal
