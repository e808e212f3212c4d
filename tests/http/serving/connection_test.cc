// What http/serving/connection.h promises of waits and their ends, with waits that are short.

#include "http/serving/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/routes/endpoints.h"
#include "http/serving/worker.h"
#include "tests/disks/temp_folder.h"
#include "tests/http/routes/route_shop.h"
#include "tests/readers/event_reader.h"
#include "tests/readers/exposition.h"
#include "tests/readers/http_client.h"

namespace freshet::http {
namespace {

using std::chrono::milliseconds;
using support::EventReader;
using support::HttpClient;
using support::HttpHeaders;

// A worker that is handed its connections by the test.
class ConnectionTest : public ::testing::Test {
protected:
    // Over the data folder at `path`; over a new one if it is empty.
    explicit ConnectionTest(const std::string& path = "") : shop(shop_config(), path) {}

    void serve(milliseconds idle_max, milliseconds heartbeat, milliseconds lines_grace) {
        shop.engine().start();
        serve_stepped(idle_max, heartbeat, lines_grace);
    }

    // Without the sequencer's thread: what is appended waits until the test steps it.
    void serve_stepped(milliseconds idle_max, milliseconds heartbeat, milliseconds lines_grace) {
        const RouteContext context = shop.context();
        service = std::make_unique<Service>(Service{.routes = {.engine = context.engine,
                                                               .credentials = context.credentials,
                                                               .origins = context.origins,
                                                               .subscribers = context.subscribers,
                                                               .metrics = metrics,
                                                               .body_bytes_max = body_bytes_max},
                                                    .log = nullptr,
                                                    .connections = connections,
                                                    .subscribers = subscribers,
                                                    .held_bytes = held_bytes,
                                                    .catching_up = catching_up,
                                                    .metrics = metrics,
                                                    .limits = limits,
                                                    .audit = audit,
                                                    .long_work = long_work,
                                                    .tick = milliseconds(5),
                                                    .idle_max = idle_max,
                                                    .heartbeat = heartbeat,
                                                    .lines_grace = lines_grace});
        worker = std::make_unique<Worker>(*service);
        acceptor = std::make_unique<Acceptor>(
            worker->io(),
            asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), std::uint16_t{0}));
        worker->start();
    }

    void TearDown() override {
        acceptor.reset();
        worker.reset();
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor->local_endpoint().port(); }

    // After a client has connected, which the system lets it do before it is accepted. The system
    // takes so many bytes of what is written to it; 0: as many as it likes.
    void accept(int send_buffer = 0) {
        Socket socket(worker->io());
        acceptor->accept(socket);
        if (send_buffer > 0) socket.set_option(Socket::send_buffer_size(send_buffer));
        worker->adopt(std::move(socket), *limits.accept(*engine::IpAddress::parse("127.0.0.1")));
    }

    double counted(const std::string& name, const support::Exposition::Labels& labels) {
        metrics.refresh(storage::Position{});
        return support::Exposition(shop.engine().metrics_text()).value(name, labels).value_or(-1);
    }

    static std::string lines(int count) {
        std::string text;
        for (int i = 1; i <= count; ++i) {
            const std::string key = R"("pk":{"S":"o-)" + std::to_string(i) + R"("})";
            text += R"({"eventName":"INSERT","dynamodb":{"Keys":{)" + key +
                    R"(},"SequenceNumber":"1","NewImage":{)" + key + "}}}\n";
        }
        return text;
    }
    static std::string upload_head(const std::string& length) {
        return "POST /records?table=orders HTTP/1.1\r\nHost: localhost\r\n"
               "Content-Type: application/x-ndjson\r\n" +
               length + "\r\n\r\n";
    }

    // So many orders, each with a text of so many bytes. Returns the newest position.
    std::uint64_t append_orders(int count, std::size_t bytes) {
        std::string records;
        for (int i = 1; i <= count; ++i) {
            records +=
                order_event("INSERT", "o-" + std::to_string(i), 1, std::string(bytes, 'x')) + "\n";
        }
        HttpClient writer(port());
        accept();
        const HttpHeaders lines{"Content-Type: application/x-ndjson"};
        EXPECT_EQ(writer.request("POST", "/records", lines, records).status, 200);
        return static_cast<std::uint64_t>(count);
    }

