#include "engine/text/json_tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace freshet::engine {
namespace {

// Each token's first character, one after the other.
std::string tokens_of(std::string_view text) {
    JsonTokens tokens;
    if (!tokens.read(text)) return "not taken";
    std::string first;
    for (const std::uint32_t place : tokens.places()) first += text[place];
    return first;
}

TEST(JsonTokens, BeginWhereBracketsStringsAndWordsDo) {
    EXPECT_EQ(tokens_of(R"({"a": [1.5, true ,"x,\"]"], "b":null})"), R"({":[1,t,"],":n})");
    EXPECT_EQ(tokens_of("\t7 \n"), "7");
}

TEST(JsonTokens, ShowWhatStandsBehindAStringOrAWord) {
    EXPECT_EQ(tokens_of(R"("a"b)"), "\"b");
    EXPECT_EQ(tokens_of(R"("a""b")"), "\"\"");
    EXPECT_EQ(tokens_of("1 2"), "12");
}

TEST(JsonTokens, AreNotThoseOfATextThatCannotBeJson) {
    EXPECT_EQ(tokens_of(""), "not taken");
    EXPECT_EQ(tokens_of(" \n"), "not taken");
    EXPECT_EQ(tokens_of("\"open"), "not taken");
    EXPECT_EQ(tokens_of("\"a\nb\""), "not taken") << "so no string has a line's end in it";
    EXPECT_EQ(tokens_of("[\"\xFF\"]"), "not taken");
}

// What is read stands at the very end of its memory, so a sanitizer sees what reads beyond.
TEST(JsonTokens, AreReadWithoutAByteBeyondTheText) {
    for (std::size_t bytes = 1; bytes < 200; ++bytes) {
        std::vector<char> text(bytes, ' ');
        text.back() = '7';

        EXPECT_EQ(tokens_of({text.data(), text.size()}), "7") << bytes;
    }
}

TEST(JsonTokens, AreReadOfOneTextAfterTheOther) {
    JsonTokens tokens;
    const std::string large = "[" + std::string(400'000, ' ') + "]";

    ASSERT_TRUE(tokens.read("[]"));
    EXPECT_EQ(tokens.places().size(), 2U);
    ASSERT_TRUE(tokens.read(large));
    EXPECT_EQ(tokens.places().back(), large.size() - 1);
    tokens.shrink();
    EXPECT_TRUE(tokens.places().empty());
    ASSERT_TRUE(tokens.read("[7]"));
    EXPECT_EQ(tokens.places().size(), 3U);
    EXPECT_FALSE(tokens.read("\""));
    EXPECT_TRUE(tokens.places().empty());
}

}  // namespace
}  // namespace freshet::engine
