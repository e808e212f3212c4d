#include "bench/harness/endpoint.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "bench/harness/http_exchange.h"
#include "bench/harness/local_socket.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr std::string_view taken = R"({"batchItemFailures":[]})";

std::string call(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

// Serves until the socket has a whole answer.
HttpAnswer answer_to(LocalSocket& socket, Endpoint& endpoint) {
    std::optional<HttpAnswer> answer;
    while (!(answer = take_answer(socket))) {
        endpoint.serve(1);
        EXPECT_TRUE(socket.receive());
    }
    return *answer;
}

// Serves until so many calls were received as a whole.
void await_calls(Endpoint& endpoint, std::uint64_t calls) {
    while (endpoint.heard().calls < calls) endpoint.serve(1);
}

TEST(Endpoint, AnswersEachCallOfAConnectionThatAllIsTaken) {
    Endpoint endpoint;
    LocalSocket socket(endpoint.port());

    socket.send(call("one") + call("two") + call(""));

    for (int i = 0; i < 3; ++i) {
        const HttpAnswer answer = answer_to(socket, endpoint);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, taken);
    }
    EXPECT_EQ(endpoint.heard().calls, 3U);
    EXPECT_EQ(endpoint.heard().bytes, 6U);
}

TEST(Endpoint, TakesACallInWhateverPartsItComes) {
    const std::string body(10'000, 'b');
    const std::string whole = call(body);
    for (std::size_t cut = 1; cut < 120; ++cut) {
        Endpoint endpoint;
        LocalSocket socket(endpoint.port());

        socket.send(whole.substr(0, cut));
        while (endpoint.heard().first_at_ns == 0) endpoint.serve(1);
        EXPECT_EQ(endpoint.heard().calls, 0U);
        socket.send(whole.substr(cut));

        EXPECT_EQ(answer_to(socket, endpoint).body, taken);
        EXPECT_EQ(endpoint.heard().calls, 1U);
        EXPECT_EQ(endpoint.longest_body(), body);
    }
}

TEST(Endpoint, KeepsTheLongestBodyAndForgetsTheCalls) {
    Endpoint endpoint;
    LocalSocket first(endpoint.port());
    LocalSocket second(endpoint.port());

    first.send(call("short"));
    second.send(call("the longest"));
    await_calls(endpoint, 2);
    const std::uint64_t last_at = endpoint.heard().last_at_ns;
    EXPECT_GE(last_at, endpoint.heard().first_at_ns);
    endpoint.forget();
    EXPECT_EQ(endpoint.heard().calls, 0U);
    first.send(call("not it"));
    await_calls(endpoint, 1);

    EXPECT_EQ(endpoint.longest_body(), "the longest");
    EXPECT_EQ(endpoint.heard().bytes, 6U);
    EXPECT_GE(endpoint.heard().first_at_ns, last_at);
}

TEST(Endpoint, AnswersNoSoonerThanItsDelay) {
    constexpr unsigned delay_ms = 20;
    Endpoint endpoint(delay_ms);
    LocalSocket socket(endpoint.port());
    const std::uint64_t begin = now_ns();

    socket.send(call("slow"));

    EXPECT_EQ(answer_to(socket, endpoint).body, taken);
    EXPECT_GE(seconds_since(begin), delay_ms / 1e3);
}

TEST(Endpoint, ContinuesWhenACallerHasGone) {
    Endpoint endpoint(20);
    {
        LocalSocket in_the_middle(endpoint.port());
        in_the_middle.send(call(std::string(1'000, 'm')).substr(0, 100));
        LocalSocket waiting(endpoint.port());
        waiting.send(call("gone before it is answered"));
        await_calls(endpoint, 1);
    }
    LocalSocket socket(endpoint.port());

    socket.send(call("here"));

    EXPECT_EQ(answer_to(socket, endpoint).body, taken);
    EXPECT_EQ(endpoint.heard().calls, 2U);
}

}  // namespace
}  // namespace freshet::bench
