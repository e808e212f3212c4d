// Sixteen bytes of a text at once, for loops that would otherwise look at each byte by itself.
//
//     a text  ->  ByteBlock::at(text)  ->  a mask: bit i is about the i-th byte
//
// Two kinds that answer alike: one of the vector instructions that every x86-64 has, and one of
// plain C++. `ByteBlock` is the faster one that the machine offers.
//
// Threads: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace freshet::engine {

inline constexpr std::size_t block_bytes = 16;
inline constexpr std::uint32_t whole_block = 0xFFFF;  // the mask of all bytes

class PlainByteBlock {
public:
    // Reads the block_bytes bytes that begin there.
    static PlainByteBlock at(const char* bytes) {
        PlainByteBlock block;
        std::memcpy(block.bytes_.data(), bytes, block_bytes);
        return block;
    }
    void store(char* bytes) const { std::memcpy(bytes, bytes_.data(), block_bytes); }

    // Those that belong to characters beyond ASCII.
    [[nodiscard]] std::uint32_t beyond_ascii() const {
        return where([](signed char byte) { return byte < 0; });
    }
    // Those that continue a character of UTF-8: 0x80 to 0xBF.
    [[nodiscard]] std::uint32_t continuing() const {
        return where([](signed char byte) { return byte < -0x40; });
    }
    [[nodiscard]] std::uint32_t equal_to(char byte) const {
        return where([byte](signed char one) { return one == static_cast<signed char>(byte); });
    }
    // Those from `first` to `last`, which are both ASCII and not NUL.
    [[nodiscard]] std::uint32_t between(char first, char last) const {
        return where([&](signed char byte) { return byte >= first && byte <= last; });
    }
    // The block with the letters from `first` to `last` in the other case: ASCII, as in between().
    [[nodiscard]] PlainByteBlock with_other_case(char first, char last) const {
        PlainByteBlock block;
        for (std::size_t i = 0; i < block_bytes; ++i) {
            const bool changes = bytes_[i] >= first && bytes_[i] <= last;
            block.bytes_[i] = static_cast<signed char>(bytes_[i] ^ (changes ? case_bit : 0));
        }
        return block;
    }

    static constexpr int case_bit = 0x20;  // in which the two cases of an ASCII letter differ

private:
    template <class Test>
    [[nodiscard]] std::uint32_t where(Test test) const {
        std::uint32_t mask = 0;
        for (std::size_t i = 0; i < block_bytes; ++i) {
            mask |= static_cast<std::uint32_t>(test(bytes_[i])) << i;
        }
        return mask;
    }

    std::array<signed char, block_bytes> bytes_ = {};
};

#if defined(__SSE2__)

// Bytes are compared as signed numbers, so those beyond ASCII are the negative ones.
class VectorByteBlock {
public:
    static VectorByteBlock at(const char* bytes) {
        return VectorByteBlock(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
    }
    void store(char* bytes) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), bytes_); }

    [[nodiscard]] std::uint32_t beyond_ascii() const { return mask(bytes_); }
    [[nodiscard]] std::uint32_t continuing() const {
        return mask(_mm_cmplt_epi8(bytes_, _mm_set1_epi8(-0x40)));
    }
    [[nodiscard]] std::uint32_t equal_to(char byte) const {
        return mask(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(byte)));
    }
    [[nodiscard]] std::uint32_t between(char first, char last) const {
        return mask(in_range(first, last));
    }
    [[nodiscard]] VectorByteBlock with_other_case(char first, char last) const {
        const __m128i case_bits =
            _mm_and_si128(in_range(first, last), _mm_set1_epi8(PlainByteBlock::case_bit));
        return VectorByteBlock(_mm_xor_si128(bytes_, case_bits));
    }

private:
    explicit VectorByteBlock(__m128i bytes) : bytes_(bytes) {}

    static std::uint32_t mask(__m128i bytes) {
        return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
    }
    [[nodiscard]] __m128i in_range(char first, char last) const {
        const __m128i from = _mm_cmpgt_epi8(bytes_, _mm_set1_epi8(static_cast<char>(first - 1)));
        const __m128i to = _mm_cmplt_epi8(bytes_, _mm_set1_epi8(static_cast<char>(last + 1)));
        return _mm_and_si128(from, to);
    }

    __m128i bytes_;
};

using ByteBlock = VectorByteBlock;

#else

using ByteBlock = PlainByteBlock;

#endif

}  // namespace freshet::engine
