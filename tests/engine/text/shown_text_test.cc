// What engine/text/shown_text.h promises of texts that others chose.

#include "engine/text/shown_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/text/json.h"
#include "engine/text/utf8.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

// In UTF-8.
std::string character(char32_t point) {
    const auto follower = [point](unsigned shift) {
        return static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
    };
    if (point < 0x80) return {static_cast<char>(point)};
    if (point < 0x800) return {static_cast<char>(0xC0U | (point >> 6U)), follower(0)};
    if (point < 0x10000) {
        return {static_cast<char>(0xE0U | (point >> 12U)), follower(6), follower(0)};
    }
    return {static_cast<char>(0xF0U | (point >> 18U)), follower(12), follower(6), follower(0)};
}

bool is_surrogate(char32_t point) {
    return point >= 0xD800 && point <= 0xDFFF;
}

TEST(ShownText, QuotesAsJsonDoes) {
    EXPECT_EQ(quoted_text("ann"), R"("ann")");
    EXPECT_EQ(quoted_text("x\", role \"admin"), R"("x\", role \"admin")");
    EXPECT_EQ(quoted_text("a\\b\n\r\t"), R"("a\\b\n\r\t")");
    EXPECT_EQ(quoted_text(""), R"("")");
}

TEST(ShownText, LeavesWhatPeopleWriteAsItIs) {
    const std::string text = "Zoë, Łódź, 東京, Ω, שלום, 🍕, ~!#$%&'()*+";

    EXPECT_EQ(quoted_text(text), '"' + text + '"');
    EXPECT_EQ(shown_text(text), text);
}

// Each character is either as it was, or an escape that is all visible ASCII.
TEST(ShownText, EscapesEveryCharacterThatIsNotSeenForWhatItIs) {
    const auto is_escaped = [](char32_t point) {
        const std::string text = shown_text(character(point));
        if (text == character(point)) return false;
        EXPECT_TRUE(
            std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; }));
        EXPECT_EQ(text.front(), '\\');
        return true;
    };
    const auto expect_escaped = [&](char32_t first, char32_t last) {
        for (char32_t point = first; point <= last; ++point) {
            EXPECT_TRUE(is_escaped(point)) << std::hex << static_cast<unsigned>(point);
        }
    };

    expect_escaped(0x00, 0x1F);
    expect_escaped(0x7F, 0x9F);
    expect_escaped(0x61C, 0x61C);
    expect_escaped(0x200B, 0x200F);
    expect_escaped(0x2028, 0x202E);
    expect_escaped(0x2066, 0x2069);
    expect_escaped(0xFEFF, 0xFEFF);
    expect_escaped(0xE0001, 0xE007F);
    for (const char32_t point : {0x20, 0x7E, 0xA0, 0xE9, 0x2027, 0x2030, 0xFFFD, 0x1F355}) {
        EXPECT_FALSE(is_escaped(point)) << std::hex << static_cast<unsigned>(point);
    }
}

TEST(ShownText, ReadsBackAsTheSameText) {
    for (char32_t point = 0; point <= 0xE0100; point += point < 0x3000 ? 1 : 97) {
        if (is_surrogate(point)) continue;
        const std::string text = "a" + character(point) + "\"b\\";
        std::string json;
        append_quoted(json, text);

        EXPECT_EQ(support::must(JsonDocument::parse(json)).root().text(), text) << json;
        EXPECT_EQ(json, quoted_text(text));
    }
}

TEST(ShownText, EscapesBytesThatAreNotUtf8) {
    EXPECT_EQ(quoted_text("a\xFF\xC3"), R"("a\ufffd\ufffd")");
    EXPECT_EQ(quoted_text("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")");
    EXPECT_EQ(shown_text("\xC0\xAF"), R"(\ufffd\ufffd)");
    for (int byte = 0; byte < 256; ++byte) {
        EXPECT_TRUE(is_utf8(quoted_text(std::string(3, static_cast<char>(byte)))));
    }
}

TEST(ShownText, CutsAtACharacterAndSaysSoBehindTheQuotes) {
    EXPECT_EQ(quoted_text("abcdef", 6), R"("abcdef")");
    EXPECT_EQ(quoted_text("abcdefg", 6), R"("abcdef"…)");
    EXPECT_EQ(quoted_text("abcdeé", 6), R"("abcde"…)");
    EXPECT_EQ(quoted_text("abcde\n", 6), R"("abcde"…)") << "no half of an escape";
    EXPECT_EQ(quoted_text("…", 3), "\"…\"") << "not cut";
    EXPECT_EQ(shown_text("abcdefg", 6), "abcdef…");
    EXPECT_EQ(quoted_text(std::string(100'000, '\x01')).size(),
              shown_bytes_max / 6 * 6 + std::string("\"\"…").size());
}

TEST(ShownText, AWordForAShellMeansNothingToIt) {
    const std::string arn = "arn:aws:dynamodb:eu-west-1:1:table/o/stream/2026-01-01T00:00:00.000";

    EXPECT_EQ(shell_word(arn), arn);
    EXPECT_EQ(shell_word("$(reboot)"), "'$(reboot)'");
    EXPECT_EQ(shell_word("a;b"), "'a;b'");
    EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("a\nb"), R"('a\nb')");
}

}  // namespace
}  // namespace freshet::engine
