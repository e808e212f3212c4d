#include "engine/text/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::engine {
namespace {

TEST(Utf8Test, ACharacterHasOneToFourBytes) {
    EXPECT_EQ(character_bytes("ab"), 1u);
    EXPECT_EQ(character_bytes("\xC3\xA9x"), 2u);
    EXPECT_EQ(character_bytes("\xE2\x82\xACx"), 3u);
    EXPECT_EQ(character_bytes("\xF0\x9F\x8D\x95x"), 4u);
    EXPECT_EQ(character_bytes(std::string(1, '\0')), 1u);
}

TEST(Utf8Test, TakesTheFirstAndTheLastCharacterOfEachLength) {
    for (const char* text :
         {"\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
          "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_EQ(character_bytes(text), std::string(text).size()) << text;
    }
}

TEST(Utf8Test, RefusesOverlongFormsSurrogatesAndWhatIsBeyondUnicode) {
    for (const char* text : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                             "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                             "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
        EXPECT_EQ(character_bytes(text), 0u) << text;
    }
}

TEST(Utf8Test, RefusesWhatIsCutShortOrBeginsInTheMiddle) {
    for (const char* text : {"\xC3", "\xC3(", "\xE2\x82", "\xE2(\xAC", "\xE2\x82(", "\xF0\x9F\x8D",
                             "\xF0\x9F\x8D(", "\x80", "\xBF"}) {
        EXPECT_EQ(character_bytes(text), 0u) << text;
    }
}

TEST(Utf8Test, ATextIsUtf8IfAllItsCharactersAre) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8D\x95z"));
    EXPECT_FALSE(is_utf8("a\xC3\xA9\xFFz"));
    EXPECT_FALSE(is_utf8("a\xE2\x82"));
}

}  // namespace
}  // namespace freshet::engine
