// The lines of tests/checklist.md about events and the log, by their numbers.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/readers/exposition.h"
#include "tests/support/server_process.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/orders.h"
#include "tests/systems/orders_checklist.h"
#include "tests/systems/proxy.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

JsonValue object(const std::string& members) {
    return json("{" + members + "}");
}

TEST_F(OrdersChecklist, E9_AnInsertIsToldOnce) {
    const std::string record = inserted("a", ++sequence, Order{}.attributes()).text();
    for (int i = 0; i < 3; ++i) system.append(record);
    system.stop();
    ASSERT_TRUE(system.start());
    system.append(record);

    EXPECT_EQ(events_until_now(), Texts{R"(new-order {"id":"a"})"});
}

TEST_F(OrdersChecklist, E10_AChangeIsToldOnTheTopicOfItsKindOnly) {
    insert("a", {});
    insert("b", {});
    modify("a", {.status = "SUBMITTED"});
    modify("a", {.status = "SUBMITTED", .pizzas = 3});
    modify("b", {.status = "REJECTED"});

    EXPECT_EQ(events_until_now(), (Texts{R"(new-order {"id":"a"})", R"(new-order {"id":"b"})",
                                         R"(order-status-updated {"status":"SUBMITTED"})",
                                         R"(order-updated {"status":"SUBMITTED"})",
                                         R"(order-status-updated {"status":"REJECTED"})"}));
    EXPECT_EQ(events_until_now("topic=new-order&topic=a-status-updated"),
              (Texts{R"(new-order {"id":"a"})", R"(new-order {"id":"b"})",
                     R"(order-status-updated {"status":"SUBMITTED"})"}));
    EXPECT_EQ(events_until_now("topic=new-order&topic=a-updated&key=a&key=CLOSING"),
              (Texts{R"(new-order {"id":"a"})", R"(order-updated {"status":"SUBMITTED"})"}));
}

TEST_F(OrdersChecklist, E11_ARemovalIsTold) {
    insert("a", {});
    remove("a");

    EXPECT_EQ(events_until_now(),
              (Texts{R"(new-order {"id":"a"})", R"(order-canceled {"id":"a"})"}));
}

