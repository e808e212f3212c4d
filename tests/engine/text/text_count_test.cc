// What engine/text/text_count.h promises, by example; tests/properties/text_property.cc compares it
// with a naive reading.

#include "engine/text/text_count.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::engine {
namespace {

TEST(TextCount, AWordMayCrossTheEndOfABlock) {
    EXPECT_EQ(count_words("0123456789 12345678 9"), 3U);
    EXPECT_EQ(count_words("0123456789 1234 678 9"), 4U);
    EXPECT_EQ(count_words("               a               b"), 2U);
    EXPECT_EQ(count_words("               ab              c"), 2U) << "a is the last of its block";
    EXPECT_EQ(count_words("0123456789abcdef\xE3\x80\x80g 0123456789abcde "), 3U);
    EXPECT_EQ(count_words("0123456789abcde\xE3\x80\x80g 0123456789abcde "), 3U)
        << "a space that begins in one block and ends in the next";
}

TEST(TextCount, WhatIsNotUtf8IsNotWhitespace) {
    EXPECT_EQ(count_words("a\xE3\x80"), 1U);
    EXPECT_EQ(count_words("a\xC2"), 1U);
    EXPECT_EQ(count_words("a\xE2\x80 b"), 2U);
}

TEST(TextCount, PiecesDoNotOverlap) {
    EXPECT_EQ(count_pieces(std::string(40, 'a'), "a"), 41U);
    EXPECT_EQ(count_pieces(std::string(40, 'a'), "aaa"), 14U);
    EXPECT_EQ(count_pieces(std::string(15, 'x') + "ab" + std::string(31, 'y') + "ab", "ab"), 3U);
    EXPECT_EQ(count_pieces("ab", "abc"), 1U);
    EXPECT_EQ(count_pieces("", "abc"), 1U);
}

}  // namespace
}  // namespace freshet::engine
