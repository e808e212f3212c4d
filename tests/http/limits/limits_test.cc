// What one client may ask and have, as clients meet it on sockets. All of them are on this machine;
// a proxy there, which says for whom it asks, is how they come from elsewhere.
//
// The clock is the machine's own, and a bucket fills while a test runs. So a test asks until it is
// refused, and says only how often that must have gone well before.

#include "http/limits/limits.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/credentials/digest.h"
#include "http/credentials/token.h"
#include "http/serving/server.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/event_reader.h"
#include "tests/readers/exposition.h"
#include "tests/readers/http_client.h"
#include "tests/support/must.h"

namespace freshet::http {
namespace {

using engine::IpAddress;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using support::EventReader;
using support::HttpAnswer;
using support::HttpClient;
using support::HttpHeaders;
using support::must;
using TimePoint = Limits::TimePoint;

// ---- without sockets ----

constexpr TimePoint start{std::chrono::hours(1)};

Peer peer_of(Limits& limits, const std::string& address) {
    auto peer = limits.accept(*IpAddress::parse(address));
    EXPECT_TRUE(peer) << address;
    return peer ? *std::move(peer) : Peer{};
}

Identity identity_of(const std::string& subject, bool by_token = true) {
    auto caller = std::make_shared<engine::Caller>();
    caller->subject = subject;
    Identity identity;
    identity.caller = std::move(caller);
    if (by_token) identity.expires = std::chrono::sys_seconds(seconds(2'000'000'000));
    return identity;
}

Request request_of(Identity identity) {
    Request request;
    request.identity = std::move(identity);
    return request;
}

TEST(Limits, LetAnAddressHaveSoManyConnections) {
    Limits limits({.address_connections = 2}, {});
    const Peer first = peer_of(limits, "203.0.113.5");
    std::optional<Peer> second = peer_of(limits, "::ffff:203.0.113.5");

    const auto refused = limits.accept(*IpAddress::parse("203.0.113.5"));
    ASSERT_FALSE(refused);
    EXPECT_TRUE(limits.accept(*IpAddress::parse("203.0.113.6")));
    second.reset();
    EXPECT_TRUE(limits.accept(*IpAddress::parse("203.0.113.5")));

    const Answer answer = answer_of(refused.error());
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.header("Retry-After"), "10");
    EXPECT_NE(answer.body.find("too many connections of this address: it may have 2"),
              std::string::npos)
        << answer.body;
}

TEST(Limits, LetThisMachineAndTheProxyHaveAnyNumberOfConnections) {
    engine::ServerSettings server;
    server.behind_proxy = true;
    server.trusted_proxies.push_back(*engine::AddressBlock::parse("10.0.0.0/8"));
    Limits limits({.address_connections = 1}, server);

    std::vector<Peer> peers;
    for (int i = 0; i < 10; ++i) {
        peers.push_back(peer_of(limits, "127.0.0.1"));
        peers.push_back(peer_of(limits, "10.0.0.7"));
    }
    peers.push_back(peer_of(limits, "203.0.113.5"));

    EXPECT_FALSE(limits.accept(*IpAddress::parse("203.0.113.5")));
}

TEST(Limits, TakeAConnectionForARequest) {
    Limits limits({.address_rate = {.requests_per_s = 1, .burst = 3}}, {});
    const auto stranger = *IpAddress::parse("203.0.113.5");

    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.charge_connection(stranger, start));
    const auto refusal = limits.charge_connection(stranger, start);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->limit, Limit::address);
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(limits.charge_connection(*IpAddress::parse("127.0.0.1"), start));
    }
}

TEST(Limits, TakeTokensOfNobodyInParticularForNoOnes) {
    Limits limits({.subject_streams = 1, .subject_rate = {.requests_per_s = 1, .burst = 1}}, {});
    const Identity nobody{.caller = std::make_shared<const engine::Caller>(),
                          .expires = std::chrono::sys_seconds{seconds(1)}};
    std::vector<Seats::Seat> seats(3);

    for (Seats::Seat& seat : seats) {
        Charges charges;
        EXPECT_FALSE(limits.seat_stream({}, request_of(nobody), seat));
        EXPECT_FALSE(limits.charge_subject(nobody, {}, charges));
    }
}

