// What http/routes/live_routes.h promises, by example.

#include "http/routes/live_routes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

class LiveRoutesTest : public ::testing::Test {
protected:
    LiveRoutesTest() { shop.ordered("a", 1); }

    NextStep ask(const std::string& target, std::vector<std::string> headers = {}) {
        headers.emplace_back("Accept: text/event-stream");
        return shop.ask({.method = "GET", .target = target, .headers = std::move(headers)});
    }
    // The bytes of the stream up to now; the answer's status and body if there is none.
    std::string told(const std::string& target, std::vector<std::string> headers = {}) {
        NextStep step = ask(target, std::move(headers));
        if (const auto* answer = std::get_if<Answer>(&step)) {
            return std::to_string(answer->status) + " " + answer->body;
        }
        Stream& stream = *std::get<StreamToFollow>(step).stream;
        std::string out;
        stream.begin(out);
        while (!support::must(stream.fill(out, 1U << 20U))) {
        }
        return out;
    }
    int status(const std::string& target) {
        const NextStep step = ask(target);
        const auto* answer = std::get_if<Answer>(&step);
        return answer == nullptr ? 0 : answer->status;
    }
    [[nodiscard]] std::string shown(const std::string& target) {
        std::string body = shop.get(target).body;
        return body.substr(0, body.find('\n'));
    }

    RouteShop shop;
};

TEST_F(LiveRoutesTest, AViewThatIsWantedAsAStreamIsALiveOne) {
    for (const std::string target : {"/views/order/a", "/views/order?key=a"}) {
        EXPECT_NE(told(target).find("event: snapshot\ndata: " + shown(target) + "\n"),
                  std::string::npos)
            << target;
    }
    const std::string page = told("/views/all-orders?limit=1&order=desc");
    EXPECT_NE(page.find("event: snapshot\ndata: {\"keys\":[\"a\"],\"items\":["), std::string::npos)
        << page;
    EXPECT_EQ(shop.get("/views/order/a").status, 200) << "and others read it as before";
}

TEST_F(LiveRoutesTest, AnItemThatIsNotThereIsNoFault) {
    EXPECT_NE(told("/views/order/none").find("event: snapshot\ndata: null\n"), std::string::npos);
}

TEST_F(LiveRoutesTest, TheHeadSaysWhereItBegins) {
    const NextStep step = ask("/views/order/a");
    const auto& started = std::get<StreamToFollow>(step);

    EXPECT_EQ(started.head.status, 200);
    EXPECT_EQ(started.head.header("Content-Type"), "text/event-stream");
    EXPECT_EQ(started.head.header("Cache-Control"), "no-store, no-transform");
    EXPECT_EQ(started.head.header("Last-Event-ID"), started.stream->start_id());
}

TEST_F(LiveRoutesTest, AClientThatComesAgainIsToldWhatHasChanged) {
    const NextStep other = ask("/views/order/a");  // so that the server knows it still
    const std::string begun = told("/views/order/a");
    const std::size_t at = begun.rfind("id: ") + 4;
    const std::string id = begun.substr(at, begun.find('\n', at) - at);
    shop.post(order_event("MODIFY", "a", 2, "DONE"));

    for (const std::string& again : {told("/views/order/a", {"Last-Event-ID: " + id}),
                                     told("/views/order/a?last_event_id=" + id),
                                     told("/live?view=order/a&lastEventId=" + id)}) {
        EXPECT_NE(again.find("event: change"), std::string::npos) << again;
        EXPECT_EQ(again.find("event: snapshot"), std::string::npos) << again;
    }
    EXPECT_NE(told("/views/order/b", {"Last-Event-ID: " + id}).find("event: snapshot"),
              std::string::npos);
}

TEST_F(LiveRoutesTest, SeveralAreWatchedOnOneConnection) {
    const std::string bytes =
        told("/live?view=order/a&view=all-orders%3Flimit=1&view=order/none&events=all");

    for (const std::string name : {"order/a", "all-orders?limit=1", "order/none"}) {
        EXPECT_NE(bytes.find("event: snapshot\ndata: {\"view\":\"" + name + "\",\"data\":"),
                  std::string::npos)
            << name << "\n"
            << bytes;
    }
}

