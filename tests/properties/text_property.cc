// What is read sixteen bytes at a time is what is read one byte at a time: words, characters,
// pieces and letter case of random texts, against the plain loops that the engine had before.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/letter_case.h"
#include "engine/text/text_count.h"
#include "engine/text/utf8.h"

namespace freshet::properties {
namespace {

// ---- one byte, or one character, at a time ----

bool take_whitespace(std::string_view& text) {
    static constexpr std::string_view long_ones[] = {
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
        "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
        "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
    const char first = text.front();
    std::size_t size = first == ' ' || (first >= '\t' && first <= '\r') ? 1 : 0;
    for (const std::string_view space : long_ones) {
        if (text.starts_with(space)) size = space.size();
    }
    text.remove_prefix(size);
    return size > 0;
}

std::size_t plain_words(std::string_view text) {
    std::size_t words = 0;
    bool inside = false;
    while (!text.empty()) {
        if (take_whitespace(text)) {
            inside = false;
            continue;
        }
        if (!inside) ++words;
        inside = true;
        text.remove_prefix(1);
    }
    return words;
}

std::size_t plain_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::size_t plain_pieces(std::string_view text, std::string_view separator) {
    std::size_t pieces = 1;
    for (std::size_t at = text.find(separator); at != std::string_view::npos;
         at = text.find(separator, at + separator.size())) {
        ++pieces;
    }
    return pieces;
}

using Letter = char32_t;

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

Letter in_other_case(Letter letter, bool upper) {
    if (upper && letter == 0x03C2) return 0x03A3;
    for (const Range& range : ranges) {
        const Letter small = upper ? letter : shifted(letter, -range.to_capital);
        if (small < range.first || small > range.last) continue;
        return upper ? shifted(letter, range.to_capital) : small;
    }
    for (const Pairs& stretch : pairs) {
        if (letter < stretch.first || letter > stretch.last) continue;
        const bool is_small = (letter - stretch.first) % 2 == 1;
        if (is_small == upper) return upper ? letter - 1 : letter + 1;
    }
    return letter;
}

std::string encoded(Letter letter) {
    std::string bytes;
    const auto add = [&bytes](Letter bits) { bytes += static_cast<char>(bits); };
    if (letter < 0x80) {
        add(letter);
        return bytes;
    }
    if (letter < 0x800) {
        add(0xC0U | letter >> 6U);
    } else {
        add(0xE0U | letter >> 12U);
        add(0x80U | (letter >> 6U & 0x3FU));
    }
    add(0x80U | (letter & 0x3FU));
    return bytes;
}

Letter decoded(std::string_view character) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
    if (character.size() == 1) return byte(0);
    if (character.size() == 2) return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
    return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
}

std::string plain_case(std::string_view text, bool upper) {
    std::string out;
    while (!text.empty()) {
        const std::size_t size = engine::character_bytes(text);
        if (size == 0 || size > 3) {
            out += text.substr(0, std::max<std::size_t>(size, 1));
        } else {
            out += encoded(in_other_case(decoded(text.substr(0, size)), upper));
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

// ---- random texts ----

// What texts are made of: ASCII in long runs, whitespace of every kind, letters of one to three
// bytes and others, and bytes that are not UTF-8.
rc::Gen<std::string> any_part() {
    const auto run = [](std::string letters) {
        return rc::gen::resize(
            60, rc::gen::container<std::string>(rc::gen::elementOf(std::move(letters))));
    };
    return rc::gen::weightedOneOf<std::string>(
        {{4, run("aAzZ@[`{09 ")},
         {2, run("ab")},
         {2,
          rc::gen::element<std::string>(" ", "\t", "\n", "\r", "\v", "\f", "\x1F", "\x08", "\x0E")},
         {3, rc::gen::element<std::string>("\u0085", "\u00A0", "\u1680", "\u2000", "\u2005",
                                           "\u200A", "\u200B", "\u2028", "\u2029", "\u202F",
                                           "\u205F", "\u205E", "\u3000", "\u3001")},
         {3, rc::gen::element<std::string>("ä", "Ö", "ß", "ÿ", "ς", "Σ", "ё", "Ԓ", "Ա", "ẞ", "Ế")},
         {2, rc::gen::element<std::string>("日", "本", "語", "あ", "🙂", "한")},
         {2, rc::gen::container<std::string>(rc::gen::arbitrary<char>())},
         {1, rc::gen::element<std::string>("\xC2", "\xE2\x80", "\xE3\x80", "\xE1", "\xFF",
                                           "\xED\xA0\x80", "\xC0\xAF", "\x80")}});
}

std::string any_text() {
    const auto parts = *rc::gen::container<std::vector<std::string>>(any_part());
    std::string text;
    for (const std::string& part : parts) text += part;
    return text;
}

TEST(Text, IsCountedAsByteByByte) {
    const bool held = rc::check([] {
        const std::string text = any_text();
        RC_ASSERT(engine::count_words(text) == plain_words(text));
        RC_ASSERT(engine::count_characters(text) == plain_characters(text));
    });
    EXPECT_TRUE(held);
}

TEST(Text, IsCutIntoPiecesAsByteByByte) {
    const bool held = rc::check([] {
        const std::string text = any_text();
        const std::string separator = *rc::gen::element<std::string>(
            " ", "a", "aa", "ab", "aba", "abab", "  ", "ä", "日", "0aAzZ@[`{09 0123456789abcdef");
        RC_ASSERT(engine::count_pieces(text, separator) == plain_pieces(text, separator));
    });
    EXPECT_TRUE(held);
}

TEST(Text, ChangesCaseAsCharacterByCharacter) {
    const bool held = rc::check([] {
        const std::string text = any_text();
        RC_ASSERT(engine::in_upper_case(text) == plain_case(text, true));
        RC_ASSERT(engine::in_lower_case(text) == plain_case(text, false));
    });
    EXPECT_TRUE(held);
}

// Each at the beginning of a text, and again across the end of a block.
TEST(Text, ChangesEveryLetterAsItsRuleSays) {
    for (Letter letter = 1; letter < 0x10000; ++letter) {
        const std::string text = encoded(letter) + "0123456789abc" + encoded(letter);
        ASSERT_EQ(engine::in_upper_case(text), plain_case(text, true))
            << static_cast<unsigned>(letter);
        ASSERT_EQ(engine::in_lower_case(text), plain_case(text, false))
            << static_cast<unsigned>(letter);
    }
}

}  // namespace
}  // namespace freshet::properties
