// What http/serving/connection.h promises of waits and their ends, with waits that are short.

#include "http/serving/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/routes/endpoints.h"
#include "http/serving/tls.h"
#include "http/serving/worker.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/event_reader.h"
#include "tests/readers/exposition.h"
#include "tests/readers/http_client.h"
#include "tests/readers/tls_client.h"
#include "tests/support/certificate.h"
#include "tests/support/must.h"
#include "tests/support/packing.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using std::chrono::milliseconds;
using support::EventReader;
using support::HttpClient;
using support::HttpHeaders;
using support::make_certificate;
using support::must;
using support::TempFolder;
using support::TlsClient;

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
                                                               .origins = origins,
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
        worker->adopt(std::move(socket), peer());
    }
    Peer peer(const std::string& address = "127.0.0.1") {
        return *limits.accept(*engine::IpAddress::parse(address));
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
    const BrowserOrigins origins{{"https://shop.example"}};
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

// From its beginning to its end the worker's thread does nothing.
class Hold {
public:
    explicit Hold(Worker& worker) {
        std::promise<void> held;
        asio::post(worker.io(), [&held, may_run = may_run_.get_future()] {
            held.set_value();
            may_run.wait();
        });
        held.get_future().wait();
    }
    ~Hold() { may_run_.set_value(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

private:
    std::promise<void> may_run_;
};

std::vector<std::string> names(const std::map<std::string, std::string>& headers) {
    std::vector<std::string> all;
    all.reserve(headers.size());
    for (const auto& [name, value] : headers) all.push_back(name);
    return all;
}

// The test is that thread. The worker's is held up where it must have no part in it.
class LoneWriterTest : public ConnectionTest {
protected:
    LoneWriterTest() {
        body_bytes_max = 8U << 20U;
        serve_stepped(never, never, never);
    }

    Socket accepted(Worker& by) {
        Socket socket(by.io());
        acceptor->accept(socket);
        return socket;
    }
    static void adopt(Worker& by, Socket socket, Peer who) {
        by.adopt(std::move(socket), std::move(who));
    }
    // Writes until the system takes no more. Returns what it took.
    static std::string fill(Socket& socket) {
        std::string all;
        const std::string some(1'000, 'x');
        socket.non_blocking(true);
        while (true) {
            ErrorCode is_full;
            const std::size_t count = socket.write_some(asio::buffer(some), is_full);
            if (is_full) return all;
            all.append(some, 0, count);
        }
    }
    // Each on a connection of its own.
    HttpClient connected() {
        HttpClient client(port());
        accept();
        return client;
    }
    static std::string post(std::string_view body, const std::string& query = "",
                            const HttpHeaders& headers = {},
                            const std::string& version = "HTTP/1.1") {
        std::string text = "POST /records" + query + " " + version +
                           "\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        for (const std::string& header : headers) text += header + "\r\n";
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
        return text.append(body);
    }
    // So many records of one table.
    static std::string orders(int count) {
        std::string text = "[";
        for (int i = 1; i <= count; ++i) {
            const std::string key = R"("pk":{"S":"o-)" + std::to_string(i) + R"("})";
            if (i > 1) text += ',';
            text += R"({"eventName":"INSERT","dynamodb":{"Keys":{)" + key +
                    R"(},"SequenceNumber":"100000000000","NewImage":{)" + key + "}}}";
        }
        return text + "]";
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
    void hold_worker() { hold_.emplace(*worker); }
    void release_worker() { hold_.reset(); }
    double answered_posts() {
        return std::max(0.0, counted("freshet_http_requests_total",
                                     {{"route", "/records"}, {"method", "POST"}, {"code", "200"}}));
    }

    void TearDown() override {
        release_worker();
        ConnectionTest::TearDown();
    }

    static constexpr const char* minimal = "Prefer: return=minimal";

private:
    std::optional<Hold> hold_;
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

TEST_F(LoneWriterTest, WhoseAnswerIsLongIsAnsweredByItsOwnThread) {
    struct Row {
        int records;
        HttpHeaders headers;
        double answered_at_once;
    };
    HttpClient client = connected();
    double answered = 0;
    for (const Row& row : {Row{16, {}, 1}, Row{17, {}, 0}, Row{500, {minimal}, 1}}) {
        client.send(post(orders(row.records), "?table=orders", row.headers));
        await_waiting(1);
        hold_worker();

        step();

        EXPECT_EQ(answered_posts() - answered, row.answered_at_once) << row.records;
        release_worker();
        const auto answer = client.read_answer();
        ASSERT_TRUE(answer.has_value());
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answered_posts(), ++answered);
        let_worker_run();
    }
}

TEST_F(LoneWriterTest, WhatItDoesNotTakeAtOnceFollows) {
    HttpClient client(port());
    Socket socket = accepted(*worker);
    const std::string before = fill(socket);
    adopt(*worker, std::move(socket), peer());
    client.send(post(orders(16), "?table=orders"));
    await_waiting(1);
    hold_worker();

    step();
    EXPECT_EQ(answered_posts(), 1);
    release_worker();

    client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const std::string text = client.read_to_end();
    ASSERT_TRUE(text.starts_with(before));
    const std::string answers = text.substr(before.size());
    EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 OK\r\n"));
    const std::size_t next = answers.find("HTTP/1.1 200 OK\r\n", 1);
    ASSERT_NE(next, std::string::npos);
    EXPECT_NE(answers.substr(0, next).find(R"("appended":16)"), std::string::npos);
    EXPECT_TRUE(answers.substr(0, next).ends_with("\"batchItemFailures\":[]}\n"));
    EXPECT_EQ(answers.find("HTTP/1.1", next + 1), std::string::npos);
}

TEST_F(LoneWriterTest, WaitsAloneIfNobodyWaitsOnAnotherThreadEither) {
    Worker other(*service);
    other.start();
    HttpClient first = connected();
    first.send(post_order(1));
    await_waiting(1);
    HttpClient second(port());
    adopt(other, accepted(other), peer());
    second.send(post_order(2));
    await_waiting(2);
    hold_worker();
    std::optional<Hold> other_held(other);

    step();

    EXPECT_EQ(answered_posts(), 0);
    release_worker();
    other_held.reset();
    EXPECT_EQ(first.read_answer()->status, 200);
    EXPECT_EQ(second.read_answer()->status, 200);
}

// Alone, and then beside another writer.
TEST_F(LoneWriterTest, IsToldWhatItWouldBeToldByItsOwnThread) {
    struct Row {
        std::string version;
        HttpHeaders headers;
        std::string header;
        std::string value;
    };
    const std::vector<Row> rows{
        {"HTTP/1.1", {}, "connection", ""},
        {"HTTP/1.0", {"Connection: keep-alive"}, "connection", "keep-alive"},
        {"HTTP/1.1",
         {"Origin: https://shop.example"},
         "access-control-allow-origin",
         "https://shop.example"},
        {"HTTP/1.1", {minimal}, "preference-applied", "return=minimal"}};
    HttpClient client(port());
    adopt(*worker, accepted(*worker), peer("203.0.113.5"));
    HttpClient other = connected();
    const std::string body = order_event("INSERT", "o-1", 1, "OPEN");
    for (const Row& row : rows) {
        const double answered = answered_posts();
        client.send(post(body, "", row.headers, row.version));
        await_waiting(1);
        hold_worker();
        step();
        EXPECT_EQ(answered_posts(), answered + 1);
        const auto alone = client.read_answer();
        release_worker();
        let_worker_run();
        other.send(post(body));
        await_waiting(1);
        client.send(post(body, "", row.headers, row.version));
        await_waiting(2);
        step();
        const auto beside = client.read_answer();
        EXPECT_EQ(other.read_answer()->status, 200);
        let_worker_run();

        ASSERT_TRUE(alone && beside);
        EXPECT_EQ(alone->header(row.header), row.value);
        EXPECT_NE(alone->header("ratelimit"), "");
        EXPECT_NE(alone->header("ratelimit-policy"), "");
        EXPECT_EQ(names(alone->headers), names(beside->headers));
        EXPECT_EQ(alone->header(row.header), beside->header(row.header));
        EXPECT_EQ(alone->body.find("results") == std::string::npos,
                  beside->body.find("results") == std::string::npos);
    }
}

TEST_F(LoneWriterTest, OfACrowdedServerIsToldByItsOwnThreadThatItsAnswerIsTheLast) {
    HttpClient client(port());
    Peer brief = peer();
    brief.is_brief = true;
    adopt(*worker, accepted(*worker), std::move(brief));
    client.send(post_order(1));
    await_waiting(1);
    hold_worker();

    step();

    EXPECT_EQ(answered_posts(), 0);
    release_worker();
    EXPECT_EQ(client.read_answer()->header("connection"), "close");
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(LoneWriterTest, ThatSpeaksTlsIsAnsweredByItsOwnThread) {
    const TempFolder folder;
    const auto files = make_certificate(folder, "first");
    TlsCertificate certificate({.certificate = files.certificate, .key = files.key});
    must(certificate.load());
    service->certificate = &certificate;
    {
        TlsClient client(port());
        accept();
        ASSERT_TRUE(client.shake_hands()) << client.fault();
        client.send(post_order(1));
        await_waiting(1);
        hold_worker();

        step();

        EXPECT_EQ(answered_posts(), 0);
        release_worker();
        EXPECT_NE(client.read_until("\"batchItemFailures\":[]}").find(" 200 OK"),
                  std::string::npos);
    }
    while (connections.count() > 0) std::this_thread::yield();
}

TEST_F(LoneWriterTest, ThatWasToldToComeAgainIsNotAnsweredOnceMore) {
    service->receipt_max = milliseconds(10);
    HttpClient client = connected();
    client.send(post_order(1));
    EXPECT_EQ(client.read_answer()->status, 504);

    step();

    const auto order = client.get("/views/order/o-1");
    EXPECT_EQ(order.status, 200);
    EXPECT_EQ(order.header("freshet-position"), "1");
    EXPECT_NE(order.body.find(R"("o-1")"), std::string::npos);
    EXPECT_EQ(answered_posts(), 0);
}

TEST_F(LoneWriterTest, IsAnsweredOnceAlsoWhereItsReceiptComesAtItsDeadline) {
    constexpr milliseconds receipt_max{2};
    service->receipt_max = receipt_max;
    HttpClient client = connected();
    for (int i = 1; i <= 100; ++i) {
        client.send(post_order(i));
        await_waiting(1);
        if (i % 2 == 0) hold_worker();
        std::this_thread::sleep_for(receipt_max);
        step();
        release_worker();

        const auto answer = client.read_answer();
        ASSERT_TRUE(answer.has_value());
        EXPECT_TRUE(answer->status == 200 || answer->status == 504) << answer->status;
        const auto order = client.get("/views/order/o-" + std::to_string(i));
        EXPECT_EQ(order.body, R"({"id":"o-)" + std::to_string(i) + R"(","status":"OPEN"})" + "\n");
    }
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

// It is not woken when its answer is sent, and yet what is said of idle connections is true of it.
TEST_F(LoneWriterTest, IsIdleFromItsAnswerOn) {
    service->idle_max = milliseconds(500);
    service->receipt_max = never;
    HttpClient client = connected();
    client.send(post_order(1));
    await_waiting(1);

    step();

    EXPECT_EQ(client.read_answer()->status, 200);
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(LoneWriterTest, ThatIsAnsweredIsClosedByAServerThatStops) {
    service->receipt_max = never;
    HttpClient client = connected();
    client.send(post_order(1));
    await_waiting(1);
    hold_worker();
    step();
    EXPECT_EQ(client.read_answer()->status, 200);

    worker->stop(never);
    release_worker();

    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(LoneWriterTest, ThatSendsNoMoreIsAnsweredAllTheSame) {
    for (int i = 1; i <= 2; ++i) {
        asio::io_context io;
        asio::ip::tcp::socket client(io);
        client.connect({asio::ip::address_v4::loopback(), port()});
        accept();
        asio::write(client, asio::buffer(post_order(i)));
        await_waiting(1);
        if (i == 1) step();
        client.shutdown(asio::socket_base::shutdown_send);
        let_worker_run();

        if (i == 2) step();

        std::string answer;
        ErrorCode end;
        asio::read(client, asio::dynamic_buffer(answer), end);
        EXPECT_EQ(end, asio::error::eof);
        EXPECT_NE(answer.find(R"("appended":1)"), std::string::npos) << answer;
    }
}

// What it came as is counted by its own thread.
TEST_F(LoneWriterTest, WhoseBodyIsPackedIsAnsweredByItsOwnThread) {
    HttpClient client = connected();
    const std::string body = support::packed_as_gzip(order_event("INSERT", "o-1", 1, "OPEN"));
    client.send(post(body, "", {"Content-Encoding: gzip"}));
    await_waiting(1);
    hold_worker();

    step();

    EXPECT_EQ(answered_posts(), 0);
    release_worker();
    EXPECT_EQ(client.read_answer()->status, 200);
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
