// What http/serving/exchange.h promises, by example.

#include "http/serving/exchange.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/http/serving/service_shop.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = RequestReader::State;

constexpr bool whole = true;
constexpr bool without_body = false;

class ExchangeTest : public ::testing::Test {
protected:
    ExchangeTest() { request.headers.push_back({"Host", "localhost:8080"}); }

    void ask(std::string_view method, std::string_view target) {
        request.method = method;
        request.target = support::must(parse_target(target));
    }
    void ask_for_preflight() {
        ask("OPTIONS", "/records");
        request.headers.push_back({"Origin", "https://shop.example"});
        request.headers.push_back({"Access-Control-Request-Method", "POST"});
    }
    void check(Exchange& checked, bool is_whole) {
        checked.check(at.service, peer, request, is_whole, start, at.shop.now);
    }
    // The status that the checks answer a further request with; 0 if it is let through.
    int status_of_next() {
        Exchange next;
        check(next, whole);
        return next.has_early_answer() ? next.take_early_answer().status : 0;
    }

    static constexpr seconds idle_max{60};
    const Exchange::TimePoint start{seconds(1'000)};
    ServiceShop at{{.address_rate = {.requests_per_s = 1, .burst = 1}}};
    Peer peer{.address = *engine::IpAddress::parse("203.0.113.5"), .seat = {}};
    Request request;
    Exchange exchange;
};

TEST_F(ExchangeTest, ARequestIsAskedOnceWhatItIsForAndWhose) {
    ask("POST", "/records");
    EXPECT_EQ(exchange.endpoint().path, "other");
    EXPECT_FALSE(exchange.is_checked());

    check(exchange, without_body);

    EXPECT_TRUE(exchange.is_checked());
    EXPECT_FALSE(exchange.has_early_answer());
    EXPECT_EQ(exchange.endpoint().path, "/records");
    EXPECT_NE(request.identity.caller, nullptr);
}

TEST_F(ExchangeTest, ARequestIsChargedOnceHoweverLongItsBodyTakes) {
    ask("POST", "/records");
    check(exchange, without_body);

    exchange.check_again(at.service, request, at.shop.now);

    EXPECT_FALSE(exchange.has_early_answer());
    EXPECT_EQ(status_of_next(), 429);
    EXPECT_EQ(at.counted("freshet_http_limited_total", {{"limit", "address"}}), 1);
}

TEST_F(ExchangeTest, AStreamThatIsTooManyIsAskedToComeLater) {
    ask("GET", "/events");
    EXPECT_EQ(status_of_next(), 0);

    check(exchange, whole);

    ASSERT_TRUE(exchange.has_early_answer());
    const Answer answer = exchange.take_early_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
    EXPECT_FALSE(exchange.has_early_answer());
}

TEST_F(ExchangeTest, AStreamThatTheServerHasNoRoomForIsAskedToComeLater) {
    peer.is_brief = true;
    ask("GET", "/livez");
    EXPECT_EQ(status_of_next(), 0);
    ask("GET", "/events");

    check(exchange, whole);

    ASSERT_TRUE(exchange.has_early_answer());
    EXPECT_EQ(exchange.take_early_answer().header("Content-Type"), "text/event-stream");
    EXPECT_EQ(at.counted("freshet_http_connections_refused_total", {}), 1);
}

TEST_F(ExchangeTest, AProbeIsChargedApart) {
    ask("GET", "/status");
    EXPECT_EQ(status_of_next(), 0);
    EXPECT_EQ(status_of_next(), 429);
    ask("GET", "/livez");
    EXPECT_EQ(status_of_next(), 0);
    EXPECT_EQ(status_of_next(), 429);
}

TEST_F(ExchangeTest, APreflightIsAnsweredOnceItIsWhole) {
    ask_for_preflight();

    check(exchange, without_body);
    EXPECT_FALSE(exchange.has_early_answer());
    exchange.check_again(at.service, request, at.shop.now);

    ASSERT_TRUE(exchange.has_early_answer());
    EXPECT_EQ(exchange.take_early_answer().status, 403);  // no origin is listed
}

TEST_F(ExchangeTest, AnAnswerIsCountedForItsEndpointAndSaysWhatIsLeft) {
    ask("GET", "/views/order/a");
    check(exchange, whole);
    exchange.set_asked_at(start);
    Answer answer(404);
    const auto counted = [this] {
        return at.counted("freshet_http_requests_total",
                          {{"route", "/views/{view}/{key}"}, {"method", "GET"}, {"code", "404"}});
    };

    exchange.complete(at.service, request, answer);
    EXPECT_EQ(answer.header("RateLimit"), R"("address";r=0;t=1)");
    EXPECT_LE(counted(), 0) << "it may be that there is no memory for its bytes";
    exchange.finish(at.service, peer, request, answer, start + seconds(2));

    EXPECT_EQ(counted(), 1);
    EXPECT_EQ(
        at.counted("freshet_http_request_duration_seconds_sum", {{"route", "/views/{view}/{key}"}}),
        2);
}

TEST_F(ExchangeTest, ARefusalIsCountedByItsReason) {
    const auto refused = [this](const std::string& reason) {
        return at.counted("freshet_http_refused_total", {{"reason", reason}});
    };
    ask_for_preflight();
    check(exchange, whole);
    Answer preflight = exchange.take_early_answer();
    Answer forbidden(403);
    Answer missing(404);

    for (Answer* answer : {&preflight, &forbidden, &missing}) {
        exchange.finish(at.service, peer, request, *answer, start);
    }

    EXPECT_EQ(refused("origin"), 1);
    EXPECT_EQ(refused("not_allowed"), 1);
    EXPECT_EQ(refused("none"), 0);
}

TEST_F(ExchangeTest, TheNextOneKnowsNothingOfTheOneBefore) {
    ask("GET", "/livez");
    check(exchange, whole);
    ASSERT_TRUE(exchange.may_continue());
    const auto deadline = exchange.read_deadline(State::head, idle_max, start);

    exchange = {};

    EXPECT_FALSE(exchange.is_checked());
    EXPECT_EQ(exchange.endpoint().path, "other");
    EXPECT_TRUE(exchange.may_continue());
    EXPECT_GT(exchange.read_deadline(State::head, idle_max, start + seconds(1)), deadline);
}

TEST_F(ExchangeTest, ABodyIsAllowedOnce) {
    EXPECT_TRUE(exchange.may_continue());
    EXPECT_FALSE(exchange.may_continue());
}

TEST_F(ExchangeTest, ADeadlineIsThatOfThePhaseAndDoesNotMove) {
    const auto limit = [&](State phase, seconds since_start) {
        return exchange.read_deadline(phase, idle_max, start + since_start) - start;
    };
    EXPECT_EQ(limit(State::idle, seconds(0)), idle_max);
    EXPECT_EQ(limit(State::head, seconds(5)), seconds(15));
    EXPECT_EQ(limit(State::head, seconds(14)), seconds(15));
    EXPECT_EQ(limit(State::body, seconds(14)), seconds(44));
    EXPECT_EQ(limit(State::body, seconds(43)), seconds(44));
}

}  // namespace
}  // namespace freshet::http
