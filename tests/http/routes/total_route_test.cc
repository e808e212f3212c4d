#include "http/routes/total_route.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/config/config.h"
#include "engine/views/total_reading.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;

engine::Config config_with_totals() {
    constexpr std::string_view text = R"(
[[table]]
name = "orders"
key = ["pk"]
from = "shop"

[[table.total]]
name = "by-status"
by = ["creator", "status"]
values = ["count", { max = "pk" }]

[[table.total]]
name = "orders-in-all"
)";
    return support::must(engine::parse_config(text, "totals.toml"));
}

class TotalRoute : public ::testing::Test {
protected:
    static std::string group(const std::string& status, int count, const std::string& last) {
        return R"({"creator":"ann","status":")" + status + R"(","count":)" + std::to_string(count) +
               R"(,"max":{"pk":)" + last + "}}";
    }
    std::string detail(const std::string& target) {
        return support::must(parsed(shop.get(target).body))["detail"].text();
    }
    static Result<JsonValue> parsed(const std::string& body) {
        auto value = JsonValue::parse(body);
        if (!value) return fail(Errc::malformed, body);
        return *std::move(value);
    }

    RouteShop shop{config_with_totals()};
};

TEST_F(TotalRoute, AGroupIsOneObject) {
    shop.ordered("a", 1, "OPEN");
    shop.ordered("b", 2, "OPEN");

    const Answer answer = shop.get("/views/by-status/ann/OPEN");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, group("OPEN", 2, "\"b\"") + "\n");
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.header("Freshet-Position"), "2");
    EXPECT_EQ(shop.get("/views/by-status?key=ann&key=OPEN").body, answer.body);
    EXPECT_EQ(shop.get("/views/orders-in-all").body, "{\"count\":2}\n");
}

TEST_F(TotalRoute, AGroupWithoutItemsIsEmptyAndNotAbsent) {
    const Answer answer = shop.get("/views/by-status/ann/OPEN");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, group("OPEN", 0, "null") + "\n");
    EXPECT_EQ(shop.get("/views/orders-in-all").body, "{\"count\":0}\n");
}

TEST_F(TotalRoute, FewerPartsAreAPageOfGroups) {
    shop.ordered("a", 1, "OPEN");
    shop.ordered("b", 2, "DONE");

    EXPECT_EQ(shop.get("/views/by-status/ann").body, "{\"items\":[" + group("DONE", 1, "\"b\"") +
                                                         "," + group("OPEN", 1, "\"a\"") + "]}\n");
    EXPECT_EQ(shop.get("/views/by-status").body, shop.get("/views/by-status/ann").body);
    EXPECT_EQ(shop.get("/views/by-status/bob").body, "{\"items\":[]}\n");
}

TEST_F(TotalRoute, PagesFollowEachOther) {
    for (const char* status : {"A", "B", "C"}) shop.ordered(status, 1, status);

    const Answer first = shop.get("/views/by-status/ann?limit=2");
    const std::string cursor = support::must(parsed(first.body))["next"].text();
    EXPECT_EQ(first.header("Link"),
              "</views/by-status/ann?limit=2&cursor=" + cursor + ">; rel=\"next\"");
    EXPECT_EQ(shop.get("/views/by-status/ann?limit=2&cursor=" + cursor).body,
              "{\"items\":[" + group("C", 1, "\"C\"") + "]}\n");
    EXPECT_EQ(shop.get("/views/by-status/bob?cursor=" + cursor).status, 400);
    EXPECT_EQ(shop.get("/views/by-status?cursor=nonsense").status, 400);
}