TEST(Limits, TellWhatIsLeft) {
    Limits limits({.address_rate = {.requests_per_s = 10, .burst = 25},
                   .subject_rate = {.requests_per_s = 2, .burst = 1}},
                  {});
    const Peer peer = peer_of(limits, "203.0.113.5");
    Charges charges;
    Answer answer;

    EXPECT_FALSE(limits.charge_address(peer, Request(), start, charges));
    EXPECT_FALSE(limits.charge_subject(identity_of("ann"), start, charges));
    limits.add_limit_headers(answer, charges);

    EXPECT_EQ(answer.header("RateLimit-Policy"), R"("address";q=25;w=3, "subject";q=1;w=1)");
    EXPECT_EQ(answer.header("RateLimit"), R"("address";r=24;t=1, "subject";r=0;t=1)");
}

TEST(Limits, TellNothingWhereNoneApplies) {
    Limits limits({.subject_rate = {.requests_per_s = 2, .burst = 1}}, {});
    const Peer peer = peer_of(limits, "127.0.0.1");
    Charges charges;
    Answer answer;

    EXPECT_FALSE(limits.charge_address(peer, Request(), start, charges));
    EXPECT_FALSE(limits.charge_subject(identity_of("m", false), start, charges));
    limits.add_limit_headers(answer, charges);

    EXPECT_EQ(answer.header_lines(), "");
}

TEST(Limits, SayWhenToComeAgain) {
    Limits limits({.address_rate = {.requests_per_s = 1, .burst = 1}}, {});
    const Peer peer = peer_of(limits, "203.0.113.5");
    Charges charges;
    ASSERT_FALSE(limits.charge_address(peer, Request(), start, charges));

    const auto refusal = limits.charge_address(peer, Request(), start + milliseconds(1), charges);

    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->limit, Limit::address);
    EXPECT_EQ(refusal->wait, milliseconds(999));
    const Answer answer = answer_of(*refusal);
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_EQ(answer.body,
              R"({"type":"about:blank","title":"Too Many Requests","status":429,"detail":)"
              R"("too many requests of this address: it may send 1 at once, and from then on )"
              "1 a second\"}\n");
    EXPECT_EQ(answer_of({.wait = milliseconds(1'001)}).header("Retry-After"), "2");
    EXPECT_EQ(answer_of({.wait = nanoseconds(0)}).header("Retry-After"), "1");
}

TEST(Limits, OfStreamsAreByAddressForThoseWhoShowNoCredential) {
    Limits limits({.subject_streams = 1}, {.behind_proxy = true});
    const Request anonymous = request_of({.caller = engine::nobody(), .expires = {}});
    Request forwarded = anonymous;
    forwarded.headers.push_back({"X-Forwarded-For", "203.0.113.5"});
    const Peer proxy{.address = *IpAddress::parse("127.0.0.1"), .seat = {}};
    Seats::Seat seat;
    Seats::Seat other_seat;

    EXPECT_FALSE(limits.seat_stream(proxy, forwarded, seat));
    const auto refusal = limits.seat_stream(proxy, forwarded, other_seat);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->limit, Limit::streams);
    EXPECT_EQ(refusal->detail, "too many streams of this address: it may have 1");
    forwarded.headers.back().value = "203.0.113.6";
    EXPECT_FALSE(limits.seat_stream(proxy, forwarded, other_seat));
    // This machine itself is not limited.
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.seat_stream(proxy, anonymous, other_seat));
}

TEST(Limits, OfStreamsAreByAddressWhereNoCredentialsAreAskedFor) {
    Limits limits({.subject_streams = 1}, {.behind_proxy = true});
    Request forwarded = request_of({.caller = engine::everybody(), .expires = {}});
    const Request direct = forwarded;
    forwarded.headers.push_back({"X-Forwarded-For", "203.0.113.5"});
    const Peer proxy{.address = *IpAddress::parse("127.0.0.1"), .seat = {}};
    Seats::Seat seat;
    Seats::Seat other_seat;

    EXPECT_FALSE(limits.seat_stream(proxy, forwarded, seat));
    const auto refusal = limits.seat_stream(proxy, forwarded, other_seat);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->detail, "too many streams of this address: it may have 1");
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.seat_stream(proxy, direct, other_seat));
}

