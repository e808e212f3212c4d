#include "http/routes/routes.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "http/messages/target.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

bool has(const Answer& answer, std::string_view text) {
    return answer.body.find(text) != std::string::npos;
}

class Routes : public ::testing::Test {
protected:
    RouteShop shop;
};

TEST_F(Routes, LivezIsAlwaysFine) {
    EXPECT_EQ(shop.get("/livez").body, "{\"status\":\"ok\"}\n");
}

TEST_F(Routes, AHealthCheckMayAskByOptions) {
    const Answer live = std::get<Answer>(shop.ask({"OPTIONS", "/livez", {}, ""}));
    const Answer ready = std::get<Answer>(shop.ask({"OPTIONS", "/readyz/", {}, ""}));

    EXPECT_EQ(live.status, 200);
    EXPECT_EQ(ready.body, "{\"status\":\"ready\",\"position\":0}\n");
}

TEST_F(Routes, OptionsOfAnAsteriskNamesTheMethods) {
    const Answer answer = std::get<Answer>(shop.ask({"OPTIONS", "*", {}, ""}));

    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.header("Allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

TEST_F(Routes, ASlashAtTheEndMakesNoDifference) {
    shop.ordered("a", 1);
    for (const std::string path :
         {"/livez", "/readyz", "/records", "/views/order/a", "/views/all-orders",
          "/tables/orders/items/a", "/tables/orders/items/a/history"}) {
        const Answer without = shop.get(path);
        const Answer with = shop.get(path + "/");
        EXPECT_EQ(with.status, 200) << path;
        EXPECT_EQ(with.body, without.body) << path;
    }
}

TEST_F(Routes, ReadyzTellsThePosition) {
    shop.ordered("a", 1);

    const Answer answer = shop.get("/readyz");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"status\":\"ready\",\"position\":1}\n");
}

TEST_F(Routes, AnUnknownPathSaysWhichPathsThereAre) {
    for (const char* path : {"/record", "/views", "/tables", "/livez/x", "/tables/orders/x/y"}) {
        const Answer answer = shop.get(path);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_TRUE(has(answer, "/views/VIEW/KEY")) << path;
    }
}

TEST_F(Routes, AnUnknownPathNamesOthersAsTheClientReachesThem) {
    Request request;
    request.method = "GET";
    request.target = support::must(parse_target("/nothing"));
    request.prefix = "/shop/freshet";

    const Answer answer = std::get<Answer>(next_step(shop.context(), request, shop.now));

    EXPECT_EQ(answer.status, 404);
    for (const char* path : {"there are /shop/freshet/records, ", " /shop/freshet/views/VIEW/KEY, ",
                             " /shop/freshet/views/LIST", " and /shop/freshet/ names"}) {
        EXPECT_TRUE(has(answer, path)) << answer.body;
    }
}

TEST_F(Routes, AWrongMethodSaysWhichIsRight) {
    const Answer put = std::get<Answer>(shop.ask({"PUT", "/records", {}, ""}));
    EXPECT_EQ(put.status, 405);
    EXPECT_EQ(put.header("Allow"), "GET, HEAD, POST");

    const Answer post = std::get<Answer>(shop.ask({"POST", "/views/order/a", {}, ""}));
    EXPECT_EQ(post.status, 405);
    EXPECT_EQ(post.header("Allow"), "GET, HEAD");
}

TEST_F(Routes, UnknownParametersAreRefusedEverywhere) {
    for (const char* target :
         {"/?x=1", "/livez?x=1", "/readyz?x=1", "/records?x=1", "/views/order/a?x=1",
          "/views/all-orders?x=1", "/tables/orders/items/a?x=1", "/views/order/a?limit=1"}) {
        const Answer answer = shop.get(target);
        EXPECT_EQ(answer.status, 400) << target;
        EXPECT_TRUE(has(answer, "known here: ")) << target;
    }
}

TEST_F(Routes, AReadOfALaterPositionIsAWait) {
    const NextStep step = shop.ask({"GET", "/views/order/a?min_position=7&timeout_s=1.5", {}, ""});

    const auto& wait = std::get<PositionToAwait>(step);
    EXPECT_EQ(wait.position.value, 7U);
    EXPECT_EQ(wait.timeout, std::chrono::milliseconds(1'500));
}

TEST_F(Routes, AReadOfAPositionThatIsReachedIsAnswered) {
    shop.ordered("a", 1);

    EXPECT_EQ(shop.get("/views/order/a?min_position=1").status, 200);
}

TEST_F(Routes, AWaitInVainIsATimeout) {
    for (const char* target :
         {"/views/order/a?min_position=7", "/views/all-orders?min_position=7",
          "/tables/orders/items/a?min_position=7", "/records?min_position=7"}) {
        const Answer answer = std::get<Answer>(shop.ask({"GET", target, {}, ""}, true));
        EXPECT_EQ(answer.status, 504) << target;
        EXPECT_EQ(answer.header("Freshet-Position"), "0") << target;
    }
}

TEST_F(Routes, MalformedWaitsAreRefused) {
    EXPECT_EQ(shop.get("/views/order/a?min_position=x").status, 400);
    EXPECT_EQ(shop.get("/views/order/a?timeout_s=31").status, 400);
}

}  // namespace
}  // namespace freshet::http
