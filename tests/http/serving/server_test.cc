// The server as a client on a socket sees it. What a request means is tested in routes_test.cc and
// its neighbours; here it is about bytes, order and the ends of connections.
#include "http/serving/server.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <deque>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/readers/http_client.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::HttpAnswer;
using support::HttpClient;
using support::must;

const support::HttpHeaders json{"Content-Type: application/json"};

class ServerTest : public ::testing::Test {
protected:
    void SetUp() override {
        const engine::Config config = shop_config();
        engine::EngineOptions options;
        options.path = folder.file("data");
        engine = must(engine::Engine::open(config.catalog, std::move(options)));
        must(engine->sequencer().fold_log());
        serve(config.limits);
    }
    void serve(const engine::LimitSettings& limits,
               const engine::ServerSettings& settings = shop_config().server) {
        server.reset();
        server = std::make_unique<Server>(*engine, settings, limits, nullptr);
        must(server->start());
    }

    void TearDown() override {
        server.reset();
        engine->stop();
    }

    // With its thread, the sequencer takes batches as they come; without, when a test says so.
    void run_sequencer() { engine->start(); }
    void step_when_queued() {
        while (!engine->sequencer().step()) std::this_thread::yield();
    }

    [[nodiscard]] HttpClient connect() const { return HttpClient(server->port()); }

    // All that the server sends to these bytes, until it closes.
    [[nodiscard]] std::string exchange(const std::string& bytes) const {
        HttpClient client = connect();
        client.send(bytes);
        return client.read_to_end();
    }

    support::TempFolder folder;
    std::unique_ptr<engine::Engine> engine;
    std::unique_ptr<Server> server;
};

const std::string get_livez = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
    HttpClient client = connect();

    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/livez").status, 200);
}

TEST_F(ServerTest, ARecordThatWasAcknowledgedCanBeRead) {
    run_sequencer();
    HttpClient writer = connect();
    HttpClient reader = connect();

    for (int i = 1; i <= 20; ++i) {
        const std::string id = "o" + std::to_string(i);
        const HttpAnswer written =
            writer.request("POST", "/records", json, order_event("INSERT", id, i, "OPEN"));
        ASSERT_EQ(written.status, 200) << written.body;

        const HttpAnswer read = reader.get("/views/order/" + id);
        EXPECT_EQ(read.status, 200);
        EXPECT_EQ(read.header("Freshet-Position"), std::to_string(i));
    }
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInTheirOrder) {
    run_sequencer();
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    const std::string get = "GET /views/order/a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string post =
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(event.size()) + "\r\n\r\n" + event;
    HttpClient client = connect();

    client.send(get + post + get + get_livez);

    EXPECT_EQ(client.read_answer()->status, 404);
    EXPECT_NE(client.read_answer()->body.find("\"appended\":1"), std::string::npos);
    EXPECT_EQ(client.read_answer()->status, 200);
    EXPECT_EQ(client.read_answer()->body, "{\"status\":\"ok\"}\n");
}

TEST_F(ServerTest, AWaitingWriteDoesNotHoldBackTheAnswersBeforeIt) {
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    HttpClient client = connect();

    client.send(get_livez +
                "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: " +
                std::to_string(event.size()) + "\r\n\r\n" + event);

    EXPECT_EQ(client.read_answer()->body, "{\"status\":\"ok\"}\n");
    step_when_queued();
    EXPECT_EQ(client.read_answer()->status, 200);
}

TEST_F(ServerTest, AThousandPipelinedRequestsGetAThousandAnswers) {
    std::string bytes;
    for (int i = 0; i < 1'000; ++i) bytes += get_livez;

    const std::string answers =
        exchange(bytes + "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    EXPECT_EQ(count(answers, "HTTP/1.1 200 OK\r\n"), 1'001U);
}

TEST_F(ServerTest, ARequestMayComeByteByByte) {
    run_sequencer();
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    const std::string bytes =
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5\r\n" +
        event.substr(0, 5) + "\r\n" + "1\r\n" + event.substr(5, 1) + "\r\n";
    HttpClient client = connect();

    for (const char c : bytes) ASSERT_TRUE(client.send({&c, 1}));
    const std::string rest = event.substr(6);
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", rest.size());
    client.send(size + rest + "\r\n0\r\n\r\n");

    EXPECT_EQ(client.read_answer()->status, 200);
}

TEST_F(ServerTest, HeadIsGetWithoutTheBody) {
    HttpClient client = connect();
    const HttpAnswer get = client.get("/");

    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + get_livez);

    const auto head = client.read_answer(true);
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->header("Content-Length"), std::to_string(get.body.size()));
    EXPECT_EQ(client.read_answer()->body, "{\"status\":\"ok\"}\n");
}