TEST(Limits, OfSubjectsAreForThoseOfTokensOnly) {
    Limits limits({.subject_streams = 1, .subject_rate = {.requests_per_s = 1, .burst = 1}}, {});
    Charges charges;
    Seats::Seat seat;
    Seats::Seat other_seat;

    EXPECT_FALSE(limits.charge_subject(identity_of("ann"), start, charges));
    EXPECT_TRUE(limits.charge_subject(identity_of("ann"), start, charges));
    EXPECT_FALSE(limits.charge_subject(identity_of("bob"), start, charges));
    EXPECT_FALSE(limits.seat_stream({}, request_of(identity_of("ann")), seat));
    EXPECT_TRUE(limits.seat_stream({}, request_of(identity_of("ann")), other_seat));
    EXPECT_FALSE(limits.seat_stream({}, request_of(identity_of("bob")), other_seat));
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(limits.charge_subject(identity_of("ann", false), start, charges));
        EXPECT_FALSE(limits.charge_subject({}, start, charges));
        EXPECT_FALSE(limits.seat_stream({}, request_of(identity_of("ann", false)), other_seat));
    }
}

// ---- on sockets ----

constexpr const char* secret = "a secret that both sides have had for long";
constexpr const char* secret_name = "FRESHET_TEST_LIMITS_SECRET";
constexpr std::string_view machine_key = "a-key-of-the-forwarder-0123456789abcdef";

constexpr const char* open_config = R"(
[server]
listen = "127.0.0.1:0"
behind_proxy = true
origins = ["https://shop.example"]

[limits]
address_requests_per_s = 1
address_burst = 20

[[table]]
name = "orders"
key  = ["pk"]

[[table.event]]
type = "placed"
)";

std::string hex(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xfU];
    }
    return text;
}

std::string closed_config() {
    setenv(secret_name, secret, 1);
    return R"(
[server]
listen = "127.0.0.1:0"
behind_proxy = true

[limits]
address_requests_per_s = 1
address_burst = 20
subject_requests_per_s = 1
subject_burst = 10
subject_streams = 2

[auth]
keys = [{ id = "k1", algorithm = "HS256", env = "FRESHET_TEST_LIMITS_SECRET" }]
machines = [{ name = "forwarder", sha256 = ")" +
           hex(digest_of(machine_key)) + R"(", rights = ["ingest", "watch", "read", "admin"] }]

[[table]]
name = "orders"
key  = ["pk"]

[[table.view]]
name   = "order"
access = [{ role = "customer" }]

[[table.event]]
type   = "placed"
access = [{ role = "customer" }]
)";
}

HttpHeaders from(const std::string& address) {
    return {"X-Forwarded-For: " + address};
}

HttpHeaders as(const std::string& subject) {
    const auto expires = std::chrono::system_clock::now() + std::chrono::minutes(30);
    const auto exp = std::chrono::floor<seconds>(expires).time_since_epoch().count();
    return {"Authorization: Bearer " +
            must(make_token(must(TokenKey::hmac("k1", secret)),
                            R"({"sub":")" + subject + R"(","role":"customer","exp":)" +
                                std::to_string(exp) + "}"))};
}

HttpHeaders as_machine() {
    return {"Authorization: Bearer " + std::string(machine_key)};
}

