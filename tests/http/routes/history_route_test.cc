// What http/routes/history_route.h promises, and `at` of an item.

#include "http/routes/history_route.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/readers/json_value.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;

JsonValue json(const Answer& answer) {
    const auto value = JsonValue::parse(answer.body);
    EXPECT_TRUE(value.has_value()) << answer.body;
    return value.value_or(JsonValue());
}

class HistoryRoute : public ::testing::Test {
protected:
    void updated(std::string_view id, int sequence, std::string_view status) {
        shop.post(order_event("MODIFY", id, sequence, status));
    }
    void line(const std::string& pk, const std::string& sk, int sequence) {
        const std::string keys = R"({"pk":{"S":")" + pk + R"("},"sk":{"N":")" + sk + R"("}})";
        shop.post(R"({"eventName":"INSERT","dynamodb":{"Keys":)" + keys + R"(,"NewImage":)" + keys +
                      R"(,"SequenceNumber":")" + std::to_string(sequence) + R"("}})",
                  "?table=lines");
    }

    // The positions of a history's page.
    std::vector<std::string> positions(const std::string& target) {
        const Answer answer = shop.get(target);
        EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
        std::vector<std::string> found;
        const JsonValue page = json(answer);
        for (const JsonValue& change : page["changes"].elements()) {
            found.push_back(change["position"].text());
        }
        return found;
    }

    RouteShop shop;
};

using Positions = std::vector<std::string>;

TEST_F(HistoryRoute, AnswersWithTheChangesOfAnItem) {
    shop.ordered("a", 1, "OPEN");
    updated("a", 2, "DONE");

    const Answer answer = shop.get("/tables/orders/items/a/history");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body,
              R"({"changes":[{"position":2,"eventName":"MODIFY","sequenceNumber":"2",)"
              R"("before":{"creator":"ann","pk":"a","status":"OPEN"},)"
              R"("after":{"creator":"ann","pk":"a","status":"DONE"},"changed":["status"]},)"
              R"({"position":1,"eventName":"INSERT","sequenceNumber":"1","before":null,)"
              R"("after":{"creator":"ann","pk":"a","status":"OPEN"},)"
              R"("changed":["creator","pk","status"]}]})"
              "\n");
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.header("Freshet-Position"), "2");
    EXPECT_EQ(answer.header("Cache-Control"), "no-cache");
    EXPECT_EQ(answer.header("Link"), "");
    const std::string tag(answer.header("ETag"));
    EXPECT_EQ(shop.get("/tables/orders/items/a/history", {"If-None-Match: " + tag}).status, 304);
}

TEST_F(HistoryRoute, PagesFollowEachOtherByTheirLinks) {
    shop.ordered("a/b", 1);
    for (int i = 2; i <= 5; ++i) updated("a/b", i, std::to_string(i));

    Positions seen;
    std::string target = "/tables/orders/items/a%2Fb/history?limit=2";
    for (int pages = 0; !target.empty() && pages < 9; ++pages) {
        for (const std::string& position : positions(target)) seen.push_back(position);
        const Answer answer = shop.get(target);
        const std::string link(answer.header("Link"));
        target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
        EXPECT_EQ(link.empty(), !json(answer)["next"].exists());
        EXPECT_TRUE(link.empty() || link.ends_with("; rel=\"next\"")) << link;
        updated("a/b", 100 + pages, "newer");
    }

    EXPECT_EQ(seen, (Positions{"5", "4", "3", "2", "1"}));
}

TEST_F(HistoryRoute, ARemovedItemStillHasOne) {
    shop.ordered("a", 1);
    shop.post(order_event("REMOVE", "a", 2, ""));

    EXPECT_EQ(shop.get("/tables/orders/items/a").status, 404);
    EXPECT_EQ(positions("/tables/orders/items/a/history"), (Positions{"2", "1"}));
}

TEST_F(HistoryRoute, AnItemThatNeverWasHasNone) {
    shop.ordered("a", 1);

    const Answer answer = shop.get("/tables/orders/items/b/history");

    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.header("Freshet-Position"), "1");
    EXPECT_EQ(shop.get("/tables/nothing/items/a/history").status, 404);
}

TEST_F(HistoryRoute, AKeyMayBeTheTextHistory) {
    shop.ordered("history", 1, "OPEN");

    EXPECT_EQ(json(shop.get("/tables/orders/items/history"))["pk"].text(), "history");
    EXPECT_EQ(json(shop.get("/tables/orders/items?key=history"))["pk"].text(), "history");
    EXPECT_EQ(positions("/tables/orders/items/history/history"), (Positions{"1"}));
    EXPECT_EQ(positions("/tables/orders/items/history?key=history"), (Positions{"1"}));
}

TEST_F(HistoryRoute, AKeyOfTwoPartsIsTwoSegmentsOrParameters) {
    line("a/b", "7.50", 1);
    line("history", "7", 1);

    EXPECT_EQ(positions("/tables/lines/items/a%2Fb/7.5/history"), (Positions{"1"}));
    EXPECT_EQ(positions("/tables/lines/items/history?key=a/b&key=75e-1"), (Positions{"1"}));
    EXPECT_EQ(positions("/tables/lines/items/history/7/history"), (Positions{"2"}));
    EXPECT_EQ(shop.get("/tables/lines/items/history/7").status, 200);
}

