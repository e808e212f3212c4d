// Streams as clients on sockets hear them, while the engine's own thread appends: who follows, who
// leaves, who is slow. What the frames say is tested in event_stream_test.cc.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "http/serving/server.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/event_reader.h"
#include "tests/readers/http_client.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using support::EventReader;
using support::HttpAnswer;
using support::HttpClient;
using support::must;

constexpr const char* config_text = R"(
[server]
listen = "127.0.0.1:0"

[[table]]
name = "orders"
key  = ["pk"]

[[table.view]]
name   = "order"
fields = ["id=pk"]

[[table.list]]
name = "all-orders"
sort = "pk"
like = "order"

[[table.event]]
type = "placed"
on   = "INSERT"
data = ["id=pk", "note"]
)";

const support::HttpHeaders lines_type{"Content-Type: application/x-ndjson"};

std::string line_of(const std::string& id, std::size_t padding = 0) {
    const std::string key = R"("pk":{"S":")" + id + R"("})";
    return R"({"eventName":"INSERT","dynamodb":{"Keys":{)" + key +
           R"(},"SequenceNumber":"1","NewImage":{)" + key + R"(,"note":{"S":")" +
           std::string(padding, 'x') + R"("}}}})" + "\n";
}

class StreamingTest : public ::testing::Test {
protected:
    void SetUp() override {
        const engine::Config config = must(engine::parse_config(config_text, "shop.toml"));
        engine::EngineOptions options;
        options.path = folder.file("data");
        engine = must(engine::Engine::open(config.catalog, std::move(options)));
        engine->start();
        server = std::make_unique<Server>(*engine, config.server, config.limits, nullptr);
        must(server->start());
        await_ready();
    }

    void TearDown() override {
        server.reset();
        engine->stop();
    }

    void await_ready() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (HttpClient(server->port()).get("/readyz").status != 200) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        }
    }

    HttpAnswer append(const std::string& lines) {
        return HttpClient(server->port())
            .request("POST", "/records?table=orders", lines_type, lines);
    }
    void place(int first, int last, std::size_t padding = 0) {
        for (int i = first; i <= last; ++i) {
            ASSERT_EQ(append(line_of("o-" + std::to_string(i), padding)).status, 200);
        }
    }

    [[nodiscard]] EventReader watch(const std::string& target = "/events") const {
        return EventReader(server->port(), target);
    }

    // Reads the next events and expects that they are of these orders, in order.
    static void expect_orders(EventReader& reader, int first, int last) {
        for (int i = first; i <= last; ++i) {
            const std::string data = reader.next_event().data;
            ASSERT_TRUE(data.starts_with(R"({"id":"o-)" + std::to_string(i) + "\"")) << data;
        }
    }

    // Reads until it is told of that order. It is woken for it: a heartbeat comes too late.
    static void await_order(EventReader& reader, int number) {
        const std::string order = R"("id":"o-)" + std::to_string(number) + '"';
        while (true) {
            const auto frame = reader.next();
            ASSERT_TRUE(frame && !frame->is_bookmark()) << order;
            if (frame->data.find(order) != std::string::npos) return;
        }
    }

    support::TempFolder folder;
    std::unique_ptr<engine::Engine> engine;
    std::unique_ptr<Server> server;
};

TEST_F(StreamingTest, EverySubscriberHearsEveryEventInOrder) {
    std::vector<EventReader> readers;
    for (int i = 0; i < 20; ++i) readers.push_back(watch());
    for (EventReader& reader : readers) reader.await_bookmark();

    place(1, 200);

    for (EventReader& reader : readers) expect_orders(reader, 1, 200);
}

// So many that a thread is quiet after each time that it has told them.
TEST_F(StreamingTest, HundredsHearWhatComesWhileOthersAreTold) {
    std::vector<EventReader> readers;
    for (int i = 0; i < 300; ++i) {
        readers.push_back(watch(i % 3 == 0 ? "/events" : "/views/all-orders?limit=250"));
    }
    for (EventReader& reader : readers) reader.await_bookmark();

    place(1, 100);

    for (EventReader& reader : readers) await_order(reader, 100);
}

// Those who are told every millisecond take as much time of a thread as they get.
TEST_F(StreamingTest, ThoseWhoAreToldInStretchesHoldNoOtherUp) {
    std::vector<EventReader> boards;
    for (int i = 0; i < 600; ++i) boards.push_back(watch("/views/all-orders?limit=250&every_ms=1"));
    EventReader reader = watch();
    reader.await_bookmark();

    std::atomic<bool> is_over = false;
    auto writing = std::async(std::launch::async, [&] {
        for (int i = 1; !is_over; ++i) place(i, i);
    });
    for (int i = 1; i <= 100; ++i) await_order(reader, i);

    is_over = true;
    writing.get();
}

