// What the routes answer while the disk is full.

#include <gtest/gtest.h>

#include <string>

#include "tests/disks/small_disk.h"
#include "tests/readers/json_value.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;

class FullDiskRoutes : public ::testing::Test {
protected:
    JsonValue body_of(const std::string& target) {
        return JsonValue::parse(shop.get(target).body).value_or(JsonValue());
    }

    support::SmallDisk disk{64U << 20U};
    RouteShop shop{shop_config(), disk.file("data")};
};

TEST_F(FullDiskRoutes, TellWritersToMakeRoomAndWhenToAskAgain) {
    shop.ordered("a", 1);
    disk.fill();

    for (int i = 0; i < 3; ++i) {
        const Answer answer = shop.post(order_event("INSERT", "b", 1, "OPEN"));

        EXPECT_EQ(answer.status, 507);
        EXPECT_EQ(answer.header("Retry-After"), "5");
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
        EXPECT_NE(answer.body.find("make room on the disk of the data folder"), std::string::npos);
    }
}

TEST_F(FullDiskRoutes, AnswerReadersAsBefore) {
    shop.ordered("a", 1);
    const std::string before = shop.get("/views/order/a").body;
    disk.fill();
    ASSERT_EQ(shop.post(order_event("INSERT", "b", 1, "OPEN")).status, 507);

    EXPECT_EQ(shop.get("/views/order/a").body, before);
    for (const char* target :
         {"/views/all-orders", "/tables/orders/items/a", "/tables/orders/items/a/history",
          "/records", "/status", "/metrics", "/tables/orders/sources", "/"}) {
        EXPECT_EQ(shop.get(target).status, 200) << target;
    }
}

TEST_F(FullDiskRoutes, SayThatTheServerIsReadyToBeRead) {
    shop.ordered("a", 1);
    disk.fill();
    shop.engine().sequencer().look_at_disk();

    const JsonValue ready = body_of("/readyz");
    EXPECT_EQ(shop.get("/readyz").status, 200);
    EXPECT_EQ(ready["status"].text(), "read-only");
    EXPECT_EQ(ready["position"].text(), "1");
    EXPECT_NE(ready["fault"].text().find("MiB left"), std::string::npos);

    const JsonValue status = body_of("/status");
    EXPECT_EQ(status["mode"].text(), "read-only");
    EXPECT_EQ(status["disk"]["full"].text(), "true");
    EXPECT_EQ(status["disk"]["ballast_bytes"].text(), "0");
}

}  // namespace
}  // namespace freshet::http
