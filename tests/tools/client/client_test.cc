// The client against servers that behave and servers that do not.
#include "tools/client/client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_server.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using support::answer_text;
using support::FakeReply;
using support::FakeServer;
using support::must;

Client client_of(const FakeServer& server, ClientDeadlines deadlines = {}) {
    return Client(must(parse_server_url(server.url())), {}, deadlines);
}

std::string body_of(const Result<ClientAnswer>& answer) {
    return answer ? answer->body : answer.error().message;
}

TEST(ServerUrlTest, IsASchemeAHostAndAPort) {
    EXPECT_EQ(must(parse_server_url("http://127.0.0.1:8080")).text(), "http://127.0.0.1:8080");
    EXPECT_EQ(must(parse_server_url("HTTP://orders.example/")).authority(), "orders.example:80");
    const ServerUrl v6 = must(parse_server_url("http://[::1]:9000/"));
    EXPECT_EQ(v6.host, "::1");
    EXPECT_EQ(v6.authority(), "[::1]:9000");
    const ServerUrl secure = must(parse_server_url("https://orders.example"));
    EXPECT_EQ(secure.text(), "https://orders.example:443");
    EXPECT_TRUE(secure.secure);
    EXPECT_FALSE(v6.secure);
}

TEST(ServerUrlTest, IsNothingElse) {
    for (const char* text :
         {"", "127.0.0.1:8080", "http://", "http://:80", "http://a:0", "http://a:65536",
          "http://a:", "http://a:b", "http://a/b", "http://a?b", "http://user@a", "http://a b",
          "http://[::1", "http://[::1]x", "ftp://a", "http://a:80:80"}) {
        const auto url = parse_server_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, Errc::refused) << text;
    }
}

TEST(ClientTest, SendsARequestAndReadsItsAnswer) {
    const FakeServer server({{answer_text(404, "none", "Retry-After: 7\r\n")}});
    Client client(must(parse_server_url(server.url())), "secret");

    const auto answer = must(client.exchange({.method = "POST",
                                              .target = "/records?table=orders",
                                              .headers = {{"Prefer", "return=minimal"}},
                                              .body = "{}\n"}));

    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, "none");
    EXPECT_EQ(answer.header("retry-after"), "7");
    const auto request = server.requests().at(0);
    EXPECT_EQ(request.line(), "POST /records?table=orders HTTP/1.1");
    EXPECT_TRUE(request.has("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
    EXPECT_TRUE(request.has("\r\nAuthorization: Bearer secret\r\n"));
    EXPECT_TRUE(request.has("\r\nPrefer: return=minimal\r\n"));
    EXPECT_TRUE(request.has("\r\nContent-Length: 3\r\n"));
    EXPECT_EQ(request.body, "{}\n");
}

TEST(ClientTest, LetsNoHeaderBeginAnother) {
    const FakeServer server({{answer_text(200, "")}});
    Client client = client_of(server);

    must(client.exchange({.headers = {{"Last-Event-ID", "a\r\nX: b"}}}));

    EXPECT_TRUE(server.requests().at(0).has("\r\nLast-Event-ID: aX: b\r\n"));
}

TEST(ClientTest, KeepsItsConnection) {
    const FakeServer server({{answer_text(200, "a")}, {answer_text(200, "b")}});
    Client client = client_of(server);

    EXPECT_EQ(body_of(client.exchange({})), "a");
    EXPECT_EQ(body_of(client.exchange({})), "b");

    EXPECT_EQ(server.requests().at(1).connection, 0U);
}

TEST(ClientTest, OpensAKeptConnectionAgainThatWasClosedMeanwhile) {
    const FakeServer server({{answer_text(200, "a"), true}, {answer_text(200, "b")}});
    Client client = client_of(server);

    EXPECT_EQ(body_of(client.exchange({})), "a");
    EXPECT_EQ(body_of(client.exchange({})), "b");

    EXPECT_EQ(server.requests().at(1).connection, 1U);
}

TEST(ClientTest, TakesBytesThatNobodyAskedForToBeNoAnswer) {
    const FakeServer server(
        {{answer_text(200, "a") + answer_text(200, "smuggled")}, {answer_text(200, "b")}});
    Client client = client_of(server);

    EXPECT_EQ(body_of(client.exchange({})), "a");
    EXPECT_EQ(body_of(client.exchange({})), "b");
}

TEST(ClientTest, ReadsBodiesWithoutALength) {
    const FakeServer server({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                              support::chunk("ab") + support::chunk("c") + "0\r\n\r\n"},
                             {"HTTP/1.1 200 OK\r\n\r\nuntil the end", true}});
    Client client = client_of(server);

    EXPECT_EQ(body_of(client.exchange({})), "abc");
    EXPECT_EQ(body_of(client.exchange({})), "until the end");
}

