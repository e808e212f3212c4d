// What examples/proxies promises of each proxy: while the server is away, who waits for events is
// told to come again and nobody else is told a success; while it is there, the proxy keeps nothing
// back and sends nothing twice.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/proxy.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

constexpr const char* wants_events = "Accept: text/event-stream";
constexpr const char* comes_again = "retry: 2000\n\n";

const std::vector<std::string> kinds = {"nginx", "haproxy", "caddy"};

std::string name_of(const ::testing::TestParamInfo<std::string>& kind) {
    return kind.param;
}

// ---- while nobody listens on the server's port, nor on the application's ----

class ProxyWithoutServer : public ::testing::TestWithParam<std::string> {
protected:
    HttpAnswer ask(std::string_view method, std::string_view target, const HttpHeaders& headers) {
        support::HttpClient client(proxy.port());
        if (method != "HEAD") {
            return client.request(method, target, headers, method == "POST" ? "{}" : "");
        }
        std::string request = "HEAD " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
        for (const std::string& header : headers) request += header + "\r\n";
        client.send(request + "\r\n");
        return client.read_answer(true).value_or(HttpAnswer{});
    }

    Proxy proxy{GetParam(), closed_port(), closed_port()};
};

TEST_P(ProxyWithoutServer, TellsThoseWhoWaitForEventsToComeAgain) {
    for (const char* target : {"/events", "/events?topic=a&last_event_id=5f3c.7",
                               "/live?view=order/a", "/views/all-orders", "/views/order/a%2Fb",
                               "/views/my-orders/ada?limit=1", "/records", "/records?after=3"}) {
        for (const char* accept :
             {wants_events, "Accept: Text/Event-Stream;q=0.5",
              "Accept: application/json, text/event-stream", "Accept: text/event-stream , */*"}) {
            const HttpAnswer answer = ask("GET", target, {accept});

            EXPECT_EQ(answer.status, 200) << target << ' ' << accept;
            EXPECT_EQ(answer.header("Content-Type"), "text/event-stream") << target;
            EXPECT_EQ(answer.header("Cache-Control"), "no-store") << target;
            EXPECT_EQ(answer.body, comes_again) << target;
        }
    }
}

TEST_P(ProxyWithoutServer, TellsNobodyElseThatAllIsWell) {
    struct Asked {
        const char* method;
        const char* target;
        HttpHeaders headers;
    };
    const std::vector<Asked> all = {
        {"POST", "/records", {"Content-Type: application/json"}},
        {"POST", "/records?partial=true", {"Content-Type: application/json", wants_events}},
        {"POST", "/events", {wants_events}},
        {"POST", "/tokens", {wants_events}},
        {"DELETE", "/session", {wants_events}},
        {"HEAD", "/events", {wants_events}},
        {"HEAD", "/views/all-orders", {wants_events}},
        {"GET", "/events", {}},
        {"GET", "/events", {"Accept: */*"}},
        {"GET", "/views/all-orders", {"Accept: application/json"}},
        {"GET", "/views/all-orders", {"Accept: application/json, text/event-stream;q=0"}},
        {"GET", "/views/all-orders", {"Accept: text/event-stream; q=0.000, application/json"}},
        {"GET", "/records", {"Accept: text/event-streams"}},
        {"GET", "/records", {"Accept: x-text/event-stream"}},
        {"GET", "/tables/orders/items/a", {wants_events}},
        {"GET", "/eventsource", {wants_events}},
        {"GET", "/", {wants_events}},
    };
    for (const Asked& asked : all) {
        const HttpAnswer answer = ask(asked.method, asked.target, asked.headers);

        EXPECT_TRUE(answer.status == 502 || answer.status == 503)
            << asked.method << ' ' << asked.target << ' ' << ::testing::PrintToString(asked.headers)
            << ": " << answer.status;
    }
}

