// What a subscriber makes of a stream's bytes, and of a stream that is cut.
#include "tools/client/event_source.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_server.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::string_literals::operator""s;
using support::answer_text;
using support::chunk;
using support::FakeReply;
using support::FakeServer;
using support::must;
using support::stream_head;

// Such as "7 new-order {}", or "7 bookmark".
std::string shown(const ReceivedFrame& frame) {
    if (frame.bookmark) return frame.id + " bookmark";
    return frame.id + " " + frame.type + " " + frame.text;
}

void take_all(EventStreamParser& parser, std::vector<std::string>& frames) {
    while (const auto frame = parser.next()) frames.push_back(shown(*frame));
}

// The frames of these bytes, which must not depend on how they are cut to pieces.
std::vector<std::string> frames_of(const std::string& bytes) {
    EventStreamParser at_once;
    std::vector<std::string> frames;
    must(at_once.take(bytes));
    take_all(at_once, frames);

    EventStreamParser bit_by_bit;
    std::vector<std::string> again;
    for (const char c : bytes) {
        must(bit_by_bit.take({&c, 1}));
        take_all(bit_by_bit, again);
    }
    EXPECT_EQ(again, frames) << bytes;
    return frames;
}

using Frames = std::vector<std::string>;

TEST(EventStreamParserTest, ReadsAFrame) {
    EXPECT_EQ(frames_of("id: 7\nevent: new-order\ndata: {\"id\":1}\n\n"),
              Frames{"7 new-order {\"id\":1}"});
}

TEST(EventStreamParserTest, EndsLinesByEachOfTheThreeWays) {
    const Frames both = {"1 message a", "2 message b"};

    EXPECT_EQ(frames_of("id:1\ndata:a\n\nid:2\ndata:b\n\n"), both);
    EXPECT_EQ(frames_of("id:1\rdata:a\r\rid:2\rdata:b\r\r"), both);
    EXPECT_EQ(frames_of("id:1\r\ndata:a\r\n\r\nid:2\r\ndata:b\r\n\r\n"), both);
    EXPECT_EQ(frames_of("id:1\rdata:a\n\r\nid:2\r\ndata:b\r\r\n"), both);
}

TEST(EventStreamParserTest, JoinsLinesOfData) {
    EXPECT_EQ(frames_of("data: a\ndata\ndata:  b\ndata:\n\n"), Frames{" message a\n\n b\n"});
    EXPECT_EQ(frames_of("data\n\n"), Frames{" message "});
}

TEST(EventStreamParserTest, LeavesOutOneMarkOfByteOrder) {
    EXPECT_EQ(frames_of("\xEF\xBB\xBF"
                        "data: a\n\n"),
              Frames{" message a"});
    EXPECT_EQ(frames_of("\xEF\xBB\xBF\xEF\xBB\xBF"
                        "data: a\n\n"),
              Frames{});
    EXPECT_EQ(frames_of("\n\xEF\xBB\xBF"
                        "data: a\n\n"),
              Frames{});
}

TEST(EventStreamParserTest, PassesOverCommentsAndUnknownFields) {
    EXPECT_EQ(frames_of(": data: a\n:\nDATA: b\n data: c\ndata : d\nnothing\ndata: e\n\n"),
              Frames{" message e"});
}

TEST(EventStreamParserTest, ForgetsATypeWithoutData) {
    EXPECT_EQ(frames_of("event: a\n\ndata: b\n\n"), Frames{" message b"});
    EXPECT_EQ(frames_of("event: a\nevent:\ndata: b\n\n"), Frames{" message b"});
}

TEST(EventStreamParserTest, KeepsTheLastId) {
    EXPECT_EQ(frames_of("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"),
              (Frames{"1 message a", "1 message b", " message c"}));
}

TEST(EventStreamParserTest, IgnoresAnIdWithANulByte) {
    EXPECT_EQ(frames_of("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n"s),
              (Frames{"1 message a", "1 message b"}));
}

TEST(EventStreamParserTest, HandsOutAFrameWithOnlyAnIdAsABookmark) {
    EXPECT_EQ(frames_of("id: 1\n\nid: 2\nevent: a\n\n: 3\n\n"),
              (Frames{"1 bookmark", "2 bookmark"}));
}

TEST(EventStreamParserTest, TakesATimeToWaitInDigitsOnly) {
    EventStreamParser parser;
    must(parser.take("retry: 1500\n"));
    EXPECT_EQ(parser.retry(), 1500ms);

    for (const char* line : {"retry: 1.5\n", "retry: -1\n", "retry:\n", "retry: 7 \n"}) {
        must(parser.take(line));
        EXPECT_EQ(parser.retry(), 1500ms) << line;
    }
    must(parser.take("retry: 99999999999999999999\n"));
    EXPECT_EQ(parser.retry(), 5min);
}

TEST(EventStreamParserTest, ForgetsAFrameThatWasCut) {
    EventStreamParser parser;
    must(parser.take("id: 1\ndata: a\n\nid: 2\nevent: b\ndata: c\ndata: half"));
    EXPECT_EQ(shown(*parser.next()), "1 message a");

    parser.begin_stream();
    must(
        parser.take("\xEF\xBB\xBF"
                    "data: d\n\n"));

    EXPECT_EQ(shown(*parser.next()), "1 message d");
    EXPECT_EQ(parser.last_id(), "1");
    EXPECT_FALSE(parser.next());
}