class LimitedServer {
public:
    explicit LimitedServer(const std::string& text, bool counts_loopback = false) {
        engine::Config config = must(engine::parse_config(text, "limits.toml"));
        engine::EngineOptions options;
        options.path = folder_.file("data");
        engine_ = must(engine::Engine::open(config.catalog, std::move(options)));
        engine_->start();
        config.server.counts_loopback = counts_loopback;
        server_ = std::make_unique<Server>(*engine_, config.server, config.limits, nullptr,
                                           must(Credentials::load(config.auth)));
        must(server_->start());
        HttpClient client(port());
        const auto deadline = std::chrono::steady_clock::now() + seconds(30);
        while (client.get("/readyz").status != 200) {
            if (std::chrono::steady_clock::now() > deadline) std::abort();
        }
    }
    ~LimitedServer() {
        server_.reset();
        engine_->stop();
    }
    LimitedServer(const LimitedServer&) = delete;
    LimitedServer& operator=(const LimitedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    HttpAnswer get(const std::string& target, const HttpHeaders& headers = {}) const {
        return HttpClient(port()).get(target, headers);
    }
    double limited(const std::string& limit) const {
        const support::Exposition metrics(get("/metrics", as_machine()).body);
        return metrics.value("freshet_http_limited_total", {{"limit", limit}}).value_or(-1);
    }

private:
    support::TempFolder folder_;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<Server> server_;
};

// Asks until it is refused: how often that went well, and the refusal.
struct Flood {
    int allowed = 0;
    HttpAnswer refusal;
};
Flood flood(HttpClient& client, const std::string& target, const HttpHeaders& headers) {
    Flood flood;
    for (int i = 0; i < 10'000; ++i) {
        flood.refusal = client.get(target, headers);
        if (flood.refusal.status == 429) return flood;
        ++flood.allowed;
    }
    return flood;
}

TEST(LimitedServer, RefusesTheRequestsOfOneAddressOnly) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());

    const Flood flooded = flood(client, "/", from("203.0.113.5"));

    EXPECT_GE(flooded.allowed, 20);
    EXPECT_EQ(flooded.refusal.status, 429);
    EXPECT_EQ(flooded.refusal.header("Retry-After"), "1");
    EXPECT_EQ(flooded.refusal.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(flooded.refusal.header("RateLimit-Policy"), R"("address";q=20;w=20)");
    EXPECT_EQ(flooded.refusal.header("RateLimit"), R"("address";r=0;t=1)");
    EXPECT_EQ(flooded.refusal.header("Connection"), "") << "it goes on";
    const HttpAnswer other = client.get("/", from("203.0.113.5, 203.0.113.6"));
    EXPECT_EQ(other.status, 200);
    EXPECT_EQ(other.header("RateLimit"), R"("address";r=19;t=1)");
    EXPECT_GE(server.limited("address"), 1);
}

TEST(LimitedServer, KeepsNoProbeAndNobodyOfThisMachineOut) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());
    flood(client, "/", from("203.0.113.5"));

    for (int i = 0; i < 9; ++i) {
        ASSERT_EQ(client.get("/livez", from("203.0.113.5")).status, 200);
        ASSERT_EQ(client.get("/readyz", from("203.0.113.5")).status, 200);
        const HttpAnswer own = client.get("/");
        ASSERT_EQ(own.status, 200);
        ASSERT_EQ(own.header("RateLimit"), "");
    }
}

TEST(LimitedServer, AnswersAnAddressNoMoreProbesThanRequests) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());

    flood(client, "/livez", from("203.0.113.5"));

    EXPECT_EQ(client.get("/livez", from("203.0.113.6")).status, 200);
    EXPECT_EQ(client.get("/", from("203.0.113.5")).status, 200) << "all else is counted apart";
}

TEST(LimitedServer, CountsRequestsThatComeTogether) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());
    std::string requests;
    for (int i = 0; i < 200; ++i) {
        requests += "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.5\r\n\r\n";
    }
    ASSERT_TRUE(client.send(requests));

    int answered = 0;
    int refused = 0;
    while (const auto answer = client.read_answer()) {
        if (answer->status == 429) ++refused;
        EXPECT_TRUE(answered >= 20 || answer->status == 200) << answered;
        ++answered;
    }
    EXPECT_GE(refused, 20);
    EXPECT_LT(answered, 200) << "the rest is not read";
}

TEST(LimitedServer, ReadsNoBodyOfARequestTooMany) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());
    flood(client, "/", from("203.0.113.5"));

    std::optional<HttpAnswer> answer;
    for (int i = 0; i < 1'000 && !(answer && answer->status == 429); ++i) {
        HttpClient writer(server.port());
        writer.send(
            "POST /records HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.5\r\n"
            "Content-Type: application/json\r\nExpect: 100-continue\r\n"
            "Content-Length: 1000\r\n\r\n");
        answer = writer.read_answer();
    }

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 429);
    EXPECT_EQ(answer->header("Connection"), "close");
}

TEST(LimitedServer, AsksAStreamTooManyToComeLater) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());

    for (const std::string target : {"/events", "/records"}) {
        HttpHeaders headers = from("203.0.113.5");
        if (target == "/records") headers.emplace_back("Accept: text/event-stream");
        HttpAnswer answer;
        // A stream that is followed has no length; then there was a request left again.
        for (int i = 0; i < 1'000 && answer.header("Content-Length").empty(); ++i) {
            flood(client, "/", from("203.0.113.5"));
            answer = server.get(target, headers);
        }

        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
        EXPECT_TRUE(answer.body.starts_with("retry: ")) << answer.body;
        EXPECT_GE(std::atoi(answer.body.c_str() + 7), 3'000);
        EXPECT_NE(answer.body.find("too many requests of this address"), std::string::npos);
        EXPECT_NE(answer.header("RateLimit"), "");
    }
}