TEST(ClientTest, HearsARefusalWhileItIsStillWriting) {
    const FakeServer server({{answer_text(413, "too much"), false, true}, {answer_text(200, "b")}});
    Client client = client_of(server);
    const std::string body(16U << 20U, 'x');

    const auto answer = client.exchange({.method = "POST", .body = body});

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 413);
    EXPECT_EQ(answer->body, "too much");
    EXPECT_EQ(body_of(client.exchange({})), "b");
}

TEST(ClientTest, SaysThatNobodyListens) {
    std::string url;
    {
        const FakeServer server({});
        url = server.url();
    }
    Client client(must(parse_server_url(url)));

    const auto answer = client.exchange({});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    EXPECT_NE(answer.error().message.find(url), std::string::npos);
    EXPECT_NE(answer.error().message.find("freshet serve"), std::string::npos);
}

TEST(ClientTest, TakesACutAnswerForNone) {
    const std::string whole = answer_text(200, "0123456789");
    for (const std::size_t length : {std::size_t{0}, std::size_t{9}, whole.size() - 1}) {
        const FakeServer server({{whole.substr(0, length), true}});
        Client client = client_of(server);

        const auto answer = client.exchange({});

        ASSERT_FALSE(answer) << length;
        EXPECT_EQ(answer.error().code, Errc::unavailable) << length;
        EXPECT_EQ(server.requests().size(), 1U) << "only a kept connection is tried again";
    }
}

TEST(ClientTest, SaysThatWhatAnswersIsNoHttp) {
    const FakeServer server({{"SSH-2.0-OpenSSH_9.2\r\n\r\n"}});
    Client client = client_of(server);

    const auto answer = client.exchange({});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::malformed) << answer.error().message;
}

TEST(ClientTest, WaitsNoLongerThanItsDeadline) {
    const FakeServer server({{""}, {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}});
    Client client = client_of(server, {.answer = 50ms});

    for (int i = 0; i < 2; ++i) {
        const auto answer = client.exchange({});

        ASSERT_FALSE(answer) << i;
        EXPECT_EQ(answer.error().code, Errc::unavailable) << i;
        EXPECT_NE(answer.error().message.find("0.050 s"), std::string::npos)
            << answer.error().message;
    }
}

TEST(ClientTest, DoesNotSendAgainWhatIsNotAnsweredInTime) {
    const FakeServer server({{answer_text(200, "a")}, {""}, {answer_text(200, "b")}});
    Client client = client_of(server, {.answer = 50ms});
    EXPECT_EQ(body_of(client.exchange({})), "a");

    EXPECT_FALSE(client.exchange({}));

    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(ClientTest, ReadsAStreamAsItComes) {
    const FakeServer server({{support::stream_head() + support::chunk(": hello\n")}});
    Client client = client_of(server, {.silence = 50ms});

    ASSERT_TRUE(must(client.open_stream({})).is_event_stream());
    std::string text;
    EXPECT_TRUE(must(client.read_some(text)));
    const auto silence = client.read_some(text);

    EXPECT_EQ(text, ": hello\n");
    ASSERT_FALSE(silence);
    EXPECT_EQ(silence.error().code, Errc::unavailable);
}

TEST(ClientTest, ReadsTheWholeOfWhatIsNoStream) {
    const FakeServer server({{answer_text(403, "no")}});
    Client client = client_of(server);

    EXPECT_EQ(body_of(client.open_stream({})), "no");
}

TEST(ClientAnswerTest, SaysWhatWentWrong) {
    EXPECT_EQ((ClientAnswer{.status = 404, .body = R"({"detail":"there is no \"x\""})"}.fault()),
              "404: there is no \"x\"");
    EXPECT_EQ((ClientAnswer{.status = 404, .body = "<html>"}.fault()), "404 Not Found");
    EXPECT_EQ((ClientAnswer{.status = 404, .body = R"({"detail":7})"}.fault()), "404 Not Found");
}

TEST(ClientAnswerTest, KnowsHowLongToWait) {
    const auto asked = [](const char* value) {
        return ClientAnswer{.headers = {{"Retry-After", value}}}.retry_after();
    };
    EXPECT_EQ(asked("3"), 3s);
    EXPECT_EQ(asked("0"), 0s);
    EXPECT_EQ(asked("999999999999"), 24h);
    EXPECT_FALSE(asked("Fri, 20 Nov 2026 18:00:00 GMT"));
    EXPECT_FALSE(asked("-1"));
    EXPECT_FALSE(ClientAnswer().retry_after());
}

}  // namespace
}  // namespace freshet::http
