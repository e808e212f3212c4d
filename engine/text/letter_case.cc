#include "engine/text/letter_case.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/text/utf8.h"

namespace freshet::engine {

namespace {

using Letter = char32_t;

// Small letters whose capitals stand at a fixed distance before or behind them.
struct Range {
    Letter first;
    Letter last;
    std::int32_t to_capital;
};
constexpr std::array ranges = {
    Range{'a', 'z', -32},       Range{0x00E0, 0x00F6, -32}, Range{0x00F8, 0x00FE, -32},
    Range{0x00FF, 0x00FF, 121}, Range{0x03AC, 0x03AC, -38}, Range{0x03AD, 0x03AF, -37},
    Range{0x03B1, 0x03C1, -32}, Range{0x03C3, 0x03CB, -32}, Range{0x03CC, 0x03CC, -64},
    Range{0x03CD, 0x03CE, -63}, Range{0x0430, 0x044F, -32}, Range{0x0450, 0x045F, -80},
    Range{0x0561, 0x0586, -48},
};

// Stretches in which each capital is followed by its small letter; the first is a capital.
struct Pairs {
    Letter first;
    Letter last;
};
constexpr std::array pairs = {
    Pairs{0x0100, 0x012F}, Pairs{0x0132, 0x0137}, Pairs{0x0139, 0x0148}, Pairs{0x014A, 0x0177},
    Pairs{0x0179, 0x017E}, Pairs{0x0460, 0x0481}, Pairs{0x048A, 0x04BF}, Pairs{0x04D0, 0x052F},
    Pairs{0x1E00, 0x1E95}, Pairs{0x1EA0, 0x1EFF},
};

Letter shifted(Letter letter, std::int32_t distance) {
    return static_cast<Letter>(static_cast<std::int32_t>(letter) + distance);
}

Letter capital_of(Letter letter) {
    if (letter == 0x03C2) return 0x03A3;  // the sigma at a word's end
    for (const Range& range : ranges) {
        if (letter >= range.first && letter <= range.last) return shifted(letter, range.to_capital);
    }
    for (const Pairs& stretch : pairs) {
        if (letter < stretch.first || letter > stretch.last) continue;
        return (letter - stretch.first) % 2 == 1 ? letter - 1 : letter;
    }
    return letter;
}

Letter small_of(Letter letter) {
    for (const Range& range : ranges) {
        const Letter small = shifted(letter, -range.to_capital);
        if (small >= range.first && small <= range.last) return small;
    }
    for (const Pairs& stretch : pairs) {
        if (letter < stretch.first || letter > stretch.last) continue;
        return (letter - stretch.first) % 2 == 0 ? letter + 1 : letter;
    }
    return letter;
}

// Of a well-formed character of one to three bytes.
Letter decode(std::string_view character) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
    if (character.size() == 1) return byte(0);
    if (character.size() == 2) return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
    return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
}

void append(std::string& out, Letter letter) {
    const auto byte = [&out](Letter bits) { out += static_cast<char>(bits); };
    if (letter < 0x80) return byte(letter);
    if (letter < 0x800) {
        byte(0xC0U | letter >> 6U);
    } else {
        byte(0xE0U | letter >> 12U);
        byte(0x80U | (letter >> 6U & 0x3FU));
    }
    byte(0x80U | (letter & 0x3FU));
}

template <class Change>
std::string with_letters(std::string_view text, Change change) {
    constexpr std::size_t letter_bytes_max = 3;
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = character_bytes(text);
        if (size == 0 || size > letter_bytes_max) {
            out += text.substr(0, size == 0 ? 1 : size);
        } else {
            append(out, change(decode(text.substr(0, size))));
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out;
}

}  // namespace

std::string in_upper_case(std::string_view text) {
    return with_letters(text, capital_of);
}

std::string in_lower_case(std::string_view text) {
    return with_letters(text, small_of);
}

}  // namespace freshet::engine
