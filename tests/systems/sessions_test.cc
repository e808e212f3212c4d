// Sessions and tokens as a page lives with them: it renews when its stream says so and continues
// without a gap; and what a session has begun ends with it, on whichever thread it is.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http/credentials/token.h"
#include "tests/readers/event_reader.h"
#include "tests/readers/exposition.h"
#include "tests/support/must.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using std::chrono::seconds;
using support::EventReader;
using support::HttpClient;
using support::must;

constexpr const char* config_text = R"(
[server]
listen  = "127.0.0.1:0"
threads = 4

[storage]
path = "data"

[auth]
keys = [{ id = "k1", algorithm = "HS256", file = "secret" }]
sign_with = "k1"
query_token = true

[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "order"
fields = ["id=pk"]
access = ["owner"]

[[table.event]]
type   = "placed"
data   = ["id=pk", "note"]
access = ["owner"]
)";

constexpr std::string_view secret = "a secret that both sides have had for long";

class SessionsSystem : public ::testing::Test {
protected:
    void SetUp() override {
        const auto folder = std::filesystem::path(system.config_path()).parent_path();
        std::ofstream(folder / "secret") << secret << "\n";
        ASSERT_TRUE(system.start());
    }

    static std::string signed_token(const std::string& subject, const std::string& role) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto expires = std::chrono::floor<seconds>(now).count() + 3'600;
        return must(http::make_token(must(http::TokenKey::hmac("k1", secret)),
                                     R"({"sub":")" + subject + R"(","role":")" + role +
                                         R"(","exp":)" + std::to_string(expires) + "}"));
    }
    // What the shop's backend gives its page, for so long.
    std::string given(const std::string& subject, int life_s) {
        const HttpAnswer answer =
            system.post(R"({"sub":")" + subject + R"(","role":"customer","ttl_s":)" +
                            std::to_string(life_s) + "}",
                        "/tokens", as(signed_token("backend", "admin")));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return std::string(json(answer.body)["token"].text());
    }
    // The cookie of a session that begins with the token.
    std::string begin_session(const std::string& token) {
        const HttpAnswer answer = system.post("", "/session", as(token));
        EXPECT_EQ(answer.status, 204) << answer.body;
        const std::string cookie = answer.header("set-cookie");
        return "Cookie: " + cookie.substr(0, cookie.find(';'));
    }
    int end_session(const std::string& cookie) {
        HttpClient client(port());
        const std::string host = "localhost:" + std::to_string(port());
        client.send("DELETE /session HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host +
                    "\r\n" + cookie + "\r\n\r\n");
        return client.read_answer()->status;
    }
    static std::string order_of(const std::string& id, const std::string& note = "") {
        const std::string key = R"("pk":{"S":")" + id + R"("})";
        const std::string more = note.empty() ? "" : R"(,"note":{"S":")" + note + R"("})";
        return R"({"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","Keys":{)" + key +
               R"(},"NewImage":{)" + key + R"(,"creator":{"S":"ann"})" + more + "}}}";
    }
    void append(const std::string& records) {
        const HttpAnswer answer =
            system.post(records, "/records?table=orders", as(signed_token("root", "admin")));
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    void place(const std::string& id) { append(order_of(id)); }
    double counted(const std::string& name, const support::Exposition::Labels& labels = {}) {
        const HttpAnswer answer = system.get("/metrics", as(signed_token("root", "admin")));
        return support::Exposition(answer.body).value(name, labels).value_or(-1);
    }
    double cuts(const std::string& reason) {
        return counted("freshet_subscribers_cut_total", {{"reason", reason}});
    }
    // Returns once the streams are sent nothing more.
    void await_stuck_streams() {
        double before = -1;
        double now = 0;
        while (now != before) {
            before = now;
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            now = counted("freshet_stream_bytes_sent_total");
        }
    }
    static HttpHeaders as(const std::string& credential) {
        return {"Authorization: Bearer " + credential};
    }
    // Reads on until the stream says that its credential is expiring.
    static void await_expiring(EventReader& reader) {
        while (const auto frame = reader.next()) {
            if (frame->event == "expiring") return;
        }
        FAIL() << "the stream ended without a word";
    }
    // What is left of a stream that ends: its comments say why.
    static std::string rest_of(EventReader& reader) {
        while (reader.next()) {
        }
        return reader.bytes();
    }
    std::uint16_t port() { return system.process().port(); }

    System system{config_text};
};

// Of a life so short that the renewed token, too, expires while the test looks on.
TEST_F(SessionsSystem, APageThatRenewsItsCookieWhenItIsToldToHearsEverything) {
    constexpr int life_s = 6;
    std::string cookie = begin_session(given("ann", life_s));
    std::optional<EventReader> page;
    page.emplace(port(), "/events?last_event_id=earliest", HttpHeaders{cookie});
    for (int i = 0; i < 2; ++i) {
        const std::string id = "o-" + std::to_string(i);
        place(id);
        EXPECT_EQ(page->next_event().data, R"({"id":")" + id + R"("})");
        await_expiring(*page);
        const std::string renewed = begin_session(given("ann", life_s));
        EXPECT_NE(renewed, cookie);
        const std::string reached = page->last_event_id();

        // The stream lasts as long as its own credential, and a browser connects again.
        EXPECT_TRUE(contains(rest_of(*page), "the credential has expired"));
        cookie = renewed;
        page.emplace(port(), "/events", HttpHeaders{cookie, "Last-Event-ID: " + reached});
        ASSERT_EQ(page->status(), 200);
    }
}

