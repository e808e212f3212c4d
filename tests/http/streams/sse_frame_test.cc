// What http/streams/sse_frame.h promises, by example.

#include "http/streams/sse_frame.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::http {
namespace {

std::string frame(const SseFrame& parts) {
    std::string out;
    append_frame(out, parts);
    return out;
}

TEST(SseFrame, HasAFieldForEachPart) {
    EXPECT_EQ(frame({.id = "5f3c.7", .event = "placed", .data = R"({"id":"a"})"}),
              "id: 5f3c.7\nevent: placed\ndata: {\"id\":\"a\"}\n\n");
}

TEST(SseFrame, IsABookmarkWithOnlyAnId) {
    EXPECT_EQ(frame({.id = "5f3c.7", .event = {}, .data = {}}), "id: 5f3c.7\n\n");
}

TEST(SseFrame, GivesEachLineOfDataALineOfItsOwn) {
    EXPECT_EQ(frame({.id = {}, .event = {}, .data = "a\nb\rc\r\nd\n\n"}),
              "data: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: \n\n");
    EXPECT_EQ(frame({.id = {}, .event = {}, .data = "\r\rid: 1\n\revent: reset"}),
              "data: \ndata: \ndata: id: 1\ndata: \ndata: event: reset\n\n");
}

// All texts of five characters, two of which end a line.
TEST(SseFrame, GivesEachLineOfAnyDataALineOfItsOwn) {
    constexpr std::string_view letters = "a\r\n";
    for (std::size_t number = 0; number < 243; ++number) {
        std::string data;
        for (std::size_t rest = number, i = 0; i < 5; ++i, rest /= 3) data += letters[rest % 3];

        std::string wanted = "data: ";
        for (std::size_t i = 0; i < data.size(); ++i) {
            if (data[i] == '\n' && i > 0 && data[i - 1] == '\r') continue;
            wanted += data[i] == 'a' ? "a" : "\ndata: ";
        }
        EXPECT_EQ(frame({.id = {}, .event = {}, .data = data}), wanted + "\n\n");
    }
}

TEST(SseFrame, CommentsAndRetriesStandAlone) {
    std::string out;
    append_retry(out, 2'000);
    append_comment(out, "the server stops");
    EXPECT_EQ(out, "retry: 2000\n\n: the server stops\n\n");
}

TEST(SseFrameDeathTest, NeverLetsAnEventIdEndItsLine) {
    EXPECT_DEATH(frame({.id = "7\nevent: reset", .event = {}, .data = {}}),
                 "a field of a frame is one line");
}

}  // namespace
}  // namespace freshet::http