TEST_F(HistoryRoute, WrongRequestsAreRefused) {
    shop.ordered("a", 1);
    line("a", "1", 1);
    for (const char* target :
         {"/tables/orders/items/a/b/history", "/tables/orders/items/a/history?key=a",
          "/tables/orders/items/a/history?limit=0", "/tables/orders/items/a/history?limit=1001",
          "/tables/orders/items/a/history?before=x", "/tables/orders/items/a/history?at=1",
          "/tables/orders/items/history?key=a&key=b", "/tables/lines/items/history?key=a",
          "/tables/lines/items/a/history", "/tables/lines/items/a/one/history"}) {
        EXPECT_EQ(shop.get(target).status, 400) << target;
    }
    const Answer post =
        std::get<Answer>(shop.ask({"POST", "/tables/orders/items/a/history", {}, ""}));
    EXPECT_EQ(post.status, 405);
}

TEST_F(HistoryRoute, WaitsForThePositionThatItIsAskedFor) {
    shop.ordered("a", 1);

    for (const char* target : {"/tables/orders/items/a/history?min_position=2",
                               "/tables/orders/items/a?at=2&min_position=2"}) {
        const NextStep step = shop.ask({"GET", target, {}, ""});
        ASSERT_TRUE(std::holds_alternative<PositionToAwait>(step)) << target;
        EXPECT_EQ(std::get<PositionToAwait>(step).position, storage::Position{2});
        EXPECT_EQ(std::get<Answer>(shop.ask({"GET", target, {}, ""}, true)).status, 504);
    }
}

TEST_F(HistoryRoute, AnItemIsShownAsItWasAtAPosition) {
    shop.ordered("b", 1);
    shop.ordered("a", 2, "OPEN");
    const Answer open = shop.get("/tables/orders/items/a");
    shop.ordered("c", 3);
    updated("a", 4, "DONE");
    shop.post(order_event("REMOVE", "a", 5, ""));

    for (const char* position : {"2", "3"}) {
        const Answer past = shop.get(std::string("/tables/orders/items/a?at=") + position);
        EXPECT_EQ(past.status, 200);
        EXPECT_EQ(past.body, open.body);
        EXPECT_EQ(past.header("ETag"), open.header("ETag"));
        EXPECT_EQ(past.header("Freshet-Position"), "5");
    }
    const std::string tag(open.header("ETag"));
    EXPECT_EQ(shop.get("/tables/orders/items?key=a&at=3", {"If-None-Match: " + tag}).status, 304);
    EXPECT_EQ(json(shop.get("/tables/orders/items/a?at=4"))["status"].text(), "DONE");
    for (const char* position : {"0", "1", "5"}) {
        EXPECT_EQ(shop.get(std::string("/tables/orders/items/a?at=") + position).status, 404);
    }
    EXPECT_EQ(shop.get("/tables/orders/items/nobody?at=3").status, 404);
}

TEST_F(HistoryRoute, APositionThatIsNotReachedIsRefused) {
    shop.ordered("a", 1);

    const Answer answer = shop.get("/tables/orders/items/a?at=2");

    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("min_position=2"), std::string::npos) << answer.body;
    EXPECT_EQ(shop.get("/tables/orders/items/a?at=x").status, 400);
    EXPECT_EQ(shop.get("/views/order/a?at=1").status, 400);
}

TEST_F(HistoryRoute, AnItemThatWasStaleSaysSo) {
    shop.ordered("a", 1);
    std::string event = order_event("REMOVE", "a", 2, "");
    event.replace(event.find("REMOVE"), 6, "MODIFY");
    shop.post(event);
    updated("a", 3, "DONE");

    EXPECT_EQ(shop.get("/tables/orders/items/a?at=1").header("Freshet-Stale"), "");
    EXPECT_EQ(shop.get("/tables/orders/items/a?at=2").header("Freshet-Stale"), "true");
    EXPECT_EQ(shop.get("/tables/orders/items/a?at=3").header("Freshet-Stale"), "");
}

TEST_F(HistoryRoute, WhatIsTooFarBackIsToldHowToGetThere) {
    shop.ordered("a", 1, "FIRST");
    shop.ordered("b", 1);
    engine::ChangeBatch batch;
    for (int i = 2; i <= 1'003; ++i) {
        storage::Change change =
            support::change(storage::ChangeKind::modify, "a", std::to_string(i));
        change.source.clear();
        change.label.clear();
        change.after = support::image_of({{"pk", "a"}});
        change = support::keyed(shop.engine().catalog(), std::move(change));
        batch.records.push_back({.change = std::move(change), .sequence = std::to_string(i)});
    }
    std::optional<Result<engine::Receipt>> receipt;
    shop.engine().append(std::move(batch),
                         [&](const Result<engine::Receipt>& answer) { receipt = answer; });
    shop.engine().sequencer().step();
    ASSERT_TRUE(receipt && receipt->has_value());

    const Answer far = shop.get("/tables/orders/items/a?at=2");

    EXPECT_EQ(far.status, 422);
    EXPECT_NE(far.body.find("before=4"), std::string::npos) << far.body;
    EXPECT_EQ(shop.get("/tables/orders/items/a/history?before=2").status, 422);
    EXPECT_EQ(positions("/tables/orders/items/a/history?before=4"), (Positions{"3", "1"}));
    EXPECT_EQ(json(shop.get("/tables/orders/items/a?at=1"))["status"].text(), "FIRST");
}

}  // namespace
}  // namespace freshet::http