TEST_F(TotalRoute, APageEndsAfterSoManyExtremesAndTheNextFollowsIt) {
    const int groups = static_cast<int>(engine::page_extremes_max) + 20;
    for (int i = 0; i < groups; ++i) {
        const std::string id = std::to_string(1'000 + i);
        shop.ordered(id, 1, id);
    }

    const Answer first = shop.get("/views/by-status/ann?limit=1000");
    const JsonValue page = support::must(parsed(first.body));
    EXPECT_EQ(page["items"].size(), engine::page_extremes_max);
    const JsonValue rest = support::must(
        parsed(shop.get("/views/by-status/ann?limit=1000&cursor=" + page["next"].text()).body));
    EXPECT_EQ(rest["items"].size(), 20U);
    EXPECT_EQ(rest["items"][0]["status"].text(), std::to_string(1'000 + engine::page_extremes_max));
}

TEST_F(TotalRoute, APageEndsAfterSoManyBytesOfItems) {
    const std::string note(engine::page_extreme_bytes_max / 2, 'x');
    for (const char* id : {"a", "b", "c", "d"}) {
        const std::string image = R"({"pk":{"S":")" + std::string(id) +
                                  R"("},"creator":{"S":"ann"},"status":{"S":")" + id +
                                  R"("},"note":{"S":")" + note + "\"}}";
        shop.post(R"({"Records":[{"eventName":"INSERT","eventSourceARN":)"
                  R"("arn:aws:dynamodb:x:0:table/shop/stream/1","dynamodb":{"Keys":{"pk":{"S":")" +
                  std::string(id) + R"("}},"SequenceNumber":"1","NewImage":)" + image + "}}]}");
    }

    const JsonValue page = support::must(parsed(shop.get("/views/by-status/ann").body));

    EXPECT_EQ(page["items"].size(), 2U);
    EXPECT_EQ(support::must(parsed(
                  shop.get("/views/by-status/ann?cursor=" + page["next"].text()).body))["items"]
                  .size(),
              2U);
}

TEST_F(TotalRoute, WhatIsKnownIsNotSentAgain) {
    shop.ordered("a", 1, "OPEN");
    for (const char* target :
         {"/views/by-status/ann/OPEN", "/views/by-status", "/views/orders-in-all"}) {
        const std::string tag(shop.get(target).header("ETag"));
        EXPECT_EQ(shop.get(target, {"If-None-Match: " + tag}).status, 304) << target;
    }
    const std::string tag(shop.get("/views/by-status/ann/OPEN").header("ETag"));

    shop.ordered("b", 2, "DONE");
    EXPECT_EQ(shop.get("/views/by-status/ann/OPEN", {"If-None-Match: " + tag}).status, 304);
    shop.ordered("c", 3, "OPEN");
    EXPECT_EQ(shop.get("/views/by-status/ann/OPEN", {"If-None-Match: " + tag}).status, 200);
}

TEST_F(TotalRoute, WaitsForAPositionThatIsNotReachedYet) {
    const NextStep step =
        shop.ask({.method = "GET", .target = "/views/orders-in-all?min_position=1", .headers = {}});

    EXPECT_TRUE(std::holds_alternative<PositionToAwait>(step));
    shop.ordered("a", 1, "OPEN");
    EXPECT_EQ(shop.get("/views/orders-in-all?min_position=1").body, "{\"count\":1}\n");
}

TEST_F(TotalRoute, WhatATotalDoesNotHaveIsRefused) {
    EXPECT_EQ(shop.get("/views/by-status/ann/OPEN/x").status, 400);
    EXPECT_EQ(detail("/views/by-status/ann/OPEN/x"),
              "a group of this total has these parts: creator, status; name each by one path "
              "segment or one ?key=");
    EXPECT_EQ(detail("/views/orders-in-all/x"), "a group of this total has no parts: name none");
    EXPECT_EQ(shop.get("/views/by-status?limit=0").status, 400);
    EXPECT_EQ(shop.get("/views/by-status?order=desc").status, 400);
    EXPECT_EQ(shop.get("/views/by-status/ann/OPEN?limit=1").status, 400);
    EXPECT_EQ(shop.get("/views/by-status/ann?key=OPEN").status, 400);
}

TEST_F(TotalRoute, TotalsAreAmongTheViewsThereAre) {
    EXPECT_EQ(detail("/views/nothing"),
              "there is no view 'nothing'; there are: by-status, orders-in-all");
}

TEST_F(TotalRoute, TheIndexShowsTotalsWithALineThatWorks) {
    const auto shown = [&](std::size_t index) {
        return support::must(parsed(shop.get("/").body))["views"][index];
    };
    EXPECT_EQ(shown(0)["curl"].text(),
              "curl -g 'http://localhost:8080/views/by-status/{creator}/{status}'");

    shop.ordered("a", 1, "IN PROGRESS");

    EXPECT_EQ(shown(0)["name"].text(), "by-status");
    EXPECT_EQ(shown(0)["kind"].text(), "total");
    EXPECT_EQ(shown(0)["path"].text(), "/views/by-status/{creator}/{status}");
    EXPECT_EQ(shown(0)["curl"].text(),
              "curl http://localhost:8080/views/by-status/ann/IN%20PROGRESS");
    EXPECT_EQ(shown(1)["curl"].text(), "curl http://localhost:8080/views/orders-in-all");
}

}  // namespace
}  // namespace freshet::http
