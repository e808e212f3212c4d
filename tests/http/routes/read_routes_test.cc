#include "http/routes/read_routes.h"

#include <gtest/gtest.h>

#include <string>

#include "http/routes/endpoints.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

bool has(const Answer& answer, std::string_view text) {
    return answer.body.find(text) != std::string::npos;
}

class ReadRoutes : public ::testing::Test {
protected:
    // The text between the first `begin` and the `end` that follows it.
    static std::string between(const std::string& text, const std::string& begin,
                               const std::string& end) {
        const std::size_t from = text.find(begin);
        if (from == std::string::npos) return "";
        const std::size_t at = from + begin.size();
        return text.substr(at, text.find(end, at) - at);
    }

    static std::string line_record(const std::string& pk, const std::string& sk, int sequence) {
        return R"({"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":")" + pk +
               R"("},"sk":{"N":")" + sk + R"("}},"NewImage":{"pk":{"S":")" + pk +
               R"("},"sk":{"N":")" + sk + R"("}},"SequenceNumber":")" + std::to_string(sequence) +
               R"("}})";
    }

    RouteShop shop;
};

TEST_F(ReadRoutes, AnItemIsShownInTheShapeOfItsView) {
    shop.ordered("a", 1, "OPEN");

    const Answer answer = shop.get("/views/order/a");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"id\":\"a\",\"status\":\"OPEN\"}\n");
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.header("Freshet-Position"), "1");
    EXPECT_EQ(answer.header("Cache-Control"), "no-cache");
    EXPECT_EQ(answer.header("Vary"), "Accept, Authorization, Cookie");
    EXPECT_EQ(answer.header("Freshet-Stale"), "");
}

TEST_F(ReadRoutes, AnItemsTagChangesWithTheItemAlone) {
    shop.ordered("a", 1);
    const std::string before(shop.get("/views/order/a").header("ETag"));
    EXPECT_EQ(before.substr(0, 3), "\"1-");

    shop.ordered("b", 2);
    EXPECT_EQ(shop.get("/views/order/a").header("ETag"), before);

    shop.post(order_event("MODIFY", "a", 3, "DONE"));
    EXPECT_EQ(shop.get("/views/order/a").header("ETag").substr(0, 3), "\"3-");
}

TEST_F(ReadRoutes, AnItemThatIsKnownIsNotSentAgain) {
    shop.ordered("a", 1);
    const std::string tag(shop.get("/views/order/a").header("ETag"));

    const Answer answer = shop.get("/views/order/a", {"If-None-Match: \"x\", W/" + tag});

    EXPECT_EQ(answer.status, 304);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("ETag"), tag);
    EXPECT_EQ(answer.header("Freshet-Position"), "1");
    EXPECT_EQ(shop.get("/views/order/a", {"If-None-Match: *"}).status, 304);
    EXPECT_EQ(shop.get("/views/order/a", {"If-None-Match: \"x\""}).status, 200);
}

TEST_F(ReadRoutes, AnAbsentItemIsNotFoundAsOfAPosition) {
    shop.ordered("a", 1);

    const Answer answer = shop.get("/views/order/b");

    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.header("Freshet-Position"), "1");
}

TEST_F(ReadRoutes, AStaleItemSaysSo) {
    shop.ordered("a", 1);
    std::string event = order_event("REMOVE", "a", 2, "");
    event.replace(event.find("REMOVE"), 6, "MODIFY");
    shop.post(event);

    const Answer answer = shop.get("/views/order/a");

    EXPECT_EQ(answer.header("Freshet-Stale"), "true");
    EXPECT_EQ(answer.header("ETag").substr(0, 3), "\"2-");
}

TEST_F(ReadRoutes, ASlashInAKeyIsData) {
    shop.ordered("a/b", 1);

    EXPECT_EQ(shop.get("/views/order/a%2Fb").status, 200);
    EXPECT_EQ(shop.get("/views/order?key=a/b").status, 200);
    EXPECT_EQ(shop.get("/views/order/a/b").status, 400);
}

TEST_F(ReadRoutes, AKeyOfTwoPartsIsNamedByTwoSegmentsOrParameters) {
    shop.post(line_record("a", "7.50", 1), "?table=lines");

    EXPECT_EQ(shop.get("/views/line/a/7.5").status, 200);
    EXPECT_EQ(shop.get("/views/line?key=a&key=75e-1").status, 200);
    EXPECT_EQ(shop.get("/views/line/a/8").status, 404);
}

TEST_F(ReadRoutes, AWrongNumberOfKeyPartsIsToldTheParts) {
    for (const char* target : {"/views/line/a", "/views/line/a/1/2", "/views/line?key=a",
                               "/views/line", "/tables/lines/items/a", "/tables/lines/items"}) {
        const Answer answer = shop.get(target);
        EXPECT_EQ(answer.status, 400) << target;
        EXPECT_TRUE(has(answer, "the key has these parts: pk, sk")) << target;
    }
    EXPECT_EQ(shop.get("/views/line/a?key=1").status, 400);
}

