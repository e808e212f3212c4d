#include "http/serving/request_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "http/messages/request_gate.h"
#include "tests/support/packing.h"

namespace freshet::http {
namespace {

using State = RequestReader::State;

constexpr std::size_t body_bytes_max = 1'000;
constexpr const char* post = "POST /records HTTP/1.1\r\nHost: localhost\r\n";

// Offers the bytes in slices, each time with what was left of those before, and returns what
// nobody took.
std::string offer(RequestReader& reader, const std::string& bytes, std::size_t slice) {
    std::string left;
    std::size_t at = 0;
    while (reader.state() != State::complete && reader.state() != State::refused) {
        if (at >= bytes.size()) break;
        left += bytes.substr(at, slice);
        at += slice;
        left.erase(0, reader.take(left));
    }
    return at < bytes.size() ? left + bytes.substr(at) : left;
}

// The status that the request is refused with, the same in one piece and byte by byte; 0 if it
// is not refused.
int refusal(const std::string& bytes) {
    int status = -1;
    for (const std::size_t slice : {bytes.size(), std::size_t{1}}) {
        RequestReader reader(body_bytes_max);
        offer(reader, bytes, slice);
        const int now = reader.state() == State::refused ? reader.refusal().status : 0;
        EXPECT_TRUE(status == -1 || status == now) << now << " and " << status << ": " << bytes;
        status = now;
    }
    return status;
}

TEST(RequestReader, ReadsARequestHoweverItComes) {
    const std::string bytes = std::string(post) + "Content-Length: 5\r\nX-A:  b \r\n\r\nhelloGET";
    for (std::size_t slice = 1; slice <= bytes.size(); ++slice) {
        RequestReader reader(body_bytes_max);

        const std::string left = offer(reader, bytes, slice);

        ASSERT_EQ(reader.state(), State::complete) << slice;
        EXPECT_EQ(reader.request().method, "POST");
        EXPECT_EQ(reader.request().target.segments.front(), "records");
        EXPECT_EQ(reader.request().header("x-a"), "b");
        EXPECT_EQ(reader.request().body, "hello");
        EXPECT_EQ(left, "GET");
    }
}

TEST(RequestReader, ReadsChunksHoweverTheyCome) {
    const std::string bytes = std::string(post) +
                              "Transfer-Encoding: chunked\r\n\r\n"
                              "3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nGET";
    for (std::size_t slice = 1; slice <= bytes.size(); ++slice) {
        RequestReader reader(body_bytes_max);

        const std::string left = offer(reader, bytes, slice);

        ASSERT_EQ(reader.state(), State::complete) << slice;
        EXPECT_EQ(reader.request().body, "hello");
        EXPECT_EQ(left, "GET");
    }
}

TEST(RequestReader, ReadsOneRequestAfterTheOther) {
    RequestReader reader(body_bytes_max);
    offer(reader, std::string(post) + "Content-Length: 1\r\n\r\na", 1'000);

    reader.next();
    EXPECT_EQ(reader.state(), State::idle);
    offer(reader, "GET /livez HTTP/1.0\r\nHost: [::1]\r\n\r\n", 1'000);

    ASSERT_EQ(reader.state(), State::complete);
    EXPECT_EQ(reader.request().method, "GET");
    EXPECT_EQ(reader.request().headers.size(), 1U);
    EXPECT_EQ(reader.request().body, "");
    EXPECT_FALSE(reader.request().keep_alive);
}

TEST(RequestReader, AConnectionThatIsToBeClosedIsNotKeptAliveToo) {
    RequestReader reader(body_bytes_max);

    offer(reader,
          "GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n"
          "Connection: x, Close\r\n\r\n",
          1'000);

    ASSERT_EQ(reader.state(), State::complete);
    EXPECT_FALSE(reader.request().keep_alive);
}

TEST(RequestReader, ToleratesAnEmptyLineBeforeARequest) {
    RequestReader reader(body_bytes_max);

    offer(reader, "\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 1'000);

    EXPECT_EQ(reader.state(), State::complete);
}

TEST(RequestReader, SaysWhenTheClientWaitsForContinue) {
    RequestReader reader(body_bytes_max);
    offer(reader, std::string(post) + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", 1'000);
    EXPECT_TRUE(reader.wants_continue());

    offer(reader, "h", 1);
    EXPECT_FALSE(reader.wants_continue());
}

TEST(RequestReader, RefusesABodyBeyondTheLimit) {
    const std::string head(post);
    EXPECT_EQ(refusal(head + "Content-Length: 1000\r\n\r\n"), 0);
    EXPECT_EQ(refusal(head + "Content-Length: 1001\r\n\r\n"), 413);
    EXPECT_EQ(refusal(head + "Content-Length: 18446744073709551615\r\n\r\n"), 413);

    const std::string chunk = "3e8\r\n" + std::string(1'000, 'a') + "\r\n";
    const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(refusal(chunked + chunk + "0\r\n\r\n"), 0);
    EXPECT_EQ(refusal(chunked + chunk + "1\r\na\r\n0\r\n\r\n"), 413);
}

// The streamed body, drained after each slice.
std::string stream(RequestReader& reader, const std::string& bytes, std::size_t slice) {
    std::string body;
    std::string left;
    std::size_t at = 0;
    while (reader.state() != State::complete && at < bytes.size()) {
        left += bytes.substr(at, slice);
        at += slice;
        const std::size_t offered = left.size();
        left.erase(0, reader.take(left));
        EXPECT_LE(reader.request().body.size(), offered);
        body += reader.take_body();
        EXPECT_EQ(reader.request().body, "");
    }
    EXPECT_EQ(left, "") << "of what does not belong to another request";
    return body;
}

constexpr const char* lines =
    "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n";

TEST(RequestReader, HandsABodyOfLinesOnAsItComesWhateverItsLength) {
    std::string body;
    while (body.size() < 5 * body_bytes_max) body += "line " + std::to_string(body.size()) + "\n";
    const std::string bytes =
        lines + ("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    for (const std::size_t slice : {std::size_t{1}, std::size_t{100}, bytes.size()}) {
        RequestReader reader(body_bytes_max);

        EXPECT_EQ(stream(reader, bytes, slice), body);

        EXPECT_EQ(reader.state(), State::complete);
        EXPECT_TRUE(reader.streams());
    }
}

TEST(RequestReader, HandsTheChunksOfABodyOfLinesOnAsTheyCome) {
    const std::string piece(900, 'a');
    std::string bytes = lines + std::string("Transfer-Encoding: chunked\r\n\r\n");
    std::string body;
    for (int i = 0; i < 5; ++i) {
        body += piece;
        bytes += "384\r\n" + piece + "\r\n";
    }
    bytes += "0\r\n\r\n";
    for (const std::size_t slice : {std::size_t{1}, std::size_t{100}, bytes.size()}) {
        RequestReader reader(body_bytes_max);

        EXPECT_EQ(stream(reader, bytes, slice), body);

        EXPECT_EQ(reader.state(), State::complete);
    }
}

TEST(RequestReader, StreamsABodyOfLinesThatIsEmptyToo) {
    for (const char* rest : {"\r\n", "Content-Length: 0\r\n\r\n"}) {
        RequestReader reader(body_bytes_max);

        EXPECT_EQ(stream(reader, std::string(lines) + rest, 1'000), "");

        EXPECT_EQ(reader.state(), State::complete);
        EXPECT_TRUE(reader.streams());
    }
}

TEST(RequestReader, StreamsNothingButABodyOfLines) {
    RequestReader reader(body_bytes_max);
    stream(reader, std::string(lines) + "Content-Length: 2\r\n\r\n{}", 1'000);
    reader.next();
    EXPECT_FALSE(reader.streams());

    offer(reader, std::string(post) + "Content-Length: 2\r\n\r\n{}", 1'000);

    EXPECT_FALSE(reader.streams());
    EXPECT_EQ(reader.request().body, "{}");
}

TEST(RequestReader, RefusesOddChunksOfABodyOfLines) {
    const std::string head = std::string(lines) + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(refusal(head + "3\r\nabcd\r\n0\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "0\r\nX: y\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "3;" + std::string(9'000, 'a')), 400);
}

TEST(RequestReader, RefusesWhatCouldHideASecondRequest) {
    const std::string head(post);
    EXPECT_EQ(refusal(head + "Transfer-Encoding: xchunked\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Transfer-Encoding: chunked, identity\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
    EXPECT_EQ(refusal(head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
              400);
    EXPECT_EQ(refusal(head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length: 3, 3\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length: +3\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length: 0x3\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length: -1\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length: 18446744073709551616\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "Content-Length : 3\r\n\r\n"), 400);
    EXPECT_EQ(refusal("POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"),
              400);
    EXPECT_EQ(refusal(head + "X: a\r\n b\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "X: a\rb\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "X: a\nY: b\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + std::string("X: a\0b\r\n\r\n", 10)), 400);
}

TEST(RequestReader, AnEmptyChunkedBodyMayComeByteByByte) {
    RequestReader reader(body_bytes_max);

    offer(reader, std::string(post) + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1);

    EXPECT_EQ(reader.state(), State::complete);
    EXPECT_EQ(reader.request().body, "");
}

TEST(RequestReader, RefusesOddChunks) {
    const std::string head = std::string(post) + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(refusal(head + "3;" + std::string(250, 'a') + "\r\nabc\r\n0\r\n\r\n"), 0);
    EXPECT_EQ(refusal(head + "3;" + std::string(300, 'a') + "\r\nabc\r\n0\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "3;" + std::string(9'000, 'a')), 400);
    EXPECT_EQ(refusal(head + "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "0\r\nX: y\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "0\r\nContent-Length: 5\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "xyz\r\n"), 400);
    EXPECT_EQ(refusal(head + "3\r\nabcd\r\n0\r\n\r\n"), 400);
    EXPECT_EQ(refusal(head + "10000000000000000\r\n"), 400);
}

TEST(RequestReader, RefusesWhatIsNoRequest) {
    EXPECT_EQ(refusal("hello\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.2\r\nHost: localhost\r\n\r\n"), 505);
    EXPECT_EQ(refusal("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n"), 505);
    EXPECT_EQ(refusal("GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET /a/../b HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), 403);
    EXPECT_EQ(refusal("GET * HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET http://example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n"), 403);
    EXPECT_EQ(refusal(std::string(head_bytes_max + 1, 'a')), 431);
}

// Decodes what there is to decode, as a connection does between the turns of others.
void decode_all(RequestReader& reader) {
    while (reader.is_decoding()) EXPECT_EQ(reader.take("never taken"), 0U);
}

TEST(RequestReader, DecodesNothingBeforeItsOwnerAsksAgain) {
    const std::string packed = support::packed_as_gzip("hello");
    RequestReader reader(body_bytes_max);

    reader.take(std::string(post) + "Content-Encoding: gzip\r\nContent-Length: " +
                std::to_string(packed.size()) + "\r\n\r\n" + packed);

    EXPECT_EQ(reader.state(), State::body);
    EXPECT_TRUE(reader.is_decoding());
    EXPECT_EQ(reader.request().body, "");
    EXPECT_EQ(reader.take("GET"), 0U);
    EXPECT_EQ(reader.state(), State::complete);
    EXPECT_EQ(reader.request().body, "hello");
    EXPECT_EQ(reader.coding(), ContentCoding::gzip);
    EXPECT_EQ(reader.decoded_bytes(), 5U);
}

TEST(RequestReader, EndsTheDecodingOfABodyWhereItPassesItsLimit) {
    const std::string bomb = support::packed_as_zstd(std::string(64U << 20U, 'a'));
    RequestReader reader(body_bytes_max);
    reader.take(std::string(post) + "Content-Encoding: zstd\r\nContent-Length: " +
                std::to_string(bomb.size()) + "\r\n\r\n" + bomb);

    decode_all(reader);

    ASSERT_EQ(reader.state(), State::refused);
    EXPECT_EQ(reader.refusal().status, 413);
    EXPECT_EQ(reader.decoded_bytes(), body_bytes_max + 1);
}

TEST(RequestReader, CountsWhatDecodesABodyAsItsMemory) {
    const std::string packed = support::packed_as_zstd(std::string(900, 'a'), 20);
    RequestReader reader(body_bytes_max);
    reader.take(std::string(post) + "Content-Encoding: zstd\r\nContent-Length: " +
                std::to_string(packed.size() + 1) + "\r\n\r\n" + packed);

    decode_all(reader);

    EXPECT_EQ(reader.state(), State::body);
    EXPECT_GT(reader.body_memory(), 1U << 20U);  // its window
}

TEST(RequestReader, KeepsNoMemoryOfABodyForTheNextRequest) {
    constexpr std::size_t large = 1U << 20U;
    RequestReader reader(large);
    offer(reader,
          std::string(post) + "Content-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'a'),
          65'536);
    ASSERT_EQ(reader.state(), State::complete);

    reader.next();

    EXPECT_LT(reader.request().body.capacity(), 100U);
}

TEST(RequestReader, ABodyWithoutAByteIsNoneOfACoding) {
    RequestReader reader(body_bytes_max);
    reader.take(std::string(post) + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\nGET");

    decode_all(reader);

    ASSERT_EQ(reader.state(), State::refused);
    EXPECT_EQ(reader.refusal().status, 400);
}

TEST(RequestReader, ARequestWithoutABodyMayNameACoding) {
    RequestReader reader(body_bytes_max);

    reader.take("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n\r\n");

    EXPECT_EQ(reader.state(), State::complete);
}

}  // namespace
}  // namespace freshet::http