TEST(EventStreamParserTest, BoundsAFrame) {
    const std::string line = "data: " + std::string(1U << 20U, 'x') + "\n";
    EventStreamParser parser;
    Result<void> taken;
    for (std::size_t size = 0; taken && size <= EventStreamParser::frame_bytes_max;
         size += line.size()) {
        taken = parser.take(line);
    }

    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::too_large);
}

class EventSourceTest : public ::testing::Test {
protected:
    // A subscription to a server that replies so.
    void subscribe(std::vector<FakeReply> replies) {
        server = std::make_unique<FakeServer>(std::move(replies));
        client.emplace(must(parse_server_url(server->url())));
        source = std::make_unique<EventSource>(
            *client,
            Subscription{.target = "/events?last_event_id=earliest",
                         .on_interruption =
                             [this](std::string_view why) { interruptions.emplace_back(why); },
                         .on_return = [this] { ++returns; }});
    }

    std::string next() {
        const auto frame = source->next();
        if (!frame) return "failed: " + frame.error().message;
        return *frame ? shown(**frame) : "the end";
    }

    std::unique_ptr<FakeServer> server;
    std::optional<Client> client;
    std::unique_ptr<EventSource> source;
    std::vector<std::string> interruptions;
    int returns = 0;
};

const std::string soon = "retry: 1\n\n";

TEST_F(EventSourceTest, GoesOnAfterTheLastIdWhenTheStreamIsCut) {
    subscribe({{stream_head() + chunk(soon + "id: e.1\n\nid: e.2\ndata: a\n\nid: e.3\nda"), true},
               {stream_head() + chunk("id: e.3\ndata: b\n\n")}});

    EXPECT_EQ(next(), "e.1 bookmark");
    EXPECT_EQ(next(), "e.2 message a");
    EXPECT_EQ(next(), "e.3 message b");

    const auto requests = server->requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].line(), "GET /events?last_event_id=earliest HTTP/1.1");
    EXPECT_TRUE(requests[0].has("\r\nAccept: text/event-stream\r\n"));
    EXPECT_FALSE(requests[0].has("Last-Event-ID"));
    EXPECT_EQ(requests[1].line(), requests[0].line());
    EXPECT_TRUE(requests[1].has("\r\nLast-Event-ID: e.2\r\n"));
    EXPECT_EQ(interruptions.size(), 1U);
}

TEST_F(EventSourceTest, SaysWhyAStreamEndsInOrderAndThatItIsBack) {
    subscribe({{stream_head() + chunk(soon + ": hello\n\nid: e.1\n\n") + "0\r\n\r\n"},
               {stream_head() + chunk("id: e.2\n\n: the server stops\n" + soon) + "0\r\n\r\n"},
               {stream_head() + chunk("id: e.3\n\n")}});

    EXPECT_EQ(next(), "e.1 bookmark");
    EXPECT_EQ(returns, 0);
    EXPECT_EQ(next(), "e.2 bookmark");
    EXPECT_EQ(returns, 1);
    EXPECT_EQ(next(), "e.3 bookmark");
    EXPECT_EQ(returns, 2);

    EXPECT_EQ(interruptions,
              (std::vector<std::string>{"the server has ended the stream",
                                        "the server has ended the stream: the server stops"}));
}

// It is told by 200, since a browser takes anything else as final.
TEST_F(EventSourceTest, SaysOnceThatItIsToldToComeLater) {
    const FakeReply later{stream_head() + chunk(": too many streams\n" + soon) + "0\r\n\r\n"};
    subscribe({later, later, {"", true}, later, {stream_head() + chunk("id: e.1\n\n")}});

    EXPECT_EQ(next(), "e.1 bookmark");

    EXPECT_EQ(interruptions,
              std::vector<std::string>{"the server has ended the stream: too many streams"});
    EXPECT_EQ(returns, 1);
}

TEST_F(EventSourceTest, TriesAgainWhileTheServerCannot) {
    subscribe({{answer_text(503, R"({"detail":"folding"})", "Retry-After: 0\r\n")},
               {stream_head() + chunk(soon + "id: e.1\n\n"), true},
               {"", true},
               {answer_text(502, "")},
               {answer_text(429, "")},
               {stream_head() + chunk("id: e.2\n\n")}});

    EXPECT_EQ(next(), "e.1 bookmark");
    EXPECT_EQ(next(), "e.2 bookmark");

    ASSERT_EQ(interruptions.size(), 2U) << "once for each time that it is gone";
    EXPECT_EQ(interruptions[0], "503: folding");
    EXPECT_EQ(returns, 2);
}

TEST_F(EventSourceTest, EndsWhenTheServerSaysThatThereIsNoMore) {
    subscribe({{stream_head() + chunk(soon) + "0\r\n\r\n"}, {"HTTP/1.1 204 No Content\r\n\r\n"}});

    EXPECT_EQ(next(), "the end");
}

TEST_F(EventSourceTest, FailsWhenItIsRefused) {
    subscribe({{answer_text(403, R"({"detail":"not yours"})")}});

    EXPECT_EQ(next(), "failed: 403: not yours");
}

TEST_F(EventSourceTest, FailsOnWhatIsNoStream) {
    subscribe({{answer_text(200, "<html>", "Content-Type: text/html\r\n")}});

    EXPECT_TRUE(next().starts_with("failed: the answer is no event stream"));
}

TEST_F(EventSourceTest, FailsIfTheServerCannotBeReachedAtFirst) {
    subscribe({});
    server.reset();

    EXPECT_TRUE(next().starts_with("failed: cannot reach"));
}

}  // namespace
}  // namespace freshet::http
