// What http/routes/stream_routes.h promises, by example.

#include "http/routes/stream_routes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "http/routes/endpoints.h"
#include "http/streams/event_id.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"
#include "tests/world/tables.h"

namespace freshet::http {
namespace {

bool wants(std::string_view accept) {
    Request request;
    request.headers.push_back({"Accept", accept});
    return wants_stream(request);
}

TEST(StreamRoutes, AStreamIsWantedByItsMediaType) {
    EXPECT_TRUE(wants("text/event-stream"));
    EXPECT_TRUE(wants("application/json, Text/Event-Stream;q=0.5"));
    EXPECT_TRUE(wants("text/event-stream;charset=utf-8"));

    EXPECT_FALSE(wants_stream(Request{}));
    EXPECT_FALSE(wants("*/*"));
    EXPECT_FALSE(wants("application/json"));
    EXPECT_FALSE(wants("text/event-stream;q=0, application/json"));
    EXPECT_FALSE(wants("text/event-stream ; q = 0.000"));
}

class StreamRoutesTest : public ::testing::Test {
protected:
    explicit StreamRoutesTest(const engine::Config& config = shop_config()) : shop(config) {}

    NextStep ask(const std::string& target, std::vector<std::string> headers = {}) {
        return shop.ask({.method = "GET", .target = target, .headers = std::move(headers)});
    }
    // Where a stream begins; empty if there is none.
    std::string start(const std::string& target, std::vector<std::string> headers = {}) {
        const NextStep step = ask(target, std::move(headers));
        const auto* stream = std::get_if<StreamToFollow>(&step);
        if (stream == nullptr) return {};
        const std::string_view id = stream->head.header("Last-Event-ID");
        return std::string(id.substr(id.find('.') + 1));
    }

