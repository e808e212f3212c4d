#include "engine/text/letter_case.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/text/byte_block.h"
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

constexpr Letter shifted(Letter letter, std::int32_t distance) {
    return static_cast<Letter>(static_cast<std::int32_t>(letter) + distance);
}

constexpr Letter capital_of(Letter letter) {
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

constexpr Letter small_of(Letter letter) {
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

// What every letter becomes, worked out once from the rules above: they are asked too often to be
// gone through for each.
class CaseTable {
public:
    constexpr explicit CaseTable(Letter (*change)(Letter)) {
        for (Letter letter = 0; letter < low_.size(); ++letter) {
            low_[letter] = static_cast<char16_t>(change(letter));
        }
        for (Letter letter = 0; letter < high_.size(); ++letter) {
            high_[letter] = static_cast<char16_t>(change(high_first + letter));
        }
    }

    [[nodiscard]] constexpr Letter changed(Letter letter) const {
        if (letter < low_.size()) return low_[letter];
        if (letter < high_first || letter - high_first >= high_.size()) return letter;
        return high_[letter - high_first];
    }

    // Whether every letter has as many bytes in UTF-8 as what it becomes.
    [[nodiscard]] constexpr bool keeps_sizes() const {
        for (Letter letter = 0; letter < low_.size(); ++letter) {
            if (bytes_of(letter) != bytes_of(low_[letter])) return false;
        }
        return std::all_of(high_.begin(), high_.end(),
                           [](char16_t letter) { return bytes_of(letter) == 3; });
    }

private:
    static constexpr Letter high_first = 0x1E00;

    static constexpr std::size_t bytes_of(Letter letter) {
        return letter < 0x80 ? 1 : letter < 0x800 ? 2 : 3;
    }

    std::array<char16_t, 0x600> low_ = {};   // up to the Armenian letters
    std::array<char16_t, 0x100> high_ = {};  // the additional ones of Latin
};

// Of a well-formed character of two or three bytes.
Letter decode(std::string_view character) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
    if (character.size() == 2) return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
    return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
}

// Over a character of as many bytes.
void write(Letter letter, char* bytes, std::size_t size) {
    const auto put = [bytes](std::size_t at, Letter bits) { bytes[at] = static_cast<char>(bits); };
    if (size == 2) {
        put(0, 0xC0U | letter >> 6U);
    } else {
        put(0, 0xE0U | letter >> 12U);
        put(1, 0x80U | (letter >> 6U & 0x3FU));
    }
    put(size - 1, 0x80U | (letter & 0x3FU));
}

// One of the two cases: which letters of ASCII change, and all others by the table.
struct Case {
    char first;
    char last;
    CaseTable table;
};
constexpr Case upper_case{.first = 'a', .last = 'z', .table = CaseTable(capital_of)};
constexpr Case lower_case{.first = 'A', .last = 'Z', .table = CaseTable(small_of)};
static_assert(upper_case.table.keeps_sizes() && lower_case.table.keeps_sizes(),
              "a text changes in place");

// Changes the character at `at`, and returns where the next one begins.
std::size_t change_character(std::string& text, std::size_t at, const CaseTable& table) {
    constexpr std::size_t letter_bytes_max = 3;
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
        text[at] = static_cast<char>(table.changed(first));
        return at + 1;
    }
    const std::size_t size = character_bytes(std::string_view(text).substr(at));
    if (size == 0) return at + 1;
    if (size <= letter_bytes_max) {
        const Letter letter = decode(std::string_view(text).substr(at, size));
        const Letter changed = table.changed(letter);
        if (changed != letter) write(changed, text.data() + at, size);
    }
    return at + size;
}

std::string in_case(std::string_view text, const Case& to) {
    std::string changed(text);
    std::size_t at = 0;
    while (at < changed.size()) {
        const std::size_t end = std::min(at + block_bytes, changed.size());
        if (end - at == block_bytes) {
            char* const bytes = changed.data() + at;
            const ByteBlock block = ByteBlock::at(bytes);
            if (block.beyond_ascii() == 0) {
                block.with_other_case(to.first, to.last).store(bytes);
                at = end;
                continue;
            }
        }
        while (at < end) at = change_character(changed, at, to.table);
    }
    return changed;
}

}  // namespace

std::string in_upper_case(std::string_view text) {
    return in_case(text, upper_case);
}

std::string in_lower_case(std::string_view text) {
    return in_case(text, lower_case);
}

}  // namespace freshet::engine
