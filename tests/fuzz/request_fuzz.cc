// Hostile requests: however they are cut into pieces, the reader sees the same requests in them
// and refuses the same ones.

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/messages/target.h"
#include "http/serving/request_reader.h"
#include "tests/fuzz/hunt.h"

namespace freshet::fuzz {
namespace {

using http::RequestReader;
using State = RequestReader::State;

constexpr std::size_t body_bytes_max = 1'000;

// How the reading of one request ended.
struct Outcome {
    bool complete = false;
    int refused_with = 0;
    std::string method;
    std::string target;
    std::vector<std::string> fields;  // name, value, name, …
    std::string body;
    bool keep_alive = false;
    // The reader waits for more of a body before it looks at its last few bytes. What is wrong
    // with those may have been seen already if they came together with others.
    bool unsure = false;

    bool operator==(const Outcome&) const = default;

    friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
        return out << (outcome.complete ? "complete " : "incomplete ") << outcome.refused_with
                   << " " << outcome.method << " " << outcome.target << " with "
                   << outcome.body.size() << " bytes";
    }
};

// Both ended alike, or one of them might have with one more byte.
bool same_end(Outcome a, Outcome b) {
    if (std::exchange(a.unsure, false) && b.refused_with == 400) return true;
    if (std::exchange(b.unsure, false) && a.refused_with == 400) return true;
    return a == b;
}

void expect_same(const std::vector<Outcome>& got, const std::vector<Outcome>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i + 1 < got.size(); ++i) EXPECT_EQ(got[i], expected[i]);
    EXPECT_TRUE(same_end(got.back(), expected.back())) << got.back() << "; " << expected.back();
}

Outcome outcome_of(RequestReader& reader) {
    Outcome outcome;
    if (reader.state() == State::refused) outcome.refused_with = reader.refusal().status;
    if (reader.state() != State::complete) return outcome;
    const http::Request& request = reader.request();
    outcome.complete = true;
    outcome.method = request.method;
    outcome.target = request.raw_target;
    for (const http::HeaderField& field : request.headers) {
        outcome.fields.emplace_back(field.name);
        outcome.fields.emplace_back(field.value);
    }
    outcome.body = request.body;
    outcome.keep_alive = request.keep_alive;
    return outcome;
}

// Reads one request after the other, of pieces of at most that size. A connection offers what was
// left together with what has come.
std::vector<Outcome> read(const std::string& bytes, std::size_t piece_max, Dice& dice) {
    RequestReader reader(body_bytes_max);
    std::vector<Outcome> outcomes;
    std::string_view offered = std::string_view(bytes).substr(0, 0);
    const char* const end = bytes.data() + bytes.size();
    while (true) {
        // In memory of its own: a sanitizer sees whoever reads beyond what has come.
        const std::string copy(offered);
        const std::size_t taken = reader.take(copy);
        EXPECT_LE(taken, offered.size());
        offered.remove_prefix(taken);
        if (reader.state() == State::refused) break;
        if (reader.state() == State::complete) {
            outcomes.push_back(outcome_of(reader));
            reader.next();
            continue;
        }
        const auto rest = static_cast<std::size_t>(end - offered.data()) - offered.size();
        if (rest == 0) break;
        const std::size_t more = 1 + dice.below(std::min(rest, piece_max));
        offered = {offered.data(), offered.size() + more};
    }
    outcomes.push_back(outcome_of(reader));
    outcomes.back().unsure =
        reader.state() == State::body && !offered.empty() && offered.size() < 5;
    return outcomes;
}

const std::vector<std::string> requests{
    "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    std::string("GET /views/order/3f1c?at=17%3a1&wait=2.5 HTTP/1.0\r\n") +
        "Host: 127.0.0.1:8080\r\nAccept: */*\r\nIf-None-Match: W/\"17\", \"18\"\r\n\r\n",
    "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n{\"Records\":[]}",
    std::string("POST /records?table=orders HTTP/1.1\r\nHost: [::1]\r\n") +
        "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\n{\"R\r\n0b\r\necords\":[]}\r\n0\r\n\r\n",
    std::string("\r\nPUT /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n") +
        "Content-Length: 1\r\nConnection: close\r\n\r\nxGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
};

const std::vector<std::string> words{
    "\r\n\r\n",
    "\r",
    " ",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
    "3e9\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 99999999999999999999\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Connection: keep-alive, close\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: websocket\r\n",
    "Host: localhost\r\n",
    " folded\r\n",
    "HTTP/1.1",
    "HTTP/2.0",
    "%2e%2e/",
    "%00",
    "%C3",
    "?",
    std::string(9'000, 'b'),
};

TEST(RequestFuzz, HowARequestIsCutMakesNoDifference) {
    hunt({.corpus = requests, .tokens = words, .rounds = 60'000},
         [](const std::string& bytes, Dice& dice) {
             const auto whole = read(bytes, bytes.size(), dice);
             const auto in_pieces = read(bytes, 40, dice);
             const auto in_crumbs = read(bytes, bytes.size() < 1'000 ? 3 : 700, dice);
             expect_same(in_pieces, whole);
             expect_same(in_crumbs, whole);
             return whole.front().complete;
         });
}

bool same(const http::Target& a, const http::Target& b) {
    const auto same_parameter = [](const http::Parameter& one, const http::Parameter& other) {
        return one.name == other.name && one.value == other.value;
    };
    return a.segments == b.segments && std::equal(a.query.begin(), a.query.end(), b.query.begin(),
                                                  b.query.end(), same_parameter);
}

TEST(RequestFuzz, ATargetThatIsTakenSurvivesBeingWritten) {
    const std::vector<std::string> targets{"/", "/views/order/a%2Fb?key=c+d&key=e%2Bf&flag",
                                           "/tables/notes/%C3%BC/-7.5", "/records?&=&a=b=c",
                                           "http://localhost:8080/livez//?x=1"};
    hunt({.corpus = targets, .tokens = words, .rounds = 100'000},
         [](const std::string& text, Dice&) {
             // The request's head is looked at first, so nothing else ever gets here.
             if (!text.starts_with('/') && !http::split_absolute(text)) return false;
             const auto target = http::parse_target(text);
             if (!target) {
                 EXPECT_EQ(target.error().code, Errc::refused);
                 return false;
             }
             const std::string written = http::format_target(*target);
             const auto again = http::parse_target(written);
             EXPECT_TRUE(again && same(*again, *target)) << written;
             return true;
         });
}

}  // namespace
}  // namespace freshet::fuzz