TEST_F(ReadRoutes, AKeyPartOfAnotherTypeIsRefused) {
    EXPECT_EQ(shop.get("/views/line/a/seven").status, 400);
}

TEST_F(ReadRoutes, AnUnknownViewIsToldTheViewsThereAre) {
    const Answer answer = shop.get("/views/nothing/a");

    EXPECT_EQ(answer.status, 404);
    EXPECT_TRUE(has(answer, "there are: order, my-orders, all-orders, line"));
}

TEST_F(ReadRoutes, ATablesItemIsShownWhole) {
    shop.ordered("a", 1, "OPEN");

    const Answer answer = shop.get("/tables/orders/items/a");

    EXPECT_EQ(answer.body, "{\"creator\":\"ann\",\"pk\":\"a\",\"status\":\"OPEN\"}\n");
    EXPECT_EQ(
        shop.get("/tables/orders/items/a", {"If-None-Match: " + std::string(answer.header("ETag"))})
            .status,
        304);
    EXPECT_EQ(shop.get("/tables/nothing/items/a").status, 404);
}

TEST_F(ReadRoutes, PagesOfAListFollowEachOther) {
    for (int i = 1; i <= 3; ++i) shop.ordered(std::string(1, static_cast<char>('a' + i)), i);

    const Answer first = shop.get("/views/all-orders?limit=2");
    EXPECT_EQ(first.body.substr(0, 67),
              R"({"items":[{"id":"b","status":"OPEN"},{"id":"c","status":"OPEN"}],"n)");
    const std::string cursor = between(first.body, R"("next":")", "\"");
    const std::string next = between(std::string(first.header("Link")), "<", ">");
    EXPECT_EQ(next, "/views/all-orders?limit=2&cursor=" + cursor);
    EXPECT_NE(first.header("Link").find("; rel=\"next\""), std::string::npos);

    const Answer second = shop.get(next);
    EXPECT_EQ(second.body, "{\"items\":[{\"id\":\"d\",\"status\":\"OPEN\"}]}\n");
    EXPECT_EQ(second.header("Link"), "");
    EXPECT_EQ(second.header("Freshet-Position"), "3");
}

TEST_F(ReadRoutes, AListIsReadInEitherOrder) {
    for (int i = 1; i <= 3; ++i) shop.ordered(std::string(1, static_cast<char>('a' + i)), i);

    const std::string backwards = shop.get("/views/my-orders/ann?order=desc").body;
    EXPECT_LT(backwards.find(R"("id":"d")"), backwards.find(R"("id":"c")"));
    EXPECT_LT(backwards.find(R"("id":"c")"), backwards.find(R"("id":"b")"));
    EXPECT_EQ(shop.get("/views/my-orders/ann?order=asc").body,
              shop.get("/views/my-orders/ann").body);
}

TEST_F(ReadRoutes, AListIsReadFromSinceOnAndBelowUntil) {
    for (int i = 1; i <= 4; ++i) shop.ordered(std::string(1, static_cast<char>('a' + i)), i);

    EXPECT_EQ(shop.get("/views/all-orders?since=c&until=d").body,
              "{\"items\":[{\"id\":\"c\",\"status\":\"OPEN\"}]}\n");
    EXPECT_EQ(shop.get("/views/all-orders?since=x").body, "{\"items\":[]}\n");
}

TEST_F(ReadRoutes, TheLinkRepeatsTheOrderAndTheBounds) {
    for (int i = 1; i <= 5; ++i) shop.ordered(std::string(1, static_cast<char>('a' + i)), i);
    const std::string asked = "/views/all-orders?order=desc&since=c&until=f&limit=2";

    const Answer first = shop.get(asked);
    const std::string next = between(std::string(first.header("Link")), "<", ">");
    EXPECT_TRUE(next.starts_with(asked + "&cursor=")) << next;
    EXPECT_EQ(shop.get(next).body, "{\"items\":[{\"id\":\"c\",\"status\":\"OPEN\"}]}\n");

    const std::string cursor = between(first.body, R"("next":")", "\"");
    const Answer refused = shop.get("/views/all-orders?limit=2&cursor=" + cursor);
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(has(refused, "in another order or between other bounds"));
}

TEST_F(ReadRoutes, APartitionIsNamedByASegmentOrAParameter) {
    shop.ordered("a", 1);

    EXPECT_TRUE(has(shop.get("/views/my-orders/ann"), R"("id":"a")"));
    EXPECT_TRUE(has(shop.get("/views/my-orders?key=ann"), R"("id":"a")"));
    EXPECT_EQ(shop.get("/views/my-orders/bob").body, "{\"items\":[]}\n");
    EXPECT_TRUE(has(shop.get("/views/my-orders"), "these parts: creator"));
    EXPECT_TRUE(has(shop.get("/views/all-orders/ann"), "has no parts"));
}

