// What engine/text/letter_case.h promises, by example.

#include "engine/text/letter_case.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::engine {
namespace {

TEST(LetterCase, ChangesTheLettersOfSeveralScripts) {
    EXPECT_EQ(in_upper_case("straw, Émile à Łódź; ÿ"), "STRAW, ÉMILE À ŁÓDŹ; Ÿ");
    EXPECT_EQ(in_lower_case("STRAW, ÉMILE À ŁÓDŹ; Ÿ"), "straw, émile à łódź; ÿ");
    EXPECT_EQ(in_upper_case("αθήνα λόγος"), "ΑΘΉΝΑ ΛΌΓΟΣ");
    EXPECT_EQ(in_lower_case("ΑΘΉΝΑ ΏΡΑ"), "αθήνα ώρα");
    EXPECT_EQ(in_upper_case("ёлка, їжак, ћук"), "ЁЛКА, ЇЖАК, ЋУК");
    EXPECT_EQ(in_lower_case("ЁЛКА, ЇЖАК, ЋУК"), "ёлка, їжак, ћук");
    EXPECT_EQ(in_upper_case("բառ"), "ԲԱՌ");
    EXPECT_EQ(in_lower_case("ԲԱՌ"), "բառ");
}

TEST(LetterCase, LeavesTheRestAsItIs) {
    for (const char* text : {"", "0123 !?", "ß × ÷", "日本語 テキスト", "🙂", "\xFF\xC3(", "ı"}) {
        EXPECT_EQ(in_upper_case(text), text);
        EXPECT_EQ(in_lower_case(text), text);
    }
}

TEST(LetterCase, EveryCapitalComesBackFromItsSmallLetter) {
    for (unsigned letter = 0; letter < 0x2000; ++letter) {
        if (letter == 0x03C2) continue;  // one of two small letters of one capital
        std::string text;
        if (letter < 0x80) {
            text = {static_cast<char>(letter)};
        } else if (letter < 0x800) {
            text = {static_cast<char>(0xC0U | letter >> 6U),
                    static_cast<char>(0x80U | (letter & 0x3FU))};
        } else {
            text = {static_cast<char>(0xE0U | letter >> 12U),
                    static_cast<char>(0x80U | (letter >> 6U & 0x3FU)),
                    static_cast<char>(0x80U | (letter & 0x3FU))};
        }
        const std::string upper = in_upper_case(text);
        const std::string lower = in_lower_case(text);
        EXPECT_EQ(in_lower_case(upper), lower) << letter;
        EXPECT_EQ(in_upper_case(lower), upper) << letter;
    }
}

}  // namespace
}  // namespace freshet::engine
