// A body in a content coding is read as if it had come as it is, byte for byte, in whatever pieces.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "http/serving/request_reader.h"
#include "tests/support/packing.h"

namespace freshet::properties {
namespace {

using http::RequestReader;
using State = RequestReader::State;

constexpr std::size_t body_bytes_max = 100'000;

std::size_t value_below(std::size_t end) {
    return *rc::gen::inRange<std::size_t>(0, end);
}

struct Read {
    State state{};
    int status = 0;
    std::string answer;
    std::string body;

    bool operator==(const Read&) const = default;
};

// Reads the request in pieces of the sizes that rapidcheck draws.
Read read(const std::string& bytes) {
    RequestReader reader(body_bytes_max);
    std::string offered;
    std::size_t at = 0;
    Read result;
    while (reader.state() != State::complete && reader.state() != State::refused) {
        if (!reader.is_decoding()) {
            if (at == bytes.size()) break;
            const std::size_t most = *rc::gen::element<std::size_t>(1, 30, 3'000, 65'536);
            const std::size_t piece = std::min(1 + value_below(most), bytes.size() - at);
            offered += bytes.substr(at, piece);
            at += piece;
        }
        offered.erase(0, reader.take(offered));
        if (reader.streams()) result.body += reader.take_body();
    }
    result.state = reader.state();
    if (reader.state() == State::refused) {
        result.status = reader.refusal().status;
        result.answer = reader.refusal().body;
    } else if (!reader.streams()) {
        result.body = reader.request().body;
    }
    return result;
}

// Text as rows of a table are: some of it comes again and again, some does not.
std::string drawn_body() {
    std::string body;
    const std::size_t runs = value_below(20);
    for (std::size_t i = 0; i < runs; ++i) {
        const std::size_t length = value_below(*rc::gen::element<std::size_t>(10, 500, 12'000));
        const bool same = *rc::gen::arbitrary<bool>();
        const char first = *rc::gen::arbitrary<char>();
        for (std::size_t j = 0; j < length; ++j) {
            body += same ? first : static_cast<char>(first * static_cast<int>(j * j + 7 * j));
        }
    }
    return body;
}

struct Coded {
    std::string coding;
    std::string body;
};

// All of it at once, or, where the coding can say that, in several parts one after the other.
Coded coded(const std::string& body) {
    const std::size_t cut = value_below(body.size() + 1);
    const std::string head = body.substr(0, cut);
    const std::string tail = body.substr(cut);
    switch (value_below(6)) {
        case 0:
            return {"gzip", support::packed_as_gzip(body, *rc::gen::element(0, 1, 9))};
        case 1:
            return {"x-gzip", support::packed_as_gzip(head) + support::packed_as_gzip(tail)};
        case 2:
            return {"deflate", support::packed_as_zlib(body)};
        case 3:
            return {"deflate", support::packed_as_raw_deflate(body)};
        case 4:
            return {"zstd", support::packed_as_zstd(body)};
        default:
            return {"zstd", support::packed_as_zstd(head, 12) + support::packed_as_zstd(tail)};
    }
}

std::string request_of(const std::string& type, const std::string& coding,
                       const std::string& body) {
    std::string text =
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type + "\r\n";
    if (!coding.empty()) text += "Content-Encoding: " + coding + "\r\n";
    if (*rc::gen::arbitrary<bool>()) {
        return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    text += "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size();) {
        const std::size_t length = std::min(1 + value_below(20'000), body.size() - at);
        constexpr const char* digits = "0123456789abcdef";
        std::string size;
        for (std::size_t left = length; left > 0; left /= 16) size.insert(0, 1, digits[left % 16]);
        text += size + "\r\n" + body.substr(at, length) + "\r\n";
        at += length;
    }
    return text + "0\r\n\r\n";
}

void check(const std::string& type) {
    const std::string body = drawn_body();
    const Coded sent = coded(body);

    const Read plain = read(request_of(type, "", body));
    const Read decoded = read(request_of(type, sent.coding, sent.body));

    RC_TAG(sent.coding);
    RC_ASSERT(decoded == plain);
}

TEST(CodingProperty, ABodyIsReadAsIfItHadComeAsItIs) {
    EXPECT_TRUE(rc::check([] { check("application/json"); }));
}

TEST(CodingProperty, LinesAreReadAsIfTheyHadComeAsTheyAre) {
    EXPECT_TRUE(rc::check([] { check("application/x-ndjson"); }));
}

}  // namespace
}  // namespace freshet::properties