    RouteShop shop;
};

TEST_F(StreamRoutesTest, TheHeaderWinsOverTheQueryAndAnEmptyOneIsNone) {
    shop.ordered("a", 1);
    shop.ordered("b", 1);

    EXPECT_EQ(start("/events"), "2");
    EXPECT_EQ(start("/events?last_event_id=earliest"), "0");
    EXPECT_EQ(start("/events?lastEventId=earliest"), "0");
    EXPECT_EQ(start("/events?lastEventID=earliest"), "0");
    EXPECT_EQ(start("/events?last_event_id=earliest", {"Last-Event-ID: latest"}), "2");
    EXPECT_EQ(start("/events?last_event_id=earliest", {"Last-Event-ID: "}), "0");
    EXPECT_EQ(start("/records?after=1", {"Accept: text/event-stream"}), "1");
    EXPECT_EQ(start("/records?after=1", {"Accept: text/event-stream", "Last-Event-ID: earliest"}),
              "0");
}

// The shop, where placing an order is an event.
engine::Config telling_config() {
    const std::string text = support::server_section + support::orders_table("from = \"shop\"\n") +
                             "[[table.event]]\ntype = \"placed\"\non = \"INSERT\"\n" +
                             "data = [\"id=pk\"]\n";
    return support::must(engine::parse_config(text, "shop.toml"));
}

class EventRoutesTest : public StreamRoutesTest {
protected:
    EventRoutesTest() : StreamRoutesTest(telling_config()) {}
};

TEST_F(EventRoutesTest, ABatchIsAnsweredAtOnceOrAwaited) {
    shop.ordered("a", 1);

    const Answer now = std::get<Answer>(ask("/events?wait_s=20&last_event_id=earliest"));
    EXPECT_EQ(now.status, 200);
    EXPECT_EQ(now.header("Content-Type"), "application/json");
    EXPECT_EQ(now.header("Cache-Control"), "no-store");
    EXPECT_NE(now.body.find(R"({"events":[{"id":")"), std::string::npos) << now.body;
    EXPECT_NE(std::get<Answer>(ask("/events?wait_s=0")).body.find(R"({"events":[],"next":")"),
              std::string::npos);

    NextStep step = ask("/events?wait_s=20");
    auto& awaited = std::get<AnswerToAwait>(step);
    EXPECT_EQ(awaited.position.value, 2U);
    EXPECT_EQ(awaited.timeout, std::chrono::seconds(20));
    EXPECT_EQ(std::get<storage::Position>(awaited.poll->ask(false)).value, 2U);
    shop.ordered("b", 1);
    const Answer later = std::get<Answer>(awaited.poll->ask(false));
    EXPECT_NE(later.body.find(R"("data":{"id":"b")"), std::string::npos) << later.body;
}

TEST_F(EventRoutesTest, ALongFilterComesInABody) {
    shop.ordered("a", 1);
    shop.ordered("b", 1);
    const auto post = [&](const std::string& body, const std::string& type = "application/json") {
        return shop.ask({.method = "POST",
                         .target = "/events",
                         .headers = {"Content-Type: " + type},
                         .body = body});
    };
    const auto status = [&](const std::string& body) {
        return std::get<Answer>(post(body)).status;
    };

    const Answer batch = std::get<Answer>(
        post(R"({"key":["b","c"],"table":"orders","last_event_id":"earliest","wait_s":0})"));
    EXPECT_NE(batch.body.find(R"("data":{"id":"b")"), std::string::npos) << batch.body;
    EXPECT_EQ(batch.body.find(R"("data":{"id":"a")"), std::string::npos) << batch.body;
    EXPECT_TRUE(std::holds_alternative<StreamToFollow>(post(R"({"unnamed":true})")));
    EXPECT_TRUE(std::holds_alternative<StreamToFollow>(post("{}")));

    EXPECT_EQ(std::get<Answer>(post("{}", "text/plain")).status, 415);
    EXPECT_EQ(status("{"), 400);
    EXPECT_EQ(status("[]"), 422);
    EXPECT_EQ(status(R"({"key":[]})"), 422) << "which must not be all events";
    EXPECT_EQ(status(R"({"types":["placed"]})"), 400) << "a name that is not known";
    EXPECT_EQ(status(R"({"table":["orders","nothing"]})"), 400);
    const Answer wrong = std::get<Answer>(post(R"({"key":null,"topic":[1]})"));
    EXPECT_EQ(wrong.status, 422);
    EXPECT_NE(wrong.body.find(R"("pointer":"/key")"), std::string::npos) << wrong.body;
    EXPECT_NE(wrong.body.find(R"("pointer":"/topic")"), std::string::npos) << wrong.body;
}

// A polyfill keeps the address that it was given, and adds the id that it has reached by a name of
// its own.
TEST_F(StreamRoutesTest, TheIdThatAClientHasReachedWinsOverTheWordsOfItsAddress) {
    for (const std::string order : {"a", "b", "c"}) shop.ordered(order, 1);
    const std::string epoch = epoch_text(support::must(shop.engine().read_point())->mark().epoch);
    const std::string first = epoch + ".1";
    const std::string second = epoch + ".2";
    const struct {
        std::string query;
        std::string header;
        std::string begins;
    } table[] = {
        {"last_event_id=earliest&lastEventId=" + second, "", "2"},
        {"lastEventId=" + second + "&last_event_id=earliest", "", "2"},
        {"lastEventId=earliest&lastEventId=" + second, "", "2"},
        {"last_event_id=earliest&lastEventID=" + second, "", "2"},
        {"last_event_id=latest&lastEventId=" + first, "", "1"},
        {"last_event_id=" + first + "&lastEventId=" + second, "", "2"},
        {"lastEventId=" + second + "&last_event_id=" + first, "", "2"},
        {"last_event_id=1.9&lastEventId=" + first, "", "1"},
        {"last_event_id=earlist&lastEventId=" + first, "", "1"},
        {"last_event_id=earliest&lastEventId=", "", "0"},
        {"last_event_id=&lastEventId=&lastEventID=" + first, "", "1"},
        {"last_event_id=&lastEventId=", "", "3"},
        {"last_event_id=latest&lastEventId=earliest", "", "0"},
        {"last_event_id=" + second, first, "1"},
        {"last_event_id=earliest&lastEventId=" + second, first, "1"},
        {"last_event_id=" + second, "earliest", "0"},
        {"last_event_id=" + second, "garbled", "3"},
        // What may have been an id is not taken for the beginning, or for the end.
        {"last_event_id=earliest&lastEventId=garbled", "", "3"},
        {"last_event_id=earliest&lastEventId=1.9", "", "3"},
    };
    for (const auto& [query, header, begins] : table) {
        for (const std::string path : {"/events?", "/records?"}) {
            std::vector<std::string> headers{"Accept: text/event-stream"};
            if (!header.empty()) headers.push_back("Last-Event-ID: " + header);
            EXPECT_EQ(start(path + query, headers), begins) << path << query << " " << header;
        }
    }
}

TEST_F(StreamRoutesTest, ContinuesFromWhatAnAnswerHasShown) {
    shop.ordered("a", 1);
    shop.ordered("b", 1);
    std::vector<Answer> answers;
    for (const std::string target :
         {"/views/order/a", "/views/order/none", "/views/all-orders", "/tables/orders/items/a",
          "/tables/orders/items/a/history", "/records?after=0"}) {
        answers.push_back(shop.get(target));
    }
    const std::string tag(answers.front().header("ETag"));
    answers.push_back(shop.get("/views/order/a", {"If-None-Match: " + tag}));
    EXPECT_EQ(answers.back().status, 304);
    shop.ordered("c", 1);

    for (const Answer& answer : answers) {
        const std::string id(answer.header("Last-Event-ID"));
        EXPECT_EQ(start("/events?last_event_id=" + id), "2") << answer.status << " " << answer.body;
        EXPECT_EQ(answer.header("Freshet-Position"), "2");
    }
}

TEST_F(StreamRoutesTest, ContinuesFromTheEndOfAPageOfTheLog) {
    for (const std::string id : {"a", "b", "c"}) shop.ordered(id, 1);
    const auto continues_at = [&](const std::string& target) {
        const Answer answer = shop.get(target);
        const std::string& headers = answer.header_lines();
        const std::size_t first = headers.find("Last-Event-ID: ");
        EXPECT_EQ(headers.find("Last-Event-ID: ", first + 1), std::string::npos) << headers;
        return start("/events?last_event_id=" + std::string(answer.header("Last-Event-ID")));
    };

    EXPECT_EQ(continues_at("/records?limit=1"), "1");
    EXPECT_EQ(continues_at("/records?after=1&limit=1"), "2");
    EXPECT_EQ(continues_at("/records"), "3");
    EXPECT_EQ(continues_at("/records?after=99"), "3") << "a position that never was is none";
}

TEST_F(StreamRoutesTest, WhatCannotBeMeantIsRefused) {
    const auto status = [&](const std::string& target, std::vector<std::string> headers = {}) {
        const NextStep step = ask(target, std::move(headers));
        const auto* answer = std::get_if<Answer>(&step);
        return answer == nullptr ? 0 : answer->status;
    };

    EXPECT_EQ(status("/events?table=nothing"), 400);
    EXPECT_EQ(status("/events?type=nothing"), 400);
    EXPECT_EQ(status("/events?unnamed=perhaps"), 400);
    EXPECT_EQ(status("/events?limit=1"), 400);
    EXPECT_EQ(status("/records?table=nothing", {"Accept: text/event-stream"}), 404);
    EXPECT_EQ(status("/records?limit=1", {"Accept: text/event-stream"}), 400);
}

TEST(StreamRoutes, WhoComesBeforeTheLogIsFoldedIsAskedToComeAgain) {
    const support::TempFolder folder;
    engine::EngineOptions options;
    options.path = folder.file("data");
    const auto engine = support::must(engine::Engine::open(shop_config().catalog, options));
    Credentials credentials;
    const BrowserOrigins origins;
    Subscribers subscribers;
    const HttpMetrics metrics(engine->metrics(), endpoint_paths(), {});
    const RouteContext context{*engine, credentials, origins, subscribers, metrics, 20'000};
    Request request;
    request.method = "GET";
    request.target = support::must(parse_target("/events"));
    request.identity.caller = engine::everybody();

    const Answer answer = std::get<Answer>(get_events({context, request, {}}));

    // An EventSource would take any other status as final.
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
    EXPECT_EQ(answer.body, "retry: 5000\n\n: folding the log: 0 of 0\n\n");
}

}  // namespace
}  // namespace freshet::http