TEST_F(StreamingTest, SubscribersComeAndGoWhileRecordsFlow) {
    auto writing = std::async(std::launch::async, [this] { place(1, 200); });

    for (int i = 0; i < 20; ++i) {
        EventReader reader = watch("/events?last_event_id=earliest");
        expect_orders(reader, 1, 5);
        reader.cut();
        reader.reconnect(server->port());
        expect_orders(reader, 6, 10);
    }
    writing.get();

    EventReader reader = watch("/events?last_event_id=earliest");
    expect_orders(reader, 1, 200);
}

TEST_F(StreamingTest, ASubscriberThatDoesNotReadHoldsNobodyUp) {
    EventReader stuck(server->port(), "/events", {}, {.receive_buffer = 4'096});
    stuck.await_bookmark();
    EventReader other = watch();
    other.await_bookmark();

    place(1, 100, 100'000);

    expect_orders(other, 1, 100);
    // What the stuck one has not taken stands in the log, whether it was cut meanwhile or not.
    stuck.cut();
    stuck.reconnect(server->port());
    expect_orders(stuck, 1, 100);
}

TEST_F(StreamingTest, AStopSaysSoToWhoeverFollows) {
    EventReader reader = watch();
    reader.await_bookmark();

    auto stopping = std::async(std::launch::async, [this] { server->stop(); });
    std::optional<std::uint64_t> retry;
    while (const auto frame = reader.next()) {
        if (frame->retry) retry = frame->retry;
    }
    stopping.get();

    ASSERT_TRUE(retry.has_value());
    EXPECT_GT(*retry, 2'000U);
}

TEST_F(StreamingTest, ALongBodyOfLinesIsTakenAsItComes) {
    std::string lines;
    for (int i = 1; i <= 20'000; ++i) lines += line_of("o-" + std::to_string(i), 100);

    const HttpAnswer answer = append(lines);

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body,
              "{\"position\":20000,\"lines\":20000,\"appended\":20000,\"duplicates\":0,"
              "\"ignored\":0,\"batchItemFailures\":[]}\n");
    EventReader reader = watch("/events?last_event_id=earliest");
    expect_orders(reader, 1, 20'000);
}

TEST_F(StreamingTest, AFaultInABodyOfLinesIsToldWithWhatStands) {
    std::string lines;
    for (int i = 1; i <= 2'500; ++i) lines += line_of("o-" + std::to_string(i));
    const std::string wrong = R"({"eventName":"EAT"})";

    const HttpAnswer answer = append(lines + wrong + "\n" + lines);

    EXPECT_EQ(answer.status, 422);
    EXPECT_NE(answer.body.find(R"("line":2501,"position":2000,"lines":2000)"), std::string::npos)
        << answer.body;
}

TEST_F(StreamingTest, ABodyOfLinesThatIsRefusedAtOnceIsNotRead) {
    HttpClient client(server->port());

    client.send(
        "POST /records?table=nothing HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/x-ndjson\r\nContent-Length: 100000000\r\n\r\n");
    const auto answer = client.read_answer();

    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->header("connection"), "close");
}

TEST_F(StreamingTest, AStopLetsABodyOfLinesKnowHowFarItGot) {
    HttpClient client(server->port());
    std::string lines;
    for (int i = 1; i <= 1'000; ++i) lines += line_of("o-" + std::to_string(i));
    client.send(
        "POST /records?table=orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/x-ndjson\r\nContent-Length: 100000000\r\n\r\n" +
        lines);
    EventReader reader = watch("/events?last_event_id=earliest");
    expect_orders(reader, 1, 1'000);

    auto stopping = std::async(std::launch::async, [this] { server->stop(); });
    const auto answer = client.read_answer();
    stopping.get();

    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 503);
    EXPECT_NE(answer->body.find(R"("lines":1000,"appended":1000)"), std::string::npos)
        << answer->body;
}

TEST_F(StreamingTest, WhatFollowsABodyOfLinesOnTheSameConnectionIsAnswered) {
    HttpClient client(server->port());

    for (int i = 1; i <= 3; ++i) {
        const HttpAnswer answer = client.request("POST", "/records?table=orders", lines_type,
                                                 line_of("o-" + std::to_string(i)));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(client.get("/views/order/o-" + std::to_string(i)).status, 200);
    }
}

}  // namespace
}  // namespace freshet::http
