#include "engine/text/text_count.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "engine/text/byte_block.h"

namespace freshet::engine {

namespace {

std::size_t count_bits(std::uint32_t mask) {
    return static_cast<std::size_t>(std::popcount(mask));
}

// The bytes of the whitespace with which `text` begins; 0 if it begins with something else. Bytes
// after the end are read as NUL.
std::size_t whitespace_bytes(std::string_view text) {
    const auto byte = [text](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
    };
    const unsigned second = byte(1);
    const unsigned third = byte(2);
    switch (byte(0)) {
        case '\t':
        case '\n':
        case '\v':
        case '\f':
        case '\r':
        case ' ':
            return 1;
        case 0xC2:  // U+0085, U+00A0
            return second == 0x85 || second == 0xA0 ? 2 : 0;
        case 0xE1:  // U+1680
            return second == 0x9A && third == 0x80 ? 3 : 0;
        case 0xE2: {  // U+2000 to U+200A, U+2028, U+2029, U+202F; U+205F
            if (second == 0x81) return third == 0x9F ? 3 : 0;
            const bool is_space =
                (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF;
            return second == 0x80 && is_space ? 3 : 0;
        }
        case 0xE3:  // U+3000
            return second == 0x80 && third == 0x80 ? 3 : 0;
        default:
            return 0;
    }
}

// Where the separator may stand among the block_bytes places from `text` on: its first and its last
// byte are there.
std::uint32_t candidates(const char* text, std::string_view separator) {
    const ByteBlock first = ByteBlock::at(text);
    const ByteBlock last = ByteBlock::at(text + separator.size() - 1);
    return first.equal_to(separator.front()) & last.equal_to(separator.back());
}

}  // namespace

std::size_t count_words(std::string_view text) {
    std::size_t words = 0;
    std::uint32_t after_space = 1;  // whether a word would begin here
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(at + block_bytes, text.size());
        if (end - at == block_bytes) {
            const ByteBlock block = ByteBlock::at(text.data() + at);
            if (block.beyond_ascii() == 0) {
                const std::uint32_t spaces = block.equal_to(' ') | block.between('\t', '\r');
                words += count_bits(~spaces & (spaces << 1U | after_space) & whole_block);
                after_space = spaces >> (block_bytes - 1);
                at = end;
                continue;
            }
        }
        while (at < end) {
            const std::size_t space = whitespace_bytes(text.substr(at));
            if (space == 0) words += after_space;
            after_space = space == 0 ? 0 : 1;
            at += std::max<std::size_t>(space, 1);
        }
    }
    return words;
}

std::size_t count_characters(std::string_view text) {
    std::size_t continuing = 0;
    std::size_t at = 0;
    for (; at + block_bytes <= text.size(); at += block_bytes) {
        continuing += count_bits(ByteBlock::at(text.data() + at).continuing());
    }
    for (; at < text.size(); ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++continuing;
    }
    return text.size() - continuing;
}

std::size_t count_pieces(std::string_view text, std::string_view separator) {
    std::size_t pieces = 1;
    std::size_t at = 0;  // the end of the last separator, and of what was looked through
    while (at + block_bytes + separator.size() - 1 <= text.size()) {
        std::uint32_t mask = candidates(text.data() + at, separator);
        if (separator.size() == 1) {
            pieces += count_bits(mask);
            at += block_bytes;
            continue;
        }
        const std::size_t begin = at;
        at += block_bytes;
        for (std::size_t free = begin; mask != 0; mask &= mask - 1) {
            const std::size_t place = begin + static_cast<std::size_t>(std::countr_zero(mask));
            if (place < free || !text.substr(place).starts_with(separator)) continue;
            ++pieces;
            free = place + separator.size();
            at = std::max(at, free);
        }
    }
    for (at = text.find(separator, at); at != std::string_view::npos;
         at = text.find(separator, at + separator.size())) {
        ++pieces;
    }
    return pieces;
}

}  // namespace freshet::engine
