// What clients that come by https are given: the promises of http/serving/tls.h and of the secure
// half of http/serving/channel.h, from outside.

#include "http/serving/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/routes/endpoints.h"
#include "http/serving/server.h"
#include "http/serving/worker.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/http_client.h"
#include "tests/readers/tls_client.h"
#include "tests/support/certificate.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using std::chrono::milliseconds;
using support::CertificateFiles;
using support::HttpClient;
using support::make_certificate;
using support::must;
using support::TempFolder;
using support::TlsClient;
using support::TlsOptions;

constexpr milliseconds never{1'000'000};
const std::string get_livez = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string last_livez =
    "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

std::string post(const std::string& type, const std::string& body) {
    return "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string lines(int count, std::size_t padding = 0) {
    std::string text;
    for (int i = 1; i <= count; ++i) {
        text +=
            order_event("INSERT", "o-" + std::to_string(i), 1, std::string(padding, 'x')) + "\n";
    }
    return text;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void put_in_place_of(const std::string& old_file, const std::string& file) {
    std::filesystem::copy_file(file, old_file, std::filesystem::copy_options::overwrite_existing);
}

// A worker that is handed its connections by the test.
class TlsTest : public ::testing::Test {
protected:
    void SetUp() override {
        must(certificate.load());
        shop.engine().start();
    }
    void TearDown() override {
        acceptor.reset();
        worker.reset();
    }

    struct Waits {
        milliseconds handshake_max = never;
        milliseconds heartbeat = never;
        milliseconds lines_grace = never;
    };
    void serve() { serve(Waits()); }
    void serve(const Waits& waits) {
        RouteContext routes = shop.context();
        routes.body_bytes_max = 2U << 20U;
        service = std::make_unique<Service>(Service{.routes = routes,
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
                                                    .idle_max = never,
                                                    .heartbeat = waits.heartbeat,
                                                    .lines_grace = waits.lines_grace,
                                                    .certificate = &certificate,
                                                    .handshake_max = waits.handshake_max});
        worker = std::make_unique<Worker>(*service);
        acceptor = std::make_unique<Acceptor>(
            worker->io(),
            asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), std::uint16_t{0}));
        worker->start();
    }

    // A client that has connected, and said nothing yet.
    template <class Client, class... Options>
    Client reach(Options... options) {
        Client client(acceptor->local_endpoint().port(), std::move(options)...);
        Socket socket(worker->io());
        acceptor->accept(socket);
        worker->adopt(std::move(socket), *limits.accept(*engine::IpAddress::parse("127.0.0.1")));
        return client;
    }
    // One that speaks TLS.
    TlsClient connect(TlsOptions options = {}) {
        auto client = reach<TlsClient>(std::move(options));
        EXPECT_TRUE(client.shake_hands()) << client.fault();
        return client;
    }
    std::string exchange(TlsClient& client, const std::string& bytes) {
        client.send(bytes);
        return client.read_to_end();
    }

    TempFolder folder;
    CertificateFiles files = make_certificate(folder, "first");
    TlsCertificate certificate{{.certificate = files.certificate, .key = files.key}};
    RouteShop shop;
    ConnectionRoom connections{100};
    Subscribers subscribers;
    std::atomic<std::size_t> held_bytes{0};
    std::atomic<std::size_t> catching_up{0};
    HttpMetrics metrics{shop.engine().metrics(),
                        endpoint_paths(),
                        {.connections = [this] { return connections.count(); },
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

TEST_F(TlsTest, SpeaksTls12And13ToWhoBelievesTheCertificate) {
    serve();
    for (const auto& [version, name] :
         {std::pair(TLS1_2_VERSION, "TLSv1.2"), std::pair(TLS1_3_VERSION, "TLSv1.3")}) {
        TlsClient client = connect({.version = version, .trusted = files.certificate});

        const std::string answer = exchange(client, last_livez);

        EXPECT_EQ(client.version(), name);
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
        EXPECT_TRUE(client.has_heard_farewell());
    }
}

TEST_F(TlsTest, SpeaksNothingOlder) {
    serve();
    auto client = reach<TlsClient>(TlsOptions{.version = TLS1_1_VERSION});

    EXPECT_FALSE(client.shake_hands());

    EXPECT_NE(client.fault().find("protocol version"), std::string::npos) << client.fault();
}

TEST_F(TlsTest, NamesItsProtocolToWhoAsksAndGoesOnWithOthers) {
    serve();
    TlsClient asking = connect({.protocol = "http/1.1"});
    TlsClient other = connect({.protocol = "h2"});

    EXPECT_EQ(asking.protocol(), "http/1.1");
    EXPECT_EQ(other.protocol(), "");
    EXPECT_EQ(count(exchange(other, last_livez), "HTTP/1.1 200 OK\r\n"), 1U);
}

TEST_F(TlsTest, WhatIsShownToBeTypedNamesTheServerByHttps) {
    serve();
    TlsClient client = connect();

    const std::string answer =
        exchange(client, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    EXPECT_NE(answer.find("curl https://localhost/"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("http://"), std::string::npos) << answer;
}

TEST_F(TlsTest, NewKeysAreTakenAsOftenAsTheyCome) {
    serve();
    TlsClient client = connect({.version = TLS1_3_VERSION});

    client.change_keys(10'000);

    // Others have their turn in between.
    const auto mode = static_cast<std::uint64_t>(SSL_CTX_get_mode(certificate.context().get()));
    EXPECT_EQ(mode & SSL_MODE_AUTO_RETRY, 0U);
    EXPECT_EQ(count(exchange(client, last_livez), "HTTP/1.1 200 OK\r\n"), 1U);
}

TEST_F(TlsTest, AThousandPipelinedRequestsGetAThousandAnswers) {
    serve();
    TlsClient client = connect();
    std::string bytes;
    for (int i = 0; i < 1'000; ++i) bytes += get_livez;

    EXPECT_EQ(count(exchange(client, bytes + last_livez), "HTTP/1.1 200 OK\r\n"), 1'001U);
}

TEST_F(TlsTest, ALongBodyComesWhole) {
    serve();
    TlsClient client = connect();

    // White space may stand before what a body says.
    client.send(post("application/json",
                     std::string(1U << 20U, ' ') + order_event("INSERT", "a", 1, "OPEN")));

    EXPECT_NE(client.read_until("\r\n\r\n").find("200 OK"), std::string::npos);
    EXPECT_NE(client.read_until("}").find("\"appended\":1"), std::string::npos);
}

TEST_F(TlsTest, ABodyOfLinesIsTakenAsItComes) {
    serve();
    TlsClient client = connect();

    client.send(post("application/x-ndjson", lines(5'000, 1'000)));

    EXPECT_NE(client.read_until("\r\n\r\n").find("200 OK"), std::string::npos);
    EXPECT_NE(client.read_until("}").find("\"appended\":5000"), std::string::npos);
}

TEST_F(TlsTest, LinesThatComeTooSlowlyAreToldHowManyStand) {
    serve({.lines_grace = milliseconds(200)});
    TlsClient client = connect();

    client.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        "Content-Length: 100000000\r\n\r\n" +
        lines(1'000));

    EXPECT_NE(client.read_until("\r\n\r\n").find(" 408 "), std::string::npos);
    EXPECT_NE(client.read_until("}").find("\"appended\":1000"), std::string::npos);
}

TEST_F(TlsTest, WhoEndsABodyTooEarlyIsAnswered) {
    serve();
    TlsClient client = connect();

    client.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        "Content-Length: 100000000\r\n\r\n" +
        lines(10));
    client.end_sending();

    EXPECT_NE(client.read_until("\r\n\r\n").find(" 400 "), std::string::npos);
}

TEST_F(TlsTest, WhoIsRefusedWhileItStillSendsReadsWhy) {
    serve();
    TlsClient client = connect();

    client.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000000000\r\n\r\n" +
        std::string(4U << 20U, 'x'));

    EXPECT_NE(client.read_to_end().find(" 413 "), std::string::npos);
}

TEST_F(TlsTest, AFollowerHearsWhatIsAppended) {
    serve();
    TlsClient follower = connect();
    follower.send(
        "GET /records?after=0 HTTP/1.1\r\nHost: localhost\r\n"
        "Accept: text/event-stream\r\n\r\n");
    follower.read_until("\r\n\r\n");
    TlsClient writer = connect();

    for (int i = 1; i <= 20; ++i) {
        const std::string id = "o-" + std::to_string(i);
        writer.send(post("application/json", order_event("INSERT", id, 1, "OPEN")));
        writer.read_until("\"appended\":1");
        follower.read_until(id + "\"");
    }
}

TEST_F(TlsTest, AFollowerHasHeartbeatsForAsLongAsItIsIdle) {
    serve({.heartbeat = milliseconds(20)});
    TlsClient follower = connect();

    follower.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");

    for (int i = 0; i < 10; ++i) follower.read_until("\nid: ");
}

TEST_F(TlsTest, ASlowFollowerHearsEverything) {
    serve();
    TlsClient writer = connect();
    writer.send(post("application/x-ndjson", lines(1'000, 10'000)));
    writer.read_until("\"appended\":1000");
    TlsClient follower = connect({.receive_buffer = 4'096});

    follower.send(
        "GET /records?after=0 HTTP/1.1\r\nHost: localhost\r\n"
        "Accept: text/event-stream\r\n\r\n");
    while (held_bytes == 0) std::this_thread::yield();

    for (int i = 1; i <= 1'000; ++i) follower.read_until("o-" + std::to_string(i) + "\"");
}

TEST_F(TlsTest, ASlowReaderIsGivenEveryAnswerWhole) {
    serve();
    TlsClient writer = connect();
    const std::string status(100'000, 's');
    writer.send(post("application/json", order_event("INSERT", "a", 1, status)));
    writer.read_until("\"appended\":1");
    TlsClient client = connect({.receive_buffer = 4'096});

    for (int i = 0; i < 100; ++i) {
        client.send("GET /views/order/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    EXPECT_EQ(count(exchange(client, last_livez), '"' + status + '"'), 100U);
}

TEST_F(TlsTest, AHandshakeMayComeByteByByte) {
    serve();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client = connect({.version = version, .send_bytes_max = 1});

        EXPECT_EQ(count(exchange(client, last_livez), "HTTP/1.1 200 OK\r\n"), 1U);
    }
}

// What a record of TLS with that much of a handshake looks like.
std::string handshake_record(const std::string& part) {
    const auto length = static_cast<char>(part.size());
    return std::string("\x16\x03\x01\x00", 4) + length + part;
}

TEST_F(TlsTest, AHandshakeThatAnnouncesTooMuchEndsAtOnce) {
    serve();
    auto client = reach<HttpClient>();
    // A hello of 128 KiB: room is not made for it.
    client.send(handshake_record(std::string("\x01\x02\x00\x00\x03\x03", 6)));

    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(TlsTest, AHandshakeInRecordsOfOneByteEndsAtOnce) {
    serve();
    auto client = reach<HttpClient>();
    client.send(handshake_record("\x01"));
    for (int i = 0; i < 3; ++i) client.send(handshake_record(std::string(1, '\0')));

    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(TlsTest, AHandshakeWithoutEndEndsByItsLength) {
    serve();
    auto client = reach<HttpClient>();
    // A hello of 16 KiB, of which each byte has a record.
    client.send(handshake_record(std::string("\x01\x00\x40\x00\x03\x03", 6)));
    std::string rest;
    for (int i = 0; i < 10'000; ++i) rest += handshake_record(std::string(1, '\0'));
    client.send(rest);

    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(TlsTest, ABodyInRecordsOfOneByteComesWhole) {
    serve();
    TlsClient client = connect();
    const std::string request =
        post("application/json", std::string(3'000, ' ') + order_event("INSERT", "a", 1, "OPEN"));

    for (const char byte : request) client.send(std::string(1, byte));

    EXPECT_NE(client.read_until("\r\n\r\n").find("200 OK"), std::string::npos);
    EXPECT_NE(client.read_until("}").find("\"appended\":1"), std::string::npos);
}

TEST_F(TlsTest, WhatIsNoHandshakeEndsNothingButItself) {
    serve();
    TlsClient other = connect();
    for (const std::string& garbage :
         {std::string(1'000, '\0'), std::string(1'000, '\x16'), std::string(100'000, '\xff'),
          std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10)}) {
        auto client = reach<HttpClient>();

        client.send(garbage);

        EXPECT_EQ(client.read_to_end().find("HTTP"), std::string::npos);
    }
    EXPECT_EQ(count(exchange(other, last_livez), "HTTP/1.1 200 OK\r\n"), 1U);
}

TEST_F(TlsTest, WhoComesByHttpIsToldSo) {
    serve();
    for (const std::string& method :
         {std::string("GET"), std::string("POST"), std::string("OPTIONS"), std::string("DELETE")}) {
        auto client = reach<HttpClient>();

        client.send(method + " /records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n" +
                    "\r\n" + std::string(100'000, 'x'));

        const std::string answer = client.read_to_end();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
        EXPECT_NE(answer.find("this port speaks https"), std::string::npos);
    }
}

TEST_F(TlsTest, AHandshakeThatStallsEndsAtItsDeadline) {
    serve({.handshake_max = milliseconds(20)});
    auto silent = reach<HttpClient>();
    auto stalling = reach<HttpClient>();

    // The beginning of a hello.
    stalling.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));

    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_EQ(stalling.read_to_end(), "");
}

TEST_F(TlsTest, AServerThatStopsEndsIdleConnectionsAndHandshakes) {
    serve();
    TlsClient idle = connect();
    TlsClient follower = connect();
    follower.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    follower.read_until("\r\n\r\n");
    auto silent = reach<HttpClient>();

    worker->stop(never);
    worker->join();

    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_TRUE(idle.has_heard_farewell());
    follower.read_until("the server stops");
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_EQ(connections.count(), 0U);
}

TEST_F(TlsTest, NewConnectionsAreShownTheNewCertificateAndOldOnesGoOn) {
    serve();
    TlsClient old = connect();
    const CertificateFiles renewed = make_certificate(folder, "second");

    put_in_place_of(files.certificate, renewed.certificate);
    put_in_place_of(files.key, renewed.key);
    must(certificate.load());

    EXPECT_EQ(old.server_name(), "first");
    EXPECT_EQ(connect().server_name(), "second");
    EXPECT_EQ(count(exchange(old, last_livez), "HTTP/1.1 200 OK\r\n"), 1U);
}

TEST_F(TlsTest, ACertificateThatCannotBeUsedChangesNothing) {
    serve();

    put_in_place_of(files.certificate, make_certificate(folder, "second").certificate);
    const auto loaded = certificate.load();

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::refused);
    EXPECT_EQ(connect().server_name(), "first");
}

TEST(TlsCertificateTest, SaysWhatIsWrongInWhichFile) {
    const TempFolder folder;
    const CertificateFiles good = make_certificate(folder, "good");
    const CertificateFiles other = make_certificate(folder, "other");
    const CertificateFiles locked = make_certificate(folder, "locked", "a passphrase");
    const std::string empty = folder.file("empty");
    const std::string damaged = folder.file("damaged");
    std::ofstream(empty).close();
    std::ofstream(damaged) << text_of(good.certificate).replace(100, 10, "??????????");
    struct Row {
        std::string certificate, key, file, said;
        Errc code = Errc::refused;
    };
    const std::string none = folder.file("none");
    const std::vector<Row> rows = {
        {none, good.key, none, "cannot be read: No such file or directory", Errc::io},
        {good.certificate, none, none, "cannot be read: No such file or directory", Errc::io},
        {folder.path(), good.key, folder.path(), "cannot be read: Is a directory", Errc::io},
        {empty, good.key, empty, "holds no certificate"},
        {good.key, good.key, good.key, "holds no certificate"},
        {damaged, good.key, damaged, "damaged"},
        {good.certificate, empty, empty, "holds no private key"},
        {good.certificate, good.certificate, good.certificate, "holds no private key"},
        {good.certificate, other.key, other.key, "does not belong to the certificate"},
        {locked.certificate, locked.key, locked.key, "the key is encrypted"},
    };
    for (const Row& row : rows) {
        TlsCertificate certificate({.certificate = row.certificate, .key = row.key});

        const auto loaded = certificate.load();

        ASSERT_FALSE(loaded) << row.said;
        EXPECT_EQ(loaded.error().code, row.code) << row.said;
        EXPECT_TRUE(loaded.error().message.starts_with(row.file + ": ")) << loaded.error().message;
        EXPECT_NE(loaded.error().message.find(row.said), std::string::npos)
            << loaded.error().message;
        EXPECT_EQ(certificate.context(), nullptr);
    }
}

TEST(TlsCertificateTest, TakesThoseThatVouchForItAndAKeyInTheSameFile) {
    const TempFolder folder;
    const CertificateFiles own = make_certificate(folder, "own");
    const CertificateFiles root = make_certificate(folder, "root");
    const std::string all = folder.file("all.pem");
    std::ofstream(all) << text_of(own.key) << text_of(own.certificate) << text_of(root.certificate);
    TlsCertificate certificate({.certificate = all, .key = all});

    must(certificate.load());

    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(certificate.context().get(), &chain);
    EXPECT_EQ(sk_X509_num(chain), 1);
}

class TlsServerTest : public ::testing::Test {
protected:
    void SetUp() override {
        config.server.tls = {.certificate = files.certificate, .key = files.key};
        engine::EngineOptions options;
        options.path = folder.file("data");
        engine = must(engine::Engine::open(config.catalog, std::move(options)));
        server = std::make_unique<Server>(*engine, config.server, config.limits, nullptr);
    }

    std::string name_shown() {
        TlsClient client(server->port());
        EXPECT_TRUE(client.shake_hands()) << client.fault();
        client.send(last_livez);
        EXPECT_EQ(count(client.read_to_end(), "HTTP/1.1 200 OK\r\n"), 1U);
        return client.server_name();
    }

    TempFolder folder;
    CertificateFiles files = make_certificate(folder, "first");
    engine::Config config = shop_config();
    std::unique_ptr<engine::Engine> engine;
    std::unique_ptr<Server> server;
};

TEST_F(TlsServerTest, ShowsItsCertificateAndANewOneOnceItIsTold) {
    must(server->start());
    const CertificateFiles renewed = make_certificate(folder, "second");
    EXPECT_EQ(name_shown(), "first");

    put_in_place_of(files.certificate, renewed.certificate);
    EXPECT_FALSE(server->reload_certificate(config.server.tls));
    EXPECT_EQ(name_shown(), "first");

    put_in_place_of(files.key, renewed.key);
    EXPECT_TRUE(server->reload_certificate(config.server.tls));
    EXPECT_EQ(name_shown(), "second");
}

TEST_F(TlsServerTest, TakesNoOtherFilesWhileItRuns) {
    must(server->start());
    const CertificateFiles other = make_certificate(folder, "second");

    for (const auto& named :
         {std::optional<engine::TlsSettings>(),
          std::optional(engine::TlsSettings{.certificate = other.certificate, .key = other.key})}) {
        const auto reloaded = server->reload_certificate(named);
        ASSERT_FALSE(reloaded);
        EXPECT_EQ(reloaded.error().code, Errc::refused);
    }
    EXPECT_EQ(name_shown(), "first");
}

TEST_F(TlsServerTest, DoesNotStartWithoutItsCertificate) {
    std::filesystem::remove(files.key);

    const auto started = server->start();

    ASSERT_FALSE(started);
    EXPECT_TRUE(started.error().message.starts_with(files.key)) << started.error().message;
}

}  // namespace
}  // namespace freshet::http
