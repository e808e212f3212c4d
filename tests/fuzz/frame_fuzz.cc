// Hostile data in a stream: whatever it holds, a client sees one frame, with that data and no other
// fields; and whatever a client sends as its last id, only an id of ours is taken for one.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "http/streams/event_id.h"
#include "http/streams/sse_frame.h"
#include "tests/fuzz/hunt.h"
#include "tests/readers/event_frames.h"

namespace freshet::fuzz {
namespace {

// As the standard joins the lines of data again.
std::string with_plain_line_ends(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        plain += text[i] == '\r' ? '\n' : text[i];
    }
    return plain;
}

TEST(FrameFuzz, DataForgesNothing) {
    const Game game{.corpus = {R"({"id":"a","note":"one"})", "one\ntwo\r\nthree\rfour",
                               "data: x\n\nid: 5f3c.9\nevent: reset\ndata: {}\n\n"},
                    .tokens = {"\r", "\n", "\r\n", "\n\n", "\r\r", "data:", "id: 1", "event: reset",
                               "retry: 1", ":", "\xEF\xBB\xBF", std::string(1, '\0')}};

    hunt(game, [](const std::string& data, Dice&) {
        if (data.empty()) return false;
        std::string bytes;
        http::append_frame(bytes, {.id = "5f3c.7", .event = "placed", .data = data});
        http::append_frame(bytes, {.id = "5f3c.8", .event = {}, .data = {}});

        support::FrameParser parser;
        parser.take(bytes);
        const auto frame = parser.next();
        const auto bookmark = parser.next();

        EXPECT_TRUE(frame && bookmark && !parser.next());
        if (!frame || !bookmark) return false;
        EXPECT_EQ(frame->id, "5f3c.7");
        EXPECT_EQ(frame->event, "placed");
        EXPECT_FALSE(frame->retry.has_value());
        EXPECT_EQ(frame->data, with_plain_line_ends(data));
        EXPECT_TRUE(bookmark->is_bookmark());
        EXPECT_EQ(bookmark->id, "5f3c.8");
        return data.find('\0') == std::string::npos;
    });
}

TEST(FrameFuzz, OnlyAnIdOfOursIsTakenForOne) {
    const Game game{.corpus = {"5f3c.1041", "0.0", "ffffffffffffffff.18446744073709551615"},
                    .tokens = {".", "0", "f", "F", "-", "+", " ", "1", "\n"}};

    hunt(game, [](const std::string& text, Dice&) {
        const auto id = http::parse_event_id(text);
        if (!id) return false;
        std::string again;
        http::append_event_id(again, *id);
        EXPECT_EQ(again, text);
        return true;
    });
}

}  // namespace
}  // namespace freshet::fuzz
