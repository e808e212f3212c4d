#include "engine/text/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace freshet::engine {
namespace {

std::string base64(std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    return text;
}

std::string base64url(std::string_view bytes) {
    std::string text;
    append_base64url(text, bytes);
    return text;
}

TEST(Base64Test, WritesTheExamplesOfTheStandard) {
    const std::vector<std::pair<std::string, std::string>> examples = {{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"fooba", "Zm9vYmE="},
                                                                       {"foobar", "Zm9vYmFy"}};

    for (const auto& [bytes, text] : examples) {
        EXPECT_EQ(base64(bytes), text);
        EXPECT_EQ(decode_base64(text), bytes);
    }
}

TEST(Base64Test, GivesEveryByteBackInEveryPlace) {
    for (int value = 0; value < 256; ++value) {
        for (std::size_t length = 1; length <= 4; ++length) {
            const std::string bytes(length, static_cast<char>(value));

            EXPECT_EQ(decode_base64(base64(bytes)), bytes);
            EXPECT_EQ(decode_base64url(base64url(bytes)), bytes);
        }
    }
}

TEST(Base64Test, HasItsOwnCharactersForUrls) {
    const std::string bytes = "\xFB\xEF\xFF\xFE";

    EXPECT_EQ(base64(bytes), "++///g==");
    EXPECT_EQ(base64url(bytes), "--___g");
    EXPECT_EQ(decode_base64("--___g=="), std::nullopt);
    EXPECT_EQ(decode_base64url("++///g"), std::nullopt);
}

TEST(Base64Test, RefusesWhatWritingWouldNotGiveBack) {
    for (const std::string text : {"Zg", "Zg=", "Z", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm 9v",
                                   "Zh==", "Zm9=", "Zm9v=", "=Zg=", "Zm=v"}) {
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
    }
    for (const std::string text : {"Zg==", "Z", "Zh", "Zm9", "Zm9vY", "Zm 9v", "Zm9v\n"}) {
        EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
    }
}

TEST(Base64Test, RefusesAZeroByteInTheText) {
    EXPECT_EQ(decode_base64(std::string("Zm\0v", 4)), std::nullopt);
}

}  // namespace
}  // namespace freshet::engine