TEST_F(OrdersChecklist, E12_WhoeverHearsOfAChangeReadsIt) {
    insert("a", {});
    EventReader reader = live(system);

    for (int i = 0; i < 50; ++i) {
        const std::string status = "status " + std::to_string(i);
        support::HttpClient writer(system.process().port());
        const std::string body =
            modified("a", ++sequence, Order{.status = status}.attributes()).text();
        // The answer to the writer is not waited for.
        writer.send(
            "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);

        EXPECT_EQ(json(reader.next_event().data)["status"].text(), status);
        EXPECT_EQ(system.read("/views/order/a")["status"].text(), status);
        EXPECT_EQ(system.list("/views/all-orders")[0]["status"].text(), status);
    }
}

TEST_F(OrdersChecklist, E13_AChangeWithoutItsImageBeforeIsJudgedByWhatWasKnown) {
    insert("a", {.status = "SUBMITTED"});
    modify("a", {.status = "SUBMITTED", .pizzas = 2});
    modify("a", {.status = "IN PROGRESS", .pizzas = 2});

    for (const JsonValue& record : system.log()) {
        EXPECT_FALSE(record["dynamodb"]["OldImage"].exists()) << "this is what the line is about";
    }
    EXPECT_EQ(events_until_now(),
              (Texts{R"(new-order {"id":"a"})", R"(order-updated {"status":"SUBMITTED"})",
                     R"(order-status-updated {"status":"IN PROGRESS"})"}));
}

double counted(System& system, const std::string& metric) {
    return support::Exposition(system.get("/metrics").body)
        .value(metric, {{"table", "orders"}})
        .value_or(-1);
}

TEST_F(OrdersChecklist, E14_AChangeOfAnUnknownOrderMakesItsViewsAndStaysAChange) {
    const Order order{.status = "SUBMITTED"};
    modify("a", order);

    EXPECT_EQ(system.read("/views/order/a"), object(order.detail("a")));
    EXPECT_EQ(ids_in("/views/my-orders/ada"), Texts{"a"});
    EXPECT_EQ(ids_in("/views/all-orders"), Texts{"a"});
    EXPECT_EQ(system.log().at(0)["eventName"].text(), "MODIFY");
    EXPECT_EQ(counted(system, "freshet_late_joins_total"), 1);
    EXPECT_EQ(events_until_now(), Texts{R"(order-status-updated {"status":"SUBMITTED"})"});
}

TEST_F(OrdersChecklist, E14_AnImageBeforeThatWasNeverSeenIsCounted) {
    insert("a", {});
    EXPECT_EQ(counted(system, "freshet_gaps_total"), 0);
    RecordText record = modified("a", 9, Order{.status = "COMPLETED"}.attributes());
    record.before = R"({"pk":{"S":"a"},)" + Order{.status = "SUBMITTED"}.attributes() + "}";

    system.append(record.text());

    EXPECT_EQ(counted(system, "freshet_gaps_total"), 1);
}

TEST_F(OrdersChecklist, E51_TheLogIsFollowedFromItsStartFromAPositionAndFromNowOn) {
    tell_story();
    const std::vector<JsonValue> log = system.log();
    ASSERT_EQ(log.size(), 6U);

    EventReader from_start = watch("/records?after=0");
    EventReader from_third = watch("/records?after=3");
    EventReader from_now = live(system, "/records");
    const JsonValue page = system.read("/records?after=4&limit=1");
    insert("c", {});
    const JsonValue newest = system.log().back();

    for (const JsonValue& record : log) EXPECT_EQ(json(from_start.next_event().data), record);
    for (std::size_t i = 3; i < log.size(); ++i) {
        EXPECT_EQ(json(from_third.next_event().data), log[i]);
    }
    EXPECT_EQ(page["Records"][0], log[4]);
    for (EventReader* reader : {&from_start, &from_third, &from_now}) {
        EXPECT_EQ(json(reader->next_event().data), newest);
    }
}

TEST_F(OrdersChecklist, E20_WhoComesBackIsToldWhatWasMissedOrThatItCannotBe) {
    insert("a", {});
    EventReader reader = live(system);
    modify("a", {.status = "SUBMITTED"});
    EXPECT_EQ(reader.next_event().event, "order-status-updated");

    reader.cut();
    modify("a", {.status = "MADE"});
    remove("a");
    system.kill();
    ASSERT_TRUE(system.start());
    reader.reconnect(system.process().port());

    EXPECT_EQ(reader.next_event().data, R"({"status":"MADE"})");
    EXPECT_EQ(reader.next_event().event, "order-canceled");
    insert("b", {});
    EXPECT_EQ(reader.next_event().data, R"({"id":"b"})") << "and nothing is told again";

    EventReader lost(system.process().port(), "/events", {"Last-Event-ID: 5f3c.1041"});
    Frame first;
    while (first.event.empty()) first = *lost.next();
    EXPECT_EQ(first.event, "reset");
    EXPECT_EQ(json(first.data)["reason"].text(), "epoch");
}

// nginx with nothing but what it needs to run: as it is by default, it buffers what a server says.
class PlainNginx {
public:
    explicit PlainNginx(std::uint16_t server) : port_(closed_port()) {
        const std::string temp = folder_.path();
        std::string text = "daemon off; master_process off; error_log stderr; pid " + temp +
                           "/pid; events {} http { access_log off;";
        for (const std::string what : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
            text += " " + what + "_temp_path " + temp + "/" + what + ";";
        }
        text += " server { listen 127.0.0.1:" + std::to_string(port_) +
                "; location / { proxy_pass http://127.0.0.1:" + std::to_string(server) + "; } } }";
        std::ofstream(folder_.file("nginx.conf")) << text;
        process_.emplace(std::vector<std::string>{"/usr/sbin/nginx", "-p", temp, "-c",
                                                  folder_.file("nginx.conf")});
        await_listener(port_);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    support::TempFolder folder_;
    std::uint16_t port_;
    std::optional<support::ChildProcess> process_;
};

TEST_F(OrdersChecklist, E21_HeartbeatsKeepIdleStreamsOpenBehindAProxy) {
    insert("a", {});
    const PlainNginx nginx(system.process().port());
    EventReader events(nginx.port(), "/events");
    EventReader view(nginx.port(), "/views/order/a");
    events.await_bookmark();
    while (view.next()->event != "snapshot") {
    }
    modify("a", {.status = "SUBMITTED"});
    EXPECT_EQ(events.next_event().event, "order-status-updated") << "and nothing holds it up";
    EXPECT_EQ(view.next_event().event, "change");

    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (std::chrono::steady_clock::now() < end) {
        events.await_bookmark();
        view.await_bookmark();
        system.get("/livez");  // or the connection of those who write would be idle for too long
    }

    modify("a", {.status = "MADE"});
    EXPECT_EQ(events.next_event().data, R"({"status":"MADE"})") << "on the same connection";
    EXPECT_EQ(view.next_event().event, "change");
}

TEST_F(OrdersChecklist, E28_MetricsTellOfReadsAndOfThoseWhoWatch) {
    insert("a", {});
    const std::string tag = "If-None-Match: " + system.get("/views/admin-order/a").header("etag");
    system.get("/views/admin-order/a", {tag});
    system.get("/views/admin-order/none");
    const EventReader reader = live(system);

    const support::Exposition metrics(system.get("/metrics").body);
    const auto asked = [&](const std::string& code) {
        return metrics.value("freshet_http_requests_total",
                             {{"code", code}, {"method", "GET"}, {"route", "/views/{view}/{key}"}});
    };
    EXPECT_EQ(asked("200"), 1);
    EXPECT_EQ(asked("304"), 1);
    EXPECT_EQ(asked("404"), 1);
    EXPECT_EQ(metrics.value("freshet_http_request_duration_seconds_count",
                            {{"route", "/views/{view}/{key}"}}),
              3);
    EXPECT_EQ(metrics.value("freshet_subscribers"), 1);
    EXPECT_EQ(metrics.value("freshet_subscriber_lag_positions"), 0);
    EXPECT_EQ(metrics.value("freshet_log_head_position"), metrics.value("freshet_folded_position"));
}

}  // namespace
}  // namespace freshet::systems