TEST_F(SessionsSystem, APageThatRenewsTheTokenInItsAddressHearsEverything) {
    constexpr int life_s = 6;
    std::string token = given("ann", life_s);
    std::optional<EventReader> page;
    page.emplace(port(), "/events?last_event_id=earliest&token=" + token);
    for (int i = 0; i < 2; ++i) {
        const std::string id = "o-" + std::to_string(i);
        place(id);
        EXPECT_EQ(page->next_event().data, R"({"id":")" + id + R"("})");
        await_expiring(*page);

        const std::string renewed = given("ann", life_s);
        EXPECT_NE(renewed, token);
        token = renewed;
        const std::string reached = page->last_event_id();
        std::string target = "/events?token=";
        target.append(token).append("&last_event_id=").append(reached);
        page.emplace(port(), target);
        ASSERT_EQ(page->status(), 200);
    }
}

TEST_F(SessionsSystem, EveryStreamOfASessionEndsWithIt) {
    const std::string token = given("ann", 3'600);
    const std::string cookie = begin_session(token);
    const std::string other = begin_session(given("bob", 3'600));
    std::vector<EventReader> streams;
    // More of them than there are threads.
    for (int i = 0; i < 6; ++i) {
        streams.emplace_back(port(), "/events", HttpHeaders{cookie});
        streams.emplace_back(port(), "/events", as(token));
    }
    EventReader stays(port(), "/events", {other});
    for (EventReader& stream : streams) stream.await_bookmark();
    stays.await_bookmark();

    ASSERT_EQ(end_session(cookie), 204);

    for (EventReader& stream : streams) {
        const std::string text = rest_of(stream);
        EXPECT_TRUE(contains(text, ": the credential is believed no more")) << text;
        EXPECT_TRUE(contains(text, "retry: ")) << text;
    }
    EXPECT_EQ(EventReader(port(), "/events", {cookie}).status(), 401);
    // The other one's next words are its last.
    system.process().begin_to_stop();
    EXPECT_TRUE(contains(rest_of(stays), "the server stops"));
    const ProcessEnd end = system.process().wait();
    EXPECT_TRUE(contains(end.errors, R"(audit done="ended a session")")) << end.errors;
    EXPECT_FALSE(contains(end.errors, token));
}

TEST_F(SessionsSystem, AStreamWhoseClientTakesNothingEndsWithItsSessionToo) {
    constexpr int orders = 70;
    constexpr std::size_t note_bytes = 100'000;  // all of them are more than sockets hold
    const std::string cookie = begin_session(given("ann", 3'600));
    EventReader stuck(port(), "/events", {cookie}, {.receive_buffer = 4'096});
    stuck.await_bookmark();
    std::string records;
    for (int i = 0; i < orders; ++i) {
        records += (i == 0 ? "[" : ",") + order_of(std::to_string(i), std::string(note_bytes, 'x'));
    }
    append(records + "]");
    await_stuck_streams();

    ASSERT_EQ(end_session(cookie), 204);

    // If it did not end by its session, it would end by its slowness, and be counted as that.
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (cuts("expired") < 1) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(cuts("slow"), 0);
}

TEST_F(SessionsSystem, AReaderWhoWaitsForAPositionIsRefusedOnceTheSessionHasEnded) {
    const std::string cookie = begin_session(given("ann", 3'600));
    HttpClient reader(port());
    // The answer to the first of two requests shows that the second is waiting: both came as one.
    reader.send(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /views/order/o-1?min_position=9&timeout_s=30 HTTP/1.1\r\nHost: localhost\r\n" +
        cookie + "\r\n\r\n");
    ASSERT_EQ(reader.read_answer()->status, 200);

    const auto ended = std::chrono::steady_clock::now();
    ASSERT_EQ(end_session(cookie), 204);

    const auto answer = reader.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401) << answer->body;
    // Not only after the thirty seconds that it wanted to wait.
    EXPECT_LT(std::chrono::steady_clock::now() - ended, seconds(20));
}

TEST_F(SessionsSystem, AnUploadThatStallsEndsWithItsSession) {
    const std::string token = signed_token("root", "admin");
    const std::string cookie = begin_session(token);
    HttpClient client(port());
    client.send(
        "POST /records?table=orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
        "Content-Type: application/x-ndjson\r\nAuthorization: Bearer " +
        token + "\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_EQ(client.read_answer()->status, 100);
    // Once the first chunk of it can be read, the upload waits for more.
    std::string lines;
    for (int i = 0; i < 1'500; ++i) lines += order_of(std::to_string(i)) + "\n";
    client.send(lines);
    while (
        json(system.get("/readyz", {"Authorization: Bearer " + token}).body)["position"].text() ==
        "0") {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }

    const auto ended = std::chrono::steady_clock::now();
    ASSERT_EQ(end_session(cookie), 204);

    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
    EXPECT_TRUE(contains(answer->body, "believed no more")) << answer->body;
    // Not only after the thirty seconds that lines may be late.
    EXPECT_LT(std::chrono::steady_clock::now() - ended, seconds(20));
}

TEST_F(SessionsSystem, ACallerThatComesBackBeginsAnotherSession) {
    const std::string first = given("ann", 3'600);
    EXPECT_EQ(given("ann", 3'600), first);
    const std::string cookie = begin_session(first);

    ASSERT_EQ(end_session(cookie), 204);
    const std::string second = given("ann", 3'600);
    const std::string again = begin_session(second);

    EXPECT_NE(second, first);
    EXPECT_EQ(EventReader(port(), "/events", {again}).status(), 200);
    EXPECT_EQ(EventReader(port(), "/events", {cookie}).status(), 401);
}

}  // namespace
}  // namespace freshet::systems