TEST_F(LiveRoutesTest, EventsAreNarrowedAsThoseOfEventsAre) {
    EXPECT_EQ(status("/live?view=order/a&events=all&table=orders"), 0);
    EXPECT_EQ(status("/live?view=order/a&events=all&key=a"), 0);
    EXPECT_EQ(status("/live?view=order/a&events=all&table=nothing"), 400);
    EXPECT_EQ(status("/live?view=order/a&events=all&type=nothing"), 400);
    EXPECT_NE(told("/live?view=order/a&table=orders").find("ask for events=all"),
              std::string::npos);
}

TEST_F(LiveRoutesTest, ARefusalNamesTheViewThatItIsOf) {
    EXPECT_NE(told("/live?view=order/a&view=nothing/a").find(R"("view":"nothing/a")"),
              std::string::npos);
    EXPECT_NE(told("/live?view=order/a&view=order").find(R"("view":"order")"), std::string::npos);
    EXPECT_EQ(told("/live?view=order/a&type=nothing").find(R"("view")"), std::string::npos);
}

TEST_F(LiveRoutesTest, EventsAloneAreToldAsBesideViews) {
    const std::string bytes = told("/live?events=all&bookmarks=1");
    EXPECT_NE(bytes.find("event: hello"), std::string::npos) << bytes;
    EXPECT_NE(bytes.find("event: bookmark"), std::string::npos) << bytes;
    EXPECT_EQ(bytes.find("event: snapshot"), std::string::npos) << bytes;
}

TEST_F(LiveRoutesTest, WhatCannotBeMeantIsRefused) {
    const struct {
        std::string target;
        int status;
        std::string says;
    } table[] = {
        {"/views/nothing/a", 404, "there are: order, "},
        {"/views/order", 400, "the key has these parts: pk"},
        {"/views/order/a/b", 400, "the key has these parts: pk"},
        {"/views/all-orders?limit=0", 400, "limit"},
        {"/views/all-orders?order=up", 400, "order"},
        {"/views/all-orders?cursor=none", 400, "cursor"},
        {"/views/my-orders", 400, "a partition of this list has these parts: creator"},
        {"/views/order/a?limit=1", 400, "'limit' is for lists"},
        {"/views/order/a?as=xml", 400, "as"},
        {"/views/order/a?bookmarks=perhaps", 400, "bookmarks"},
        {"/views/order/a?after=1", 400, "after"},
        {"/views/order/a?every_ms=0", 400, "every_ms"},
        {"/live?view=order/a&every_ms=60001", 400, "every_ms"},
        {"/live", 400, "name what to watch"},
        {"/live?view=", 400, "it names no view"},
        {"/live?view=/views/order/a", 400, "name it without /views/"},
        {"/live?view=nothing/a", 404, "there are: order, "},
        {"/live?view=order", 400, "the key has these parts: pk"},
        {"/live?view=order/a&view=order/a", 400, "view=order/a is there twice"},
        {"/live?view=order/../a", 400, "view=order/../a: "},
        {"/live?view=order/a%3Fas=patch", 400, "as"},
        {"/live?view=order/a&limit=1", 400, "limit"},
    };
    for (const auto& [target, status, says] : table) {
        const std::string answer = told(target);
        EXPECT_TRUE(answer.starts_with(std::to_string(status) + " ")) << target << ": " << answer;
        EXPECT_NE(answer.find(says), std::string::npos) << target << ": " << answer;
    }
    EXPECT_EQ(status("/live?view=all-orders%3Flimit=499&view=order/a"), 0);
    EXPECT_NE(told("/live?view=all-orders%3Flimit=500&view=order/a").find("rows at most"),
              std::string::npos);
    std::string many = "/live?view=order/0";
    for (std::size_t i = 1; i <= live_views_max; ++i) many += "&view=order/" + std::to_string(i);
    EXPECT_NE(told(many).find("64 views at most, and these are 65"), std::string::npos);
}

TEST_F(LiveRoutesTest, APositionThatIsAskedForIsAwaitedFirst) {
    EXPECT_TRUE(std::holds_alternative<PositionToAwait>(ask("/views/order/a?min_position=2")));
    EXPECT_TRUE(std::holds_alternative<PositionToAwait>(ask("/live?view=order/a&min_position=2")));
    EXPECT_TRUE(std::holds_alternative<StreamToFollow>(ask("/views/order/a?min_position=1")));
}

}  // namespace
}  // namespace freshet::http