TEST_P(ProxyWithoutServer, LetsTheListedPagesOfOtherOriginsReadIt) {
    const HttpAnswer listed =
        ask("GET", "/events", {wants_events, "Origin: https://partner.example"});
    const HttpAnswer other = ask("GET", "/events", {wants_events, "Origin: https://other.example"});

    EXPECT_EQ(listed.body, comes_again);
    EXPECT_EQ(listed.header("Access-Control-Allow-Origin"), "https://partner.example");
    EXPECT_EQ(listed.header("Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(other.body, comes_again);
    EXPECT_EQ(other.header("Access-Control-Allow-Origin"), "");
    EXPECT_EQ(other.header("Access-Control-Allow-Credentials"), "");
}

INSTANTIATE_TEST_SUITE_P(Proxies, ProxyWithoutServer, ::testing::ValuesIn(kinds), name_of);

// ---- in front of a server that answers as it was told ----

class ProxyBeforeAnswers : public ::testing::TestWithParam<std::string> {};

TEST_P(ProxyBeforeAnswers, PassesOnWhatTheServerSays) {
    const std::string later = answer_bytes(
        503, "Retry-After: 7\r\nContent-Type: application/problem+json\r\n", R"({"status":503})");
    CannedServer server({later, later});
    const Proxy proxy(GetParam(), server.port(), closed_port());

    const HttpAnswer stream =
        support::HttpClient(proxy.port()).get("/views/all-orders", {wants_events});
    const HttpAnswer write =
        support::HttpClient(proxy.port()).request("POST", "/records", {wants_events}, "{}");

    for (const HttpAnswer& answer : {stream, write}) {
        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(answer.header("Retry-After"), "7");
        EXPECT_EQ(answer.body, R"({"status":503})");
    }
}

TEST_P(ProxyBeforeAnswers, SendsAWriteOnce) {
    // The connection breaks within the answer; the next one would get a success.
    CannedServer server({"HTTP/1.1 2", answer_bytes(200, "", "{}")});
    const Proxy proxy(GetParam(), server.port(), closed_port());

    const HttpAnswer answer =
        support::HttpClient(proxy.port())
            .request("POST", "/records", {"Content-Type: application/json"}, R"({"Records":[]})");

    EXPECT_GE(answer.status, 500);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_P(ProxyBeforeAnswers, AsksAsTheServerExpectsIt) {
    CannedServer server({answer_bytes(200, "", "{}")});
    const Proxy proxy(GetParam(), server.port(), closed_port());

    support::HttpClient(proxy.port())
        .get("/views/order/a%2Fb?x=%2F", {"X-Forwarded-For: 203.0.113.9", "Last-Event-ID: 5f3c.7"});

    ASSERT_EQ(server.requests().size(), 1U);
    const std::string request = server.requests().front();
    EXPECT_TRUE(request.starts_with("get /views/order/a%2fb?x=%2f http/1.1\r\n")) << request;
    EXPECT_TRUE(contains(request, "\r\nlast-event-id: 5f3c.7\r\n")) << request;
    // The last one is that of who called the proxy, and none of what a client makes up.
    const std::size_t last = request.rfind("\r\nx-forwarded-for: ");
    ASSERT_NE(last, std::string::npos) << request;
    const std::string line = request.substr(last, request.find("\r\n", last + 2) - last);
    EXPECT_TRUE(line.ends_with("127.0.0.1")) << line;
}

// Freshet believes what its proxy says of the path that it is served under.
TEST_P(ProxyBeforeAnswers, LetsNoClientSayUnderWhichPathItIsServed) {
    const std::string answer = answer_bytes(200, "", "{}");
    CannedServer server({answer, answer});
    const Proxy proxy(GetParam(), server.port(), closed_port());

    const char* evil = "X-Forwarded-Prefix: /evil";
    support::HttpClient(proxy.port()).get("/session", {evil, evil});
    support::HttpClient(proxy.port()).get("/views/all-orders", {evil, wants_events});

    ASSERT_EQ(server.requests().size(), 2U);
    for (const std::string& request : server.requests()) {
        EXPECT_FALSE(contains(request, "x-forwarded-prefix")) << request;
    }
}

INSTANTIATE_TEST_SUITE_P(Proxies, ProxyBeforeAnswers, ::testing::ValuesIn(kinds), name_of);

// ---- in front of Freshet ----

// A server that has the same port whenever it is started, and so stays where proxies look for it.
struct SystemBehindProxies {
    SystemBehindProxies() { EXPECT_TRUE(system.start()); }

    const std::uint16_t port = closed_port();
    System system{with(watched_config(), "127.0.0.1:0", "127.0.0.1:" + std::to_string(port))};
};

class ProxyBeforeFreshet : public ::testing::TestWithParam<std::string> {
protected:
    SystemBehindProxies behind;
    System& system = behind.system;
    Proxy proxy{GetParam(), behind.port, closed_port()};
};

// An event that was kept back would come with a later one, or never.
TEST_P(ProxyBeforeFreshet, PassesEachEventOnAsItComes) {
    EventReader reader(proxy.port(), "/events");
    reader.await_bookmark();

    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
        system.append(order_record("a", sequence, std::to_string(sequence)));

        EXPECT_EQ(position_in(*reader.next_event().id), sequence);
    }
}

TEST_P(ProxyBeforeFreshet, LetsAWatcherResumeAfterAnOutage) {
    EventReader reader(proxy.port(), "/events");
    reader.await_bookmark();
    system.append(order_record("a", 1, "NEW"));
    EXPECT_EQ(position_in(*reader.next_event().id), 1U);
    const std::string id = reader.last_event_id();

    system.kill();
    EXPECT_FALSE(reader.next());
    const HttpAnswer meanwhile =
        support::HttpClient(proxy.port()).get("/events", {wants_events, "Last-Event-ID: " + id});
    ASSERT_TRUE(system.start());
    system.append(order_record("a", 2, "DONE"));
    reader.reconnect(proxy.port());

    EXPECT_EQ(meanwhile.body, comes_again);
    EXPECT_EQ(position_in(*reader.next_event().id), 2U);
}

TEST_P(ProxyBeforeFreshet, PassesWritesAndReads) {
    support::HttpClient client(proxy.port());

    const HttpAnswer written = client.request(
        "POST", "/records", {"Content-Type: application/json"}, order_record("a", 1, "NEW"));
    const HttpAnswer read = client.get("/views/order/a");

    EXPECT_EQ(written.status, 200) << written.body;
    EXPECT_EQ(read.status, 200) << read.body;
    EXPECT_TRUE(contains(read.body, "NEW")) << read.body;
    EXPECT_TRUE(contains(client.get("/freshet.js").body, "export"));
}

INSTANTIATE_TEST_SUITE_P(Proxies, ProxyBeforeFreshet, ::testing::ValuesIn(kinds), name_of);

// More than the six that a browser opens to one origin over HTTP/1.1.
TEST(Proxies, LetManyStreamsShareOneConnectionOfHttp2) {
    const SystemBehindProxies behind;
    const Proxy nginx("nginx-http2", behind.port, closed_port());

    const ProcessEnd end = support::run_program(
        {"/usr/bin/env", "node", support::source_folder() + "/tests/systems/http2_streams.mjs",
         "http://127.0.0.1:" + std::to_string(nginx.port()), "10"});

    EXPECT_EQ(end.output, "10\n") << end.errors;
}

// All at the same time, since a heartbeat comes only after 15 seconds of silence.
TEST(Proxies, PassHeartbeatsOn) {
    const SystemBehindProxies behind;
    std::vector<std::unique_ptr<Proxy>> proxies;
    std::vector<EventReader> readers;
    for (const std::string& kind : kinds) {
        proxies.push_back(std::make_unique<Proxy>(kind, behind.port, closed_port()));
        readers.emplace_back(proxies.back()->port(), "/events");
    }

    for (EventReader& reader : readers) {
        reader.await_bookmark();

        reader.await_bookmark();
    }
}

}  // namespace
}  // namespace freshet::systems