    static constexpr milliseconds never{1'000'000};
    static constexpr const char* nothing_of_all = "/records?after=0&table=lines";

    RouteShop shop;
    std::size_t body_bytes_max = shop_config().limits.body_bytes;
    ConnectionRoom connections{100};
    std::atomic<bool> has_no_memory = false;  // for what asks how many connections there are
    Subscribers subscribers;
    std::atomic<std::size_t> held_bytes{0};
    std::atomic<std::size_t> catching_up{0};
    HttpMetrics metrics{shop.engine().metrics(),
                        endpoint_paths(),
                        {.connections =
                             [this] {
                                 if (has_no_memory) throw std::bad_alloc();
                                 return connections.count();
                             },
                         .body_bytes = [this] { return limits.bodies().bytes(); },
                         .subscribers = [this] { return subscribers.summary(); },
                         .revocations = [] { return HttpMetrics::Revoked{}; }}};
    Limits limits{{}, {}};
    AuditLog audit{nullptr};
    LongWork long_work;
    std::unique_ptr<Service> service;
    std::unique_ptr<Worker> worker;
    std::unique_ptr<Acceptor> acceptor;
};

TEST_F(ConnectionTest, AStreamHasHeartbeatsForAsLongAsItIsIdle) {
    serve(milliseconds(50), milliseconds(20), never);
    EventReader reader(port(), "/events");
    accept();

    for (int i = 0; i < 30; ++i) reader.await_bookmark();

    EXPECT_EQ(counted("freshet_subscribers_cut_total", {{"reason", "slow"}}), 0);
}