TEST(LimitedServer, LetsPagesReadWhatIsLeft) {
    const LimitedServer server(open_config);
    HttpHeaders headers = from("203.0.113.5");
    headers.emplace_back("Origin: https://shop.example");

    const HttpAnswer answer = server.get("/", headers);

    EXPECT_NE(answer.header("Access-Control-Expose-Headers").find("RateLimit, RateLimit-Policy"),
              std::string::npos);
}

TEST(LimitedServer, LimitsWhoGuesses) {
    const LimitedServer server(closed_config());
    HttpClient client(server.port());
    HttpHeaders headers = from("203.0.113.5");
    headers.emplace_back("Authorization: Bearer a-key-that-is-guessed");

    HttpAnswer answer;
    int guesses = 0;
    while (answer.status != 429 && guesses < 10'000) {
        answer = client.get(guesses % 2 == 0 ? "/views/order/1" : "/readyz?verbose", headers);
        EXPECT_TRUE(answer.status == 401 || answer.status == 429) << answer.status;
        ++guesses;
    }

    EXPECT_EQ(answer.status, 429);
    EXPECT_GT(guesses, 20);
}

TEST(LimitedServer, LimitsEachSubjectWhereverItIs) {
    const LimitedServer server(closed_config());
    HttpClient client(server.port());
    const HttpHeaders ann = as("ann");

    const Flood flooded = flood(client, "/", ann);

    EXPECT_GE(flooded.allowed, 10);
    EXPECT_EQ(flooded.refusal.status, 429);
    EXPECT_EQ(flooded.refusal.header("RateLimit-Policy"), R"("subject";q=10;w=10)");
    EXPECT_NE(flooded.refusal.body.find("too many requests of this subject"), std::string::npos);
    EXPECT_EQ(client.get("/", as("bob")).status, 200);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.get("/", as_machine()).status, 200);
    EXPECT_GE(server.limited("subject"), 1);

    HttpHeaders elsewhere = as("cleo");
    elsewhere.push_back(from("203.0.113.7").front());
    EXPECT_EQ(client.get("/", elsewhere).header("RateLimit-Policy"),
              R"("address";q=20;w=20, "subject";q=10;w=10)");
}

TEST(LimitedServer, LetsASubjectFollowSoManyStreams) {
    const LimitedServer server(closed_config());
    EventReader first(server.port(), "/events", as("ann"));
    EventReader second(server.port(), "/events", as("ann"));
    first.await_bookmark();
    second.await_bookmark();

    EventReader third(server.port(), "/events", as("ann"));
    EXPECT_EQ(third.status(), 200);
    EXPECT_EQ(third.header("Last-Event-ID"), "");
    EXPECT_NE(server.get("/events", as("ann")).body.find("retry: "), std::string::npos);
    EXPECT_GE(server.limited("streams"), 1);

    EventReader other(server.port(), "/events", as("bob"));
    other.await_bookmark();
    std::vector<EventReader> of_machine;
    for (int i = 0; i < 5; ++i) {
        of_machine.emplace_back(server.port(), "/events", as_machine()).await_bookmark();
    }
}

