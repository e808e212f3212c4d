// Items whose time is over, as their readers, those who watch, and other programs see them.

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/readers/event_reader.h"
#include "tests/systems/system.h"
#include "tests/world/tables.h"

namespace freshet::systems {
namespace {

using support::EventReader;

const std::string config = support::server_section + R"(
[[table]]
name    = "carts"
key     = ["id"]
source  = "direct"
expires = "until"

[[table.view]]
name   = "cart"
fields = ["*"]

[[table.event]]
type = "cart-gone"
on   = "REMOVE"
data = ["id"]

[[table]]
name    = "orders"
key     = ["pk"]
expires = "until"

[[table.view]]
name   = "order"
fields = ["*"]

[[table.list]]
name   = "all-orders"
fields = ["pk"]

[[table.event]]
type = "order-gone"
on   = "REMOVE"
data = ["pk"]
)";

constexpr auto promised = std::chrono::seconds(60);

std::string seconds_from_now(int seconds) {
    const auto now = std::chrono::system_clock::now() + std::chrono::seconds(seconds);
    return std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
}

std::string order(const std::string& event, const std::string& id, const std::string& sequence,
                  const std::string& until) {
    const std::string image = R"({"pk":{"S":")" + id + R"("},"until":{"N":")" + until + "\"}}";
    return R"({"eventName":")" + event + R"(","dynamodb":{"SequenceNumber":")" + sequence +
           R"(","Keys":{"pk":{"S":")" + id + "\"}}," +
           (event == "REMOVE" ? R"("OldImage":)" : R"("NewImage":)") + image + "}}";
}

class Expiring : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    // Whether the address is 404 within the time that is promised.
    bool is_gone(const std::string& target) {
        const auto end = std::chrono::steady_clock::now() + promised;
        while (std::chrono::steady_clock::now() < end) {
            if (system.get(target).status == 404) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    }

    void put_cart(const std::string& id, const std::string& until) {
        support::HttpClient client(system.process().port());
        const auto answer =
            client.request("PUT", "/tables/carts/items/" + id, {"Content-Type: application/json"},
                           R"({"until":)" + until + "}");
        ASSERT_EQ(answer.status, 201) << answer.body;
    }

    System system{config};
};

TEST_F(Expiring, WhatIsWrittenDirectlyIsRemovedWithItsEvent) {
    EventReader events(system.process().port(), "/events");
    events.await_bookmark();
    put_cart("c1", seconds_from_now(2));
    put_cart("c2", seconds_from_now(3'600));
    EXPECT_EQ(system.get("/views/cart/c1").status, 200);

    EXPECT_EQ(json(events.next_event().data)["id"].text(), "c1");

    EXPECT_EQ(system.get("/views/cart/c1").status, 404);
    EXPECT_EQ(system.get("/views/cart/c2").status, 200);
    const JsonValue history = system.read("/tables/carts/items/c1/history");
    const JsonValue removal = history["changes"].elements().front();
    EXPECT_EQ(removal["eventName"].text(), "REMOVE");
    EXPECT_EQ(removal["expired"].text(), "true");
    const auto records = system.log();
    EXPECT_EQ(records.back()["userIdentity"]["principalId"].text(), "dynamodb.amazonaws.com");
}

TEST_F(Expiring, WhatASourceWillRemoveIsHiddenWithoutOne) {
    system.append(order("INSERT", "o1", "1", seconds_from_now(-1)), "/records?table=orders");
    ASSERT_TRUE(is_gone("/views/order/o1"));
    EXPECT_TRUE(system.list("/views/all-orders").empty());
    EXPECT_EQ(system.log().size(), 1U) << "nobody who reads the log hears of it";
    const JsonValue notice = system.read("/records?notices=1")["Records"].elements().back();
    EXPECT_EQ(notice["notice"].text(), "expiry");
    EXPECT_EQ(notice["Keys"]["pk"]["S"].text(), "o1");
    EXPECT_EQ(notice["expires"].text(), "until");

    for (const bool is_deleted : {false, true}) {
        system.stop();
        if (is_deleted) system.delete_state();
        ASSERT_TRUE(system.start());
        EXPECT_EQ(system.get("/views/order/o1").status, 404);
        EXPECT_TRUE(system.list("/views/all-orders").empty());
    }

    EventReader events(system.process().port(), "/events");
    events.await_bookmark();
    system.append(order("MODIFY", "o1", "2", seconds_from_now(3'600)), "/records?table=orders");
    EXPECT_EQ(system.get("/views/order/o1").status, 200);
    system.append(order("REMOVE", "o1", "3", seconds_from_now(3'600)), "/records?table=orders");
    EXPECT_EQ(json(events.next_event().data)["pk"].text(), "o1");
}

TEST_F(Expiring, IsSeenByWhoeverRunsTheServer) {
    system.append(order("INSERT", "o1", "1", seconds_from_now(-1)), "/records?table=orders");
    ASSERT_TRUE(is_gone("/views/order/o1"));

    const JsonValue status = system.read("/status");
    EXPECT_EQ(status["expiry"]["halted"].text(), "false");
    EXPECT_LT(std::stoi(status["expiry"]["behind_s"].text()), 60);
    EXPECT_TRUE(
        contains(system.get("/metrics").body, R"(freshet_expired_total{table="orders"} 1)"));
    EXPECT_TRUE(contains(system.get("/metrics").body, "freshet_expiry_halted 0"));
    EXPECT_EQ(system.read("/tables/orders")["expires"].text(), "until");
    const ProcessEnd shown =
        run({"status", "--server", "http://127.0.0.1:" + std::to_string(system.process().port())});
    EXPECT_TRUE(contains(shown.output, "expiry       ")) << shown.output;
    const ProcessEnd checked = run({"check", system.config_path()});
    EXPECT_TRUE(contains(checked.output, "items expire by until: they are removed"));
    EXPECT_TRUE(contains(checked.output, "items expire by until: they are hidden"));
}

}  // namespace
}  // namespace freshet::systems
