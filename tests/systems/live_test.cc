// What a page relies on that watches live views: it shows what a GET shows, whatever becomes of the
// connection and the server.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "tests/readers/http_client.h"
#include "tests/readers/live_client.h"
#include "tests/readers/raw_json.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

using support::HttpClient;

class LiveSystem : public WatchingTest {
protected:
    // A page that shows one view.
    class Page {
    public:
        Page(std::uint16_t port, const std::string& target) : reader_(port, target) {}

        // Takes in frames until it shows what the server shows at that position.
        void follow_to(std::uint64_t position) {
            while (position_ < position) take(*reader_.next());
        }
        // Of what lies outside of its window a page is not told.
        void follow_until_it_shows(const std::string& document) {
            while (shows() != document) take(*reader_.next());
        }
        void come_back(std::uint16_t port) {
            reader_.cut();
            reader_.reconnect(port);
        }
        [[nodiscard]] std::string shows() const { return client_.document() + "\n"; }
        [[nodiscard]] int snapshots() const { return snapshots_; }
        [[nodiscard]] int changes() const { return changes_; }

    private:
        void take(const Frame& frame) {
            if (frame.event == "snapshot") {
                client_.take_snapshot(frame.data);
                ++snapshots_;
            }
            if (frame.event == "change") {
                client_.take_change(frame.data);
                ++changes_;
            }
            // `5f3c.7-7-…`: the views are as of the second number.
            if (!frame.id) return;
            position_ = std::stoull(frame.id->substr(frame.id->find('-') + 1));
        }

        EventReader reader_;
        support::LiveClient client_;
        std::uint64_t position_ = 0;
        int snapshots_ = 0;
        int changes_ = 0;
    };

    std::string get(const std::string& target) { return system.get(target).body; }
    static long seconds_since(std::chrono::steady_clock::time_point begin) {
        const auto passed = std::chrono::steady_clock::now() - begin;
        return std::chrono::floor<std::chrono::seconds>(passed).count();
    }
    // As it goes over the wire.
    static std::string request(const std::string& target, const std::string& headers = {}) {
        return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }
};

TEST_F(LiveSystem, APageShowsEachStepOfAnOrderAndOfAList) {
    system.append(order_record("a", 1, "NEW"));
    Page order(port(), "/views/order/a");
    Page list(port(), "/views/all-orders?limit=2");

    for (int i = 2; i <= 9; ++i) {
        const std::string key(1, static_cast<char>('a' + i % 4));
        system.append(
            order_record(key, static_cast<std::uint64_t>(i), "STEP " + std::to_string(i)));
        list.follow_until_it_shows(get("/views/all-orders?limit=2"));
    }
    order.follow_until_it_shows(get("/views/order/a"));
    EXPECT_EQ(order.snapshots(), 1);
    EXPECT_EQ(list.snapshots(), 1);
}

TEST_F(LiveSystem, APageThatComesBackIsToldWhatItMissed) {
    system.append(order_record("a", 1, "NEW"));
    Page order(port(), "/views/order/a");
    order.follow_to(1);

    system.append(order_record("a", 2, "DONE"));
    order.come_back(port());
    order.follow_to(2);

    EXPECT_EQ(order.shows(), get("/views/order/a"));
    EXPECT_EQ(order.snapshots(), 1);
}

TEST_F(LiveSystem, APageOutlivesTheServer) {
    system.append(order_record("a", 1, "NEW"));
    Page order(port(), "/views/order/a");
    order.follow_to(1);

    system.kill();
    ASSERT_TRUE(system.start());
    system.append(order_record("a", 2, "DONE"));
    order.come_back(port());
    order.follow_to(2);

    EXPECT_EQ(order.shows(), get("/views/order/a"));
}