TEST(LimitedServer, GivesThePlaceOfAStreamBackWhenItIsCut) {
    // Asking again and again takes requests, of which there are enough for one subject here.
    std::string text = closed_config();
    const std::string few = "subject_requests_per_s = 1\nsubject_burst = 10\n";
    text.replace(text.find(few), few.size(), "subject_requests_per_s = 0\n");
    const LimitedServer server(text);
    EventReader first(server.port(), "/events", as("ann"));
    EventReader second(server.port(), "/events", as("ann"));
    first.await_bookmark();
    second.await_bookmark();

    first.cut();

    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (true) {
        EventReader next(server.port(), "/events", as("ann"));
        if (!next.header("Last-Event-ID").empty()) break;
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
}

TEST(LimitedServer, RefusesTheConnectionsOfOneAddressBeyondItsOwn) {
    std::string text = open_config;
    const std::string behind = "behind_proxy = true\n";
    text.erase(text.find(behind), behind.size());
    const std::string few = "address_requests_per_s = 1\naddress_burst = 20\n";
    text.replace(text.find(few), few.size(), "address_connections = 3\n");
    const LimitedServer server(text, true);
    const auto served = [&server] {
        std::optional<HttpClient> client(std::in_place, server.port());
        client->send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const auto answer = client->read_answer();
        if (!answer || answer->status != 200) client.reset();
        return client;
    };
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    // The connection by which the server was found to be ready has to be gone first.
    std::vector<HttpClient> clients;
    while (clients.size() < 3) {
        if (auto client = served()) clients.push_back(*std::move(client));
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }

    const std::string refusal = HttpClient(server.port()).read_to_end();

    EXPECT_TRUE(refusal.starts_with("HTTP/1.1 429 Too Many Requests\r\n")) << refusal;
    EXPECT_NE(refusal.find("\r\nRetry-After: 10\r\n"), std::string::npos) << refusal;
    EXPECT_NE(refusal.find("\r\nConnection: close\r\n"), std::string::npos) << refusal;
    // Whoever has one may still ask.
    const support::Exposition metrics(clients.front().get("/metrics").body);
    EXPECT_GE(metrics.value("freshet_http_limited_total", {{"limit", "connections"}}), 1);

    clients.pop_back();
    while (!served()) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

// What it costs to refuse it is not spent without end.
TEST(LimitedServer, ClosesTheConnectionOfAClientThatIsRefusedAgainAndAgain) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());
    flood(client, "/", from("203.0.113.5"));

    int refused = 1;
    while (refused < 100) {
        const HttpAnswer answer = client.get("/", from("203.0.113.5"));
        if (answer.status == 429) ++refused;
        if (answer.header("Connection") == "close") break;
    }

    EXPECT_GE(refused, 20);
    EXPECT_LT(refused, 100);
    EXPECT_FALSE(client.read_answer().has_value());
}

// ---- bodies ----

constexpr const char* bodies_config = R"(
[server]
listen = "127.0.0.1:0"
behind_proxy = true

[limits]
body_bytes = 10000
all_bodies_bytes = 40000

[[table]]
name = "orders"
key  = ["pk"]
)";

// A client at that address that has sent all of a body but its last bytes, and waits.
class HeldBody {
public:
    HeldBody(const LimitedServer& server, const std::string& address, const std::string& type,
             std::size_t bytes)
        : client_(server.port()) {
        client_.send("POST /records HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: " + address +
                     "\r\nContent-Type: " + type + "\r\nContent-Length: " +
                     std::to_string(bytes + rest_.size()) + "\r\n\r\n" + std::string(bytes, ' '));
    }
    HttpAnswer finish() {
        client_.send(rest_);
        return answer();
    }
    HttpAnswer answer() { return client_.read_answer().value_or(HttpAnswer()); }

private:
    const std::string rest_ = "[]\n";
    HttpClient client_;
};

// Waits until so many bytes of bodies are held; false if they are not within half a minute.
bool come_to_hold(const LimitedServer& server, double least, double most) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (std::chrono::steady_clock::now() < deadline) {
        const support::Exposition metrics(server.get("/metrics").body);
        const double held = metrics.value("freshet_http_body_bytes", {}).value_or(-1);
        if (least <= held && held <= most) return true;
    }
    return false;
}

