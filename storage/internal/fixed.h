// Fixed-width integers in keys and headers. Big-endian, so that bytes order as numbers do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::storage::internal {

inline constexpr std::size_t fixed_bytes = 8;

inline void append_fixed(std::string& bytes, std::uint64_t value) {
    std::array<char, fixed_bytes> fixed;
    for (char& byte : fixed) {
        byte = static_cast<char>(value >> 56U);
        value <<= 8U;
    }
    bytes.append(fixed.data(), fixed.size());
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