TEST_F(LiveSystem, APageMayBeginWithWhatWasJustWritten) {
    Page order(port(), "/views/order/a?min_position=1&timeout_s=30");
    system.append(order_record("a", 1, "NEW"));

    order.follow_to(1);

    EXPECT_EQ(order.shows(), get("/views/order/a"));
    EventReader late(port(), "/views/order/a?min_position=99&timeout_s=0.01");
    EXPECT_EQ(late.status(), 200) << "and a page that came too early is asked to come again";
    EXPECT_EQ(late.next()->retry, 5'000U);
}

TEST_F(LiveSystem, SeveralViewsAndEventsShareOneConnection) {
    EventReader reader(port(), "/live?view=order/a&view=all-orders&events=all");
    int snapshots = 0;
    while (snapshots < 2) snapshots += reader.next()->event == "snapshot" ? 1 : 0;

    system.append(order_record("a", 1, "NEW"));

    const Frame event = *reader.next();
    EXPECT_EQ(event.event, "new-order");
    const Frame change = *reader.next();
    EXPECT_EQ(change.event, "change");
    const auto members = support::raw_members(change.data);
    ASSERT_EQ(members.size(), 2U) << change.data;
    EXPECT_EQ(members[0].first, "order/a");
    EXPECT_EQ(members[1].first, "all-orders");
}

TEST_F(LiveSystem, APageThatIsToldSeldomShowsWhatTheServerShowsInTheEnd) {
    system.append(order_record("a", 1, "NEW"));
    Page seldom(port(), "/views/order/a?every_ms=100");
    seldom.follow_to(1);

    for (std::uint64_t i = 2; i <= 60; ++i) {
        system.append(order_record("a", i, "STEP " + std::to_string(i)));
    }
    seldom.follow_to(60);

    EXPECT_EQ(seldom.shows(), get("/views/order/a"));
    EXPECT_LT(seldom.changes(), 59) << "what came within one stretch of time is one change";
}

TEST_F(LiveSystem, AClientWithoutStreamsWaitsForTheNextEvents) {
    system.append(order_record("a", 1, "NEW"));
    const JsonValue first = json(get("/events?wait_s=0&last_event_id=earliest"));
    ASSERT_EQ(first["events"].size(), 1U);
    EXPECT_EQ(first["events"][0]["type"].text(), "new-order");
    HttpClient client(port());
    const auto begun = std::chrono::steady_clock::now();
    client.send(request("/livez") +
                request("/events?wait_s=30&last_event_id=" + first["next"].text()));
    client.read_answer();  // they came together, so the other one waits

    system.append(order_record("b", 2, "NEW"));

    const JsonValue second = json(client.read_answer()->body);
    EXPECT_LT(seconds_since(begun), 20) << "it was told when it happened";
    ASSERT_EQ(second["events"].size(), 1U);
    EXPECT_EQ(second["events"][0]["data"]["id"].text(), "b");
    const JsonValue none = json(get("/events?wait_s=0.05&last_event_id=" + second["next"].text()));
    EXPECT_EQ(none["events"].size(), 0U);
}

TEST_F(LiveSystem, OnlyWhatCanBeWatchedIsWaitedFor) {
    system.append(order_record("a", 1, "NEW"));
    const std::string target = "/views/all-orders?limit=101";
    const std::string known = "If-None-Match: " + system.get(target).header("etag");

    EXPECT_EQ(system.get(target, {known}).status, 304);
    EXPECT_EQ(system.get(target + "&wait_s=1", {known}).status, 400);
    EXPECT_EQ(system.get("/views/order/a?wait_s=30", {"If-None-Match: *"}).status, 304);
    EXPECT_EQ(system.get("/views/order/none?wait_s=30", {known}).status, 404);
}

TEST_F(LiveSystem, AClientWithoutStreamsWaitsUntilAViewIsAnother) {
    system.append(order_record("a", 1, "NEW"));
    std::uint64_t sequence = 1;
    for (const std::string target : {"/views/order/a?", "/views/all-orders?limit=2&"}) {
        const std::string known = "If-None-Match: " + system.get(target).header("etag");
        EXPECT_EQ(system.get(target + "wait_s=30").status, 200) << "it has nothing yet";
        EXPECT_EQ(system.get(target + "wait_s=0.05", {known}).status, 304);
        HttpClient client(port());
        const auto begun = std::chrono::steady_clock::now();
        client.send(request("/livez") + request(target + "wait_s=30", known + "\r\n"));
        client.read_answer();  // they came together, so the other one waits

        system.append(user_record("u", ++sequence, "another table"));
        system.append(order_record("a", ++sequence, target));

        const HttpAnswer answer = *client.read_answer();
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, get(target));
        EXPECT_LT(seconds_since(begun), 20) << "it was told when it was another";
    }
}

TEST_F(LiveSystem, WhoWaitsIsAnsweredWhenTheServerStops) {
    HttpClient client(port());
    client.send(request("/livez") + request("/events?wait_s=30"));
    EXPECT_EQ(client.read_answer()->status, 200);  // they came together, so the other one waits

    system.begin_to_stop();

    const auto answer = client.read_answer();
    system.await_stop();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(json(answer->body)["events"].size(), 0U);
}

TEST_F(LiveSystem, AnAdminSeesWhoWatchesAndEndsAStream) {
    system.append(order_record("a", 1, "NEW"));
    EventReader reader(port(), "/views/order/a");
    while (reader.next()->event != "snapshot") {
    }

    const JsonValue one = json(get("/admin/subscribers"))["subscribers"][0];
    EXPECT_EQ(one["watches"].text(), "/views/order/a");
    EXPECT_EQ(one["address"].text(), "127.0.0.1");
    EXPECT_EQ(one["behind"].text(), "0");
    const std::string path = "/admin/subscribers/" + one["id"].text();
    EXPECT_EQ(HttpClient(port()).request("DELETE", path).body, "{\"cut\":1}\n");

    while (reader.next()) {
    }
    EXPECT_TRUE(contains(get("/metrics"), R"(freshet_subscribers_cut_total{reason="admin"} 1)"));
}

}  // namespace
}  // namespace freshet::systems