TEST(LimitedServer, HoldsNoMoreBodiesThanItHasMemoryFor) {
    const LimitedServer server(bodies_config);
    const std::string json = "application/json";
    std::vector<std::unique_ptr<HeldBody>> held;
    const auto hold = [&](const std::string& address) {
        held.push_back(std::make_unique<HeldBody>(server, address, json, 9'900));
        return come_to_hold(server, static_cast<double>(held.size()) * 9'900,
                            static_cast<double>(held.size()) * 10'000);
    };
    ASSERT_TRUE(hold("203.0.113.5"));
    ASSERT_TRUE(hold("203.0.113.5"));

    const HttpAnswer own = HeldBody(server, "203.0.113.5", json, 9'900).answer();

    EXPECT_EQ(own.status, 429);
    EXPECT_NE(own.body.find("of this client: it may send 20000"), std::string::npos) << own.body;
    ASSERT_TRUE(hold("203.0.113.6"));

    // As much as the last one has would have to be left for others.
    const HttpAnswer all = HeldBody(server, "203.0.113.7", json, 9'900).answer();

    EXPECT_EQ(all.status, 503);
    EXPECT_EQ(all.header("Retry-After"), "1");
    EXPECT_EQ(server.limited("bodies"), 2);
    EXPECT_EQ(HttpClient(server.port())
                  .request("POST", "/records", {"Content-Type: application/json"}, "[]")
                  .status,
              200)
        << "what comes whole takes no room";
    for (auto& body : held) EXPECT_EQ(body->finish().status, 200);
    held.clear();
    EXPECT_TRUE(come_to_hold(server, 0, 0));
    EXPECT_EQ(HeldBody(server, "203.0.113.7", json, 9'900).finish().status, 200);
}

TEST(LimitedServer, CountsTheLinesOfAnUploadThatAreNotWrittenYet) {
    const LimitedServer server(bodies_config);
    const std::string lines = "application/x-ndjson";
    HeldBody first(server, "203.0.113.5", lines, 9'900);
    ASSERT_TRUE(come_to_hold(server, 9'900, 20'000));

    const HeldBody second(server, "203.0.113.5", lines, 9'900);
    const HeldBody third(server, "203.0.113.5", lines, 9'900);

    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (server.limited("bodies") < 1) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    EXPECT_EQ(first.finish().status, 200) << "what is held already stays";
}

// What it has gathered is written early, which makes room for the next lines.
TEST(LimitedServer, RefusesNoUploadForWhatItGathersAlone) {
    const LimitedServer server(bodies_config);
    std::string lines;
    for (int i = 0; i < 3'000; ++i) {
        const std::string key = R"("pk":{"S":"o-)" + std::to_string(i) + R"("})";
        lines += R"({"eventName":"INSERT","dynamodb":{"Keys":{)" + key +
                 R"(},"SequenceNumber":"1","NewImage":{)" + key + R"(,"text":{"S":")" +
                 std::string(200, 'x') + "\"}}}}\n";
    }
    HttpHeaders headers = from("203.0.113.5");
    headers.emplace_back("Content-Type: application/x-ndjson");

    const HttpAnswer answer =
        HttpClient(server.port()).request("POST", "/records?table=orders", headers, lines);

    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find(R"("appended":3000)"), std::string::npos) << answer.body;
    EXPECT_EQ(server.limited("bodies"), 0);
}

TEST(LimitedServer, CountsNoBodyThatIsOnlyAnnounced) {
    const LimitedServer server(bodies_config);
    HttpClient client(server.port());
    client.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 9000\r\nExpect: 100-continue\r\n\r\n");

    EXPECT_EQ(client.read_answer(true)->status, 100);

    EXPECT_TRUE(come_to_hold(server, 0, 0));
}

// Neither a wrong path or method, nor who may not, makes the server take a body in.
TEST(LimitedServer, WaitsForNoBodyThatNobodyMaySendThere) {
    const LimitedServer server(std::string(bodies_config) + R"(
[[table.view]]
name = "order"
)");
    for (const std::string path : {"/views/order/x", "/no/such/path", "/status", "/livez"}) {
        HttpClient client(server.port());
        client.send("POST " + path +
                    " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n");
        const int status = client.read_answer().value_or(HttpAnswer()).status;
        EXPECT_EQ(status, path == "/no/such/path" ? 404 : 405) << path;
    }
}

TEST(LimitedServer, WaitsForNoBodyOfWhoMayNotSendIt) {
    const LimitedServer server(closed_config());
    for (const std::string path :
         {"/records", "/tokens", "/tokens/revoke", "/tables/orders/sources",
          "/tables/orders/reconciliations", "/tables/orders/reconciliations/x"}) {
        HttpClient client(server.port());
        std::string head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n";
        for (const std::string& header : as("ann")) head += header + "\r\n";
        client.send(head + "Content-Length: 9000\r\nContent-Type: application/json\r\n\r\n");
        const HttpAnswer answer = client.read_answer().value_or(HttpAnswer());
        EXPECT_EQ(answer.status, path == "/tokens" ? 501 : 403) << path << answer.body;
    }
}

TEST(LimitedServer, TakesNoLongBodyWhereAnOrderIsExpected) {
    const LimitedServer server(open_config);
    HttpClient client(server.port());
    client.send(
        "POST /tables/orders/sources HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nContent-Length: 70000\r\n\r\n");

    const HttpAnswer answer = client.read_answer().value_or(HttpAnswer());

    EXPECT_EQ(answer.status, 413);
    EXPECT_NE(answer.body.find("65536 bytes, which is more than this path takes"),
              std::string::npos)
        << answer.body;
}

}  // namespace
}  // namespace freshet::http