TEST_F(ConnectionTest, WhatAClientDoesNotTakeIsCountedForAsLongAsItIsThere) {
    constexpr std::size_t stream_bytes_max = 64U << 10U;
    serve(never, never, never);
    append_orders(1'000, 10'000);

    {
        // More than the system takes in for a client that reads nothing.
        const EventReader stuck(port(), "/records?after=0", {}, {.receive_buffer = 4'096});
        accept();
        while (held_bytes == 0) std::this_thread::yield();
        EXPECT_LT(held_bytes, 2 * stream_bytes_max);
    }
    while (held_bytes > 0) std::this_thread::yield();
}

TEST_F(ConnectionTest, LinesThatComeTooSlowlyAreToldHowManyStand) {
    serve(never, never, milliseconds(200));
    HttpClient client(port());
    client.send(upload_head("Content-Length: 100000000") + lines(1'000));
    accept();

    const auto answer = client.read_answer();

    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 408);
    EXPECT_NE(answer->body.find(R"("position":1000,"lines":1000,"appended":1000)"),
              std::string::npos)
        << answer->body;
}

TEST_F(ConnectionTest, ABodyThatIsBrokenOffIsToldHowManyLinesStand) {
    serve(never, never, never);
    HttpClient client(port());
    const std::string text = lines(1'000);
    client.send(upload_head("Transfer-Encoding: chunked"));
    accept();
    std::ostringstream chunk;
    chunk << std::hex << text.size() << "\r\n" << text << "\r\nwrong\r\n";
    client.send(chunk.str());

    const auto answer = client.read_answer();

    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 400);
    EXPECT_EQ(answer->header("connection"), "close");
    EXPECT_NE(answer->body.find(R"("lines":1000,"appended":1000)"), std::string::npos)
        << answer->body;
}

TEST_F(ConnectionTest, ABodyOfLinesIsAllowedOnlyOnceItsRequestIsAccepted) {
    serve(never, never, never);
    HttpClient client(port());
    client.send(
        "POST /records?table=nothing HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/x-ndjson\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
    accept();

    EXPECT_EQ(client.read_answer()->status, 404);

    HttpClient other(port());
    other.send(upload_head("Content-Length: 3\r\nExpect: 100-continue"));
    accept();
    EXPECT_EQ(other.read_answer(true)->status, 100);
    other.send("[]\n");
    EXPECT_EQ(other.read_answer()->status, 200);
}

// One thread serves both.
TEST_F(ConnectionTest, RequestsThatComeTogetherTakeTurnsWithThoseOfOthers) {
    constexpr int together = 100;
    serve(never, never, never);
    append_orders(1'000, 1'000);
    HttpClient many(port());
    accept();
    HttpClient one(port());
    accept();
    ASSERT_EQ(one.get("/metrics").status, 200);

    std::string requests;
    for (int i = 0; i < together; ++i) {
        requests += "HEAD /views/all-orders?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
    std::promise<void> both_sent;
    asio::post(worker->io(), [sent = both_sent.get_future()]() mutable { sent.wait(); });
    many.send(requests);
    one.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    both_sent.set_value();
    const support::Exposition seen(one.read_answer()->body);

    const auto answered =
        seen.value("freshet_http_requests_total",
                   {{"route", "/views/{view}/{key}"}, {"method", "HEAD"}, {"code", "200"}});
    EXPECT_LT(answered.value_or(0), together) << "the one does not wait for all of them";
    for (int i = 0; i < together; ++i) EXPECT_EQ(many.read_answer(true)->status, 200);
}

TEST_F(ConnectionTest, ARequestForWhichThereIsNoMemoryIsRefusedAndNothingElse) {
    serve(never, never, never);
    HttpClient client(port());
    accept();
    EXPECT_EQ(client.get("/metrics").status, 200);

    has_no_memory = true;
    const auto refused = client.get("/metrics");
    has_no_memory = false;

    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.body.find("there is no memory for this request"), std::string::npos);
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(client.get("/livez").status, 200) << "its connection continues";
    EXPECT_EQ(client.get("/metrics").status, 200);
}

TEST_F(ConnectionTest, WhatIsNoRequestIsCountedAsOther) {
    serve(never, never, never);
    HttpClient client(port());
    client.send("nonsense\r\n\r\n");
    accept();

    EXPECT_EQ(client.read_answer()->status, 400);

    EXPECT_EQ(counted("freshet_http_requests_total",
                      {{"route", "other"}, {"method", "other"}, {"code", "400"}}),
              1);
    EXPECT_LT(counted("freshet_http_request_duration_seconds_sum", {{"route", "other"}}), 60);
}

// ---- answers that are sent by the thread that hears first what they say ----

// The test is that thread. The worker's is held up where it must have no part in it.
class LoneWriterTest : public ConnectionTest {
protected:
    LoneWriterTest() {
        body_bytes_max = 8U << 20U;
        serve_stepped(never, never, never);
    }

    // Each on a connection of its own.
    HttpClient connected() {
        HttpClient client(port());
        accept();
        return client;
    }
    static std::string post(std::string_view body, const std::string& query = "") {
        return "POST /records" + query +
               " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
               "Content-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    }
    static std::string post_order(int number) {
        return post(order_event("INSERT", "o-" + std::to_string(number), 1, "OPEN"));
    }
    // Until the sequencer has so many batches to take.
    void await_waiting(std::size_t batches) {
        while (shop.engine().status().queued_batches < batches) std::this_thread::yield();
    }
    void step() { shop.stepped().sequencer().step(); }
    // What the worker had to do by now is done.
    void let_worker_run() {
        std::promise<void> done;
        asio::post(worker->io(), [&done] { done.set_value(); });
        done.get_future().wait();
    }
    // From its return on until release_worker(), the worker's thread does nothing.
    void hold_worker() {
        std::promise<void> held;
        asio::post(worker->io(), [&held, may_run = may_run.emplace().get_future()] {
            held.set_value();
            may_run.wait();
        });
        held.get_future().wait();
    }
    void release_worker() {
        if (may_run) may_run->set_value();
        may_run.reset();
    }
    double answered_posts() {
        return std::max(0.0, counted("freshet_http_requests_total",
                                     {{"route", "/records"}, {"method", "POST"}, {"code", "200"}}));
    }

    void TearDown() override {
        release_worker();
        ConnectionTest::TearDown();
    }

private:
    std::optional<std::promise<void>> may_run;
};

TEST_F(LoneWriterTest, IsAnsweredBeforeTheThreadOfItsConnectionIsWoken) {
    HttpClient client = connected();
    client.send(post_order(1));
    await_waiting(1);
    hold_worker();

    step();
    const auto answer = client.read_answer();

    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->header("freshet-position"), "1");
    EXPECT_EQ(answer->header("connection"), "");
    EXPECT_EQ(answered_posts(), 1) << "it is counted before anybody can know of it";
    release_worker();
    EXPECT_EQ(client.get("/views/order/o-1").status, 200) << "its connection continues";
}

TEST_F(LoneWriterTest, WhereSeveralWaitTheirThreadIsWokenForAllOfThem) {
    std::vector<HttpClient> clients;
    for (int i = 1; i <= 20; ++i) {
        clients.push_back(connected());
        clients.back().send(post_order(i));
        await_waiting(static_cast<std::size_t>(i));
    }
    hold_worker();

    step();

    EXPECT_EQ(answered_posts(), 0);
    release_worker();
    for (HttpClient& client : clients) EXPECT_EQ(client.read_answer()->status, 200);
    EXPECT_EQ(answered_posts(), 20);
    let_worker_run();
    clients.front().send(post_order(21));
    await_waiting(1);
    hold_worker();
    step();
    EXPECT_EQ(answered_posts(), 21) << "this one is alone again";
    release_worker();
}

TEST_F(LoneWriterTest, WhatComesBehindItIsAnsweredBehindIt) {
    HttpClient client = connected();
    client.send(post_order(1));
    await_waiting(1);
    client.send("GET /views/order/o-1 HTTP/1.1\r\nHost: localhost\r\n\r\n" + post_order(2) +
                post_order(3) + "GET /views/order/o-3 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let_worker_run();

    for (int i = 1; i <= 3; ++i) {
        await_waiting(1);
        step();
    }

    EXPECT_EQ(client.read_answer()->header("freshet-position"), "1");
    EXPECT_NE(client.read_answer()->body.find("o-1"), std::string::npos);
    EXPECT_EQ(client.read_answer()->header("freshet-position"), "2");
    EXPECT_EQ(client.read_answer()->header("freshet-position"), "3");
    EXPECT_NE(client.read_answer()->body.find("o-3"), std::string::npos);
}

TEST_F(LoneWriterTest, WhatItDoesNotTakeAtOnceFollows) {
    // Each record is answered for by some seventy bytes, more of them than a socket takes.
    constexpr int records = 1'000;
    constexpr std::size_t answer_bytes_min = 60'000;
    std::string body = "[";
    for (int i = 1; i <= records; ++i) {
        const std::string key = R"("pk":{"S":"o-)" + std::to_string(i) + R"("})";
        if (i > 1) body += ',';
        body += R"({"eventName":"INSERT","dynamodb":{"Keys":{)" + key +
                R"(},"SequenceNumber":"100000000000","NewImage":{)" + key + "}}}";
    }
    HttpClient client(port());
    accept(4'096);
    client.send(post(body + "]", "?table=orders"));
    await_waiting(1);
    hold_worker();

    step();
    release_worker();
    const auto answer = client.read_answer();

    ASSERT_TRUE(answer.has_value());
    EXPECT_GT(answer->body.size(), answer_bytes_min);
    EXPECT_NE(answer->body.find(R"("appended":1000)"), std::string::npos);
    EXPECT_TRUE(answer->body.ends_with("\"batchItemFailures\":[]}\n"));
    EXPECT_EQ(client.get("/views/order/o-1000").status, 200);
}

TEST_F(LoneWriterTest, ThatHasLeftIsMissedByNobody) {
    {
        HttpClient client = connected();
        client.send(post_order(1));
        await_waiting(1);
    }
    hold_worker();

    step();
    release_worker();

    while (connections.count() > 0) std::this_thread::yield();
    EXPECT_EQ(connected().get("/views/order/o-1").status, 200);
}

TEST_F(LoneWriterTest, IsToldWhenItsAnswerIsTheLastOfAServerThatStops) {
    HttpClient client = connected();
    client.send(post_order(1));
    await_waiting(1);
    worker->stop(never);
    let_worker_run();

    step();

    const auto answer = client.read_answer();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->header("connection"), "close");
    EXPECT_EQ(client.read_to_end(), "");
}

// Its number may be another file's by then.
TEST_F(LoneWriterTest, NothingIsSentOnASocketThatIsClosed) {
    HttpClient client = connected();
    client.send(post_order(1));
    await_waiting(1);
    acceptor.reset();
    worker.reset();
    std::vector<std::array<int, 2>> others(20);
    for (auto& ends : others) ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);

    step();

    for (const auto& ends : others) {
        for (const int end : ends) {
            char byte = 0;
            EXPECT_EQ(::recv(end, &byte, 1, MSG_DONTWAIT), -1);
        }
    }
    for (const auto& ends : others) {
        for (const int end : ends) ::close(end);
    }
}

TEST_F(ConnectionTest, WritersMayLeaveWheneverTheyLike) {
    serve(never, never, never);
    for (int i = 1; i <= 500; ++i) {
        HttpClient client(port());
        accept();
        const std::string body = order_event("INSERT", "o-" + std::to_string(i), 1, "OPEN");
        client.send("POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json" +
                    ("\r\nContent-Length: " + std::to_string(body.size())) + "\r\n\r\n" + body);
        if (i % 2 == 0) {
            EXPECT_EQ(client.read_answer()->status, 200);
        }
    }
    while (connections.count() > 0) std::this_thread::yield();
    while (shop.engine().status().queued_batches > 0) std::this_thread::yield();

    HttpClient client(port());
    accept();
    EXPECT_EQ(client.get("/livez").status, 200);
}

// ---- a long log, which has to be read from the disk ----

struct LongLog {
    LongLog() {
        RouteShop shop(shop_config(), folder.file("data"));
        for (std::uint64_t done = 0; done < head;) {
            std::string text = "[";
            for (int i = 0; i < 10'000; ++i, ++done) {
                const std::string key = R"("pk":{"S":"o-)" + std::to_string(done) + R"("})";
                if (i > 0) text += ',';
                text += R"({"eventName":"INSERT","dynamodb":{"Keys":{)" + key +
                        R"(},"SequenceNumber":"1","NewImage":{)" + key + "}}}";
            }
            EXPECT_EQ(shop.post(text + "]", "?table=orders").status, 200);
        }
    }

    static constexpr std::uint64_t head = 40'000;
    const support::TempFolder folder;
};

// Its streams ask for records of a table that has none, so all is looked at for nothing.
class CatchUpTest : private LongLog, public ConnectionTest {
protected:
    CatchUpTest() : ConnectionTest(folder.file("data")) {}

    using LongLog::head;
};

TEST_F(CatchUpTest, OfAStreamThatCatchesUpNothingMoreIsReadOnceItsClientHasLeft) {
    serve(never, never, never);
    {
        HttpClient client(port());
        client.send("GET " + std::string(nothing_of_all) +
                    " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    }
    const auto answered = [this] {
        return counted("freshet_http_requests_total",
                       {{"route", "/records"}, {"method", "GET"}, {"code", "200"}});
    };
    std::uint64_t seen = 0;
    accept();
    while (connections.count() > 0 || answered() < 1) {
        const auto slowest = subscribers.summary().slowest;
        if (slowest && slowest->value <= head) seen = std::max(seen, slowest->value);
    }

    EXPECT_LT(seen, head / 2);
    EXPECT_EQ(catching_up, 0U);
}

TEST_F(CatchUpTest, AStreamThatCatchesUpSaysHowFarItHasComeMeanwhile) {
    serve(never, milliseconds(1), never);
    EventReader reader(port(), nothing_of_all);
    accept();

    std::uint64_t first = 0;
    while (first == 0) {
        const std::string id = reader.await_bookmark().id.value_or(".0");
        first = std::stoull(id.substr(id.find('.') + 1));
    }

    EXPECT_LT(first, head);
}

}  // namespace
}  // namespace freshet::http