TEST_F(ServerTest, TheConnectionEndsWhenTheClientWishesIt) {
    const std::string answer =
        exchange("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(ServerTest, AnOldClientsConnectionGoesOnOnlyIfItAsks) {
    EXPECT_EQ(count(exchange("GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n"), "200 OK"), 1U);

    HttpClient client = connect();
    client.send("GET /livez HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.read_answer()->header("Connection"), "keep-alive");
    EXPECT_EQ(client.get("/livez").status, 200);
}

TEST_F(ServerTest, ALoadBalancersCheckNeedsNoHost) {
    EXPECT_EQ(count(exchange("GET /livez HTTP/1.0\r\n\r\n"), "200 OK"), 1U);
    EXPECT_EQ(count(exchange("OPTIONS /livez HTTP/1.0\r\n\r\n"), "200 OK"), 1U);
    EXPECT_EQ(count(exchange("GET /metrics HTTP/1.0\r\n\r\n"), "400 Bad Request"), 1U);
}

TEST_F(ServerTest, ATargetMayNameTheServer) {
    HttpClient client = connect();

    EXPECT_EQ(client.get("http://localhost/livez").status, 200);
    EXPECT_EQ(client.request("OPTIONS", "*").header("Allow"),
              "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    EXPECT_EQ(client.get("/livez/").status, 200);
}

TEST_F(ServerTest, AClientThatAsksIsToldToContinue) {
    run_sequencer();
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    HttpClient client = connect();

    client.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: " +
        std::to_string(event.size()) + "\r\n\r\n");
    EXPECT_EQ(client.read_answer()->status, 100);
    client.send(event);

    EXPECT_EQ(client.read_answer()->status, 200);
}

TEST_F(ServerTest, ATooLargeBodyIsRefusedBeforeItIsSent) {
    HttpClient client = connect();

    client.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 20001\r\n\r\n");

    const auto answer = client.read_answer();
    EXPECT_EQ(answer->status, 413);
    EXPECT_EQ(answer->header("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer->header("Connection"), "close");
}

TEST_F(ServerTest, AClientThatSendsItsTooLargeBodyStillSeesTheAnswer) {
    HttpClient client = connect();
    const std::string body(4U << 20U, 'a');

    client.send("POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n");
    EXPECT_TRUE(client.send(body));

    EXPECT_EQ(client.read_answer()->status, 413);
}

TEST_F(ServerTest, ARefusedRequestEndsItsConnection) {
    // What follows the refused head looks like a request; it must never be answered as one.
    for (const char* framing :
         {"Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: gzip, chunked\r\n", "Content-Length: 3\r\nContent-Length: 3\r\n",
          "Content-Length: 3, 3\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
          "Host: localhost\r\n", "X: a\r\n b\r\n"}) {
        HttpClient client = connect();

        client.send("POST /records HTTP/1.1\r\nHost: localhost\r\n" + std::string(framing) +
                    "\r\n" + get_livez);

        const auto answer = client.read_answer();
        ASSERT_TRUE(answer.has_value()) << framing;
        EXPECT_GE(answer->status, 400) << framing;
        EXPECT_EQ(answer->header("Connection"), "close") << framing;
        EXPECT_FALSE(client.read_answer().has_value()) << framing;
    }
}

TEST_F(ServerTest, ARequestThatIsNeverFinishedHarmsNobody) {
    {
        HttpClient half = connect();
        half.send("POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    }
    HttpClient waiting = connect();
    waiting.send("GET /liv");

    EXPECT_EQ(connect().get("/livez").status, 200);
}

TEST_F(ServerTest, AClientThatLeavesBeforeItsReceiptHarmsNobody) {
    {
        HttpClient client = connect();
        const std::string event = order_event("INSERT", "a", 1, "OPEN");
        client.send(
            "POST /records HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\nContent-Length: " +
            std::to_string(event.size()) + "\r\n\r\n" + event);
    }
    step_when_queued();

    EXPECT_EQ(connect().get("/views/order/a").status, 200);
}

TEST_F(ServerTest, AReadWaitsForItsPosition) {
    HttpClient reader = connect();
    HttpClient writer = connect();
    const std::string event = order_event("INSERT", "a", 1, "OPEN");

    reader.send(
        "GET /views/order/a?min_position=1&timeout_s=30 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto written = std::async(std::launch::async,
                              [&] { return writer.request("POST", "/records", json, event); });
    step_when_queued();

    EXPECT_EQ(written.get().status, 200);
    EXPECT_EQ(reader.read_answer()->status, 200);
}

TEST_F(ServerTest, AReadOfAPositionThatDoesNotComeIsATimeout) {
    HttpClient client = connect();

    EXPECT_EQ(client.get("/views/order/a?min_position=1&timeout_s=0.01").status, 504);
    EXPECT_EQ(client.get("/livez").status, 200);
}

TEST_F(ServerTest, ACrowdedServerAnswersEachNewConnectionOneRequest) {
    engine::LimitSettings limits = shop_config().limits;
    limits.connections = 16;
    serve(limits);
    std::vector<HttpClient> first;
    for (int i = 0; i < 14; ++i) {
        first.push_back(connect());
        EXPECT_EQ(first.back().get("/livez").header("Connection"), "");
    }

    HttpClient late = connect();

    EXPECT_EQ(late.get("/livez").header("Connection"), "close");
    EXPECT_EQ(late.read_to_end(), "");
}

TEST_F(ServerTest, ThoseWhoHaveSaidNothingGiveTheirPlacesToOthers) {
    engine::LimitSettings limits = shop_config().limits;
    limits.connections = 64;
    serve(limits);
    std::vector<HttpClient> watchers;
    for (int i = 0; i < 40; ++i) {
        watchers.push_back(connect());
        watchers.back().send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        EXPECT_EQ(watchers.back().read_answer()->status, 200);
    }
    std::vector<HttpClient> silent;
    for (int i = 0; i < 20; ++i) silent.push_back(connect());

    // Half of the last eight places are taken.
    std::vector<HttpClient> late;
    for (int i = 0; i < 3; ++i) {
        late.push_back(connect());
        late.back().send("GET /livez HT");
    }

    EXPECT_EQ(silent.front().read_to_end(), "") << "the oldest went first";
    late.back().send("TP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(late.back().read_answer()->status, 200);
    const std::string metrics = engine->metrics_text();
    EXPECT_EQ(count(metrics, R"(freshet_http_connections_evicted_total{reason="silent"} 0)"), 0U);
    EXPECT_EQ(count(metrics, R"(freshet_subscribers_cut_total{reason="crowded"} 0)"), 1U);
}

TEST_F(ServerTest, AFullServerRefusesAtOnceAndCounts) {
    engine::LimitSettings limits = shop_config().limits;
    limits.connections = 16;
    serve(limits);
    std::vector<HttpClient> busy;
    for (int i = 0; i < 16; ++i) {
        busy.push_back(connect());
        const bool is_watcher = i < 14;
        busy.back().send(is_watcher ? "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                    : "POST /records HTTP/1.1\r\nHost: localhost\r\n"
                                      "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n");
        EXPECT_EQ(busy.back().read_answer()->status, is_watcher ? 200 : 100);
    }

    const std::string refusal = connect().read_to_end();

    EXPECT_EQ(count(refusal, "503 Service Unavailable"), 1U) << refusal;
    EXPECT_EQ(count(refusal, "Retry-After: 1"), 1U) << refusal;
    EXPECT_EQ(count(engine->metrics_text(), "freshet_http_connections_refused_total 1"), 1U);
}

TEST_F(ServerTest, AnIdleConnectionIsClosedWhenTheConfigurationSays) {
    engine::ServerSettings settings = shop_config().server;
    settings.idle = std::chrono::seconds(1);
    serve(shop_config().limits, settings);
    HttpClient client(server->port(), std::chrono::seconds(30));
    client.get("/livez");

    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, StoppingClosesIdleConnections) {
    HttpClient idle = connect();
    idle.get("/livez");
    HttpClient half = connect();
    half.get("/livez");  // so that the server has taken the connection over from the kernel
    half.send("GET /livez HT");

    server->stop();

    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_EQ(half.read_to_end(), "");
}

// Of many threads some have stopped before the one that accepts has.
TEST_F(ServerTest, NoConnectionThatComesWhileItStopsStaysOpen) {
    constexpr std::size_t newest = 32;  // of which some may have come too late
    engine::ServerSettings settings = shop_config().server;
    settings.threads = 6;
    for (int round = 0; round < 40; ++round) {
        serve(shop_config().limits, settings);
        const std::uint16_t port = server->port();
        std::deque<HttpClient> clients;
        std::promise<void> is_knocking;
        std::thread knocker([&] {
            try {
                for (int knocks = 0;; ++knocks) {
                    clients.emplace_back(port, std::chrono::seconds(10));
                    if (clients.size() > newest) clients.pop_front();
                    if (knocks == 3) is_knocking.set_value();
                }
            } catch (const std::runtime_error&) {
                return;  // nobody listens any more
            }
        });
        is_knocking.get_future().wait();

        server->stop(std::chrono::milliseconds(0));
        knocker.join();

        for (HttpClient& client : clients) {
            // A system whose listener closes in the middle of a client's connect may say nothing to
            // it before it sends something. A server that holds the connection says nothing then,
            // either.
            client.send("x");
            ASSERT_NO_THROW(client.read_to_end()) << round;
        }
    }
}

TEST_F(ServerTest, StoppingLetsAWriteFinish) {
    engine::ServerSettings settings = shop_config().server;
    // So that the writer's connection knows of the stop when the reader's does.
    settings.threads = 1;
    serve(shop_config().limits, settings);
    HttpClient writer = connect();
    HttpClient reader = connect();
    reader.get("/livez");  // so that the server has taken the connection over from the kernel
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    writer.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(event.size()) + "\r\n\r\n" + event);
    while (engine->status().queued_bytes == 0) std::this_thread::yield();

    auto stopped = std::async(std::launch::async, [&] { server->stop(); });
    EXPECT_EQ(reader.read_to_end(), "");  // closed, so the server is stopping
    step_when_queued();
    stopped.get();

    const auto answer = writer.read_answer();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->header("Connection"), "close");
}

TEST_F(ServerTest, StoppingDoesNotWaitLongerThanItsGrace) {
    HttpClient writer = connect();
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    writer.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(event.size()) + "\r\n\r\n" + event);
    while (engine->status().queued_bytes == 0) std::this_thread::yield();

    server->stop(std::chrono::milliseconds(0));
    server.reset();

    // The answer finds nobody, and the records are appended all the same.
    EXPECT_TRUE(engine->sequencer().step());
    EXPECT_EQ(writer.read_to_end(), "");
}

TEST_F(ServerTest, AStoppedServersPortIsFree) {
    const std::uint16_t port = server->port();
    { connect().get("/livez"); }
    server->stop();

    engine::Config config = shop_config();
    config.server.port = port;
    Server again(*engine, config.server, config.limits, nullptr);
    must(again.start());

    EXPECT_EQ(HttpClient(port).get("/livez").status, 200);
}

TEST_F(ServerTest, APortThatIsTakenIsAnError) {
    engine::Config config = shop_config();
    config.server.port = server->port();
    Server second(*engine, config.server, config.limits, nullptr);

    const auto started = second.start();

    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code, Errc::io);
    EXPECT_NE(started.error().message.find("cannot listen on 127.0.0.1:"), std::string::npos);
}

TEST_F(ServerTest, AnAddressThatIsNoneIsAnError) {
    engine::Config config = shop_config();
    config.server.address = "nowhere";
    Server server_nowhere(*engine, config.server, config.limits, nullptr);

    EXPECT_EQ(server_nowhere.start().error().code, Errc::refused);
}

}  // namespace
}  // namespace freshet::http