TEST_F(ReadRoutes, APagesTagChangesWithItsContent) {
    shop.ordered("a", 1);
    const std::string tag(shop.get("/views/all-orders").header("ETag"));
    EXPECT_EQ(shop.get("/views/all-orders", {"If-None-Match: " + tag}).status, 304);

    shop.post(order_event("MODIFY", "a", 2, "DONE"));
    EXPECT_EQ(shop.get("/views/all-orders", {"If-None-Match: " + tag}).status, 200);
}

TEST_F(ReadRoutes, WrongPagesAreRefused) {
    EXPECT_EQ(shop.get("/views/all-orders?limit=0").status, 400);
    EXPECT_EQ(shop.get("/views/all-orders?limit=1001").status, 400);
    EXPECT_EQ(shop.get("/views/all-orders?cursor=nonsense").status, 400);
    EXPECT_TRUE(has(shop.get("/views/all-orders?order=down"), "'order' must be asc or desc"));
    EXPECT_EQ(shop.get("/views/all-orders?order=").status, 400);
    EXPECT_EQ(shop.get("/views/all-orders?since=a&since=b").status, 400);
    EXPECT_TRUE(has(shop.get("/views/order/a?order=asc"), "unknown query parameter 'order'"));
}

TEST_F(ReadRoutes, RecordsComeInTheirOrderUntilThereAreNoMore) {
    for (int i = 1; i <= 3; ++i) shop.ordered("a" + std::to_string(i), i);

    const Answer first = shop.get("/records?limit=2");
    EXPECT_TRUE(has(first, R"("position":1)"));
    EXPECT_TRUE(has(first, R"("SequenceNumber":"2")"));
    EXPECT_EQ(between(first.body, R"(],"next":)", "}"), "2");

    const Answer second = shop.get("/records?after=2&limit=2");
    EXPECT_TRUE(has(second, R"("position":3)"));
    EXPECT_FALSE(has(second, R"("next")"));
    EXPECT_EQ(second.header("Freshet-Position"), "3");
    EXPECT_EQ(shop.get("/records?after=3").body, "{\"Records\":[]}\n");
    EXPECT_EQ(shop.get("/records?after=99").body, "{\"Records\":[]}\n");
}

TEST_F(ReadRoutes, RecordsOfOneTableAreThoseOfNoOther) {
    shop.ordered("a", 1);
    shop.post(line_record("l", "1", 1), "?table=lines");
    shop.ordered("b", 2);

    const Answer lines = shop.get("/records?table=lines");
    EXPECT_TRUE(has(lines, R"("table":"lines")"));
    EXPECT_FALSE(has(lines, R"("table":"orders")"));

    const Answer first = shop.get("/records?table=orders&limit=1");
    EXPECT_EQ(between(first.body, R"(],"next":)", "}"), "1");
    EXPECT_TRUE(has(shop.get("/records?table=orders&after=1"), R"("position":3)"));
    EXPECT_EQ(shop.get("/records?table=nothing").status, 404);
}

TEST_F(ReadRoutes, ALookForOneTablesRecordsEndsAfterSoManyAndSaysWhereToContinue) {
    std::string records;
    for (int i = 0; i < 2'100; ++i) {
        const std::string event = order_event("INSERT", "o" + std::to_string(i), 1, "OPEN");
        const std::size_t begin = event.find('[') + 1;
        records += (i == 0 ? "" : ",") + event.substr(begin, event.rfind(']') - begin);
    }
    shop.post(R"({"Records":[)" + records + "]}");
    shop.post(line_record("l", "1", 1), "?table=lines");

    const Answer none = shop.get("/records?table=lines");
    EXPECT_EQ(none.body, "{\"Records\":[],\"next\":2000}\n");
    EXPECT_TRUE(has(shop.get("/records?table=lines&after=2000"), R"("position":2101)"));
}

TEST_F(ReadRoutes, AReadBeforeTheLogIsFoldedAsksToTryAgain) {
    support::TempFolder folder;
    engine::EngineOptions options;
    options.path = folder.file("data");
    auto engine = engine::Engine::open(shop_config().catalog, options);
    ASSERT_TRUE(engine.has_value());
    Subscribers subscribers;
    const HttpMetrics metrics((*engine)->metrics(), endpoint_paths(), {});
    Credentials credentials;
    const BrowserOrigins origins;
    const RouteContext context{**engine, credentials, origins, subscribers, metrics, 20'000};
    Request request;
    request.method = "GET";
    request.target.segments = {"views", "order", "a"};

    const Answer answer = std::get<Answer>(next_step(context, request, shop.now));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");

    request.target.segments = {"readyz"};
    const Answer readyz = std::get<Answer>(next_step(context, request, shop.now));
    EXPECT_EQ(readyz.status, 503);
    EXPECT_EQ(readyz.body, "{\"status\":\"folding\",\"folded\":0,\"head\":0}\n");
}

}  // namespace
}  // namespace freshet::http
