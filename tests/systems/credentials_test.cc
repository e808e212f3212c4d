// A server that asks for credentials, from outside: what its callers get over sockets, how a stream
// ends with its credential, and that no secret is ever shown.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
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

using support::EventReader;
using support::must;

constexpr const char* config_text = R"(
[server]
listen = "127.0.0.1:0"

[storage]
path = "data"

[auth]
keys = [{ id = "k1", algorithm = "HS256", file = "secret" }]
sign_with = "k1"

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
data   = ["id=pk"]
access = ["owner"]

[[table]]
name = "dishes"
key  = ["pk"]

[[table.view]]
name   = "dish"
fields = ["id=pk"]
access = ["public"]

[[table.event]]
type   = "served"
data   = ["id=pk"]
access = ["public"]
)";

constexpr std::string_view secret = "a secret that both sides have had for long";

class CredentialsSystem : public ::testing::Test {
protected:
    void SetUp() override {
        const auto folder = std::filesystem::path(system.config_path()).parent_path();
        std::ofstream(folder / "secret") << secret << "\n";
        ASSERT_TRUE(system.start());
    }

    // Good for so many seconds from now on.
    static std::string token(const std::string& subject, const std::string& role,
                             std::chrono::seconds life = std::chrono::hours(1)) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return token_until(std::chrono::floor<std::chrono::seconds>(now + life).count(), subject,
                           role);
    }
    static std::string token_until(std::int64_t expires, const std::string& subject,
                                   const std::string& role) {
        return must(http::make_token(must(http::TokenKey::hmac("k1", secret)),
                                     R"({"sub":")" + subject + R"(","role":")" + role +
                                         R"(","exp":)" + std::to_string(expires) + "}"));
    }
    static HttpHeaders as(const std::string& credential) {
        return {"Authorization: Bearer " + credential};
    }
    void place(const std::string& id, const std::string& creator,
               const std::string& table = "orders") {
        const std::string key = R"("pk":{"S":")" + id + R"("})";
        HttpHeaders headers = as(token("root", "admin"));
        const HttpAnswer answer = system.post(
            R"({"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","Keys":{)" + key +
                R"(},"NewImage":{)" + key + R"(,"creator":{"S":")" + creator + R"("}}}})",
            "/records?table=" + table, headers);
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    [[nodiscard]] EventReader watch(const std::string& credential,
                                    const std::string& target = "/events?last_event_id=earliest") {
        return EventReader(system.process().port(), target, as(credential));
    }

    System system{config_text};
};

TEST_F(CredentialsSystem, EachCallerGetsWhatIsTheirs) {
    place("o-1", "ann");

    EXPECT_EQ(system.get("/views/order/o-1").status, 401);
    EXPECT_EQ(system.get("/views/order/o-1", as(token("ann", "customer"))).status, 200);
    EXPECT_EQ(system.get("/views/order/o-1", as(token("bob", "customer"))).status, 403);
    EXPECT_EQ(system.get("/livez").status, 200);
}

TEST_F(CredentialsSystem, ALiveViewEndsWithTheRightToIt) {
    place("o-1", "ann");
    EventReader reader = watch(token("ann", "customer"), "/views/order/o-1");
    while (reader.next()->event != "snapshot") {
    }

    const HttpAnswer given = system.post(
        R"({"eventName":"MODIFY","dynamodb":{"SequenceNumber":"2","Keys":{"pk":{"S":"o-1"}},)"
        R"("NewImage":{"pk":{"S":"o-1"},"creator":{"S":"bob"}}}})",
        "/records?table=orders", as(token("root", "admin")));
    ASSERT_EQ(given.status, 200) << given.body;

    EXPECT_EQ(reader.next()->data, R"({"remove":["o-1"],"put":[]})");
    EXPECT_EQ(reader.next()->event, "ended");
    EXPECT_FALSE(reader.next()) << "and the connection is closed";
    EXPECT_EQ(watch(token("ann", "customer"), "/views/order/o-1").status(), 403);
    EXPECT_EQ(watch(token("bob", "customer"), "/views/order/o-1").status(), 200);
    EXPECT_EQ(watch(token("ann", "customer"), "/live?view=order/o-1").status(), 200);
}

TEST_F(CredentialsSystem, WhatIsPublicNeedsNoCredentialAndTakesNoWrongOne) {
    place("o-1", "ann");
    place("d-1", "ann", "dishes");
    place("o-2", "ann");
    place("d-2", "ann", "dishes");

    EXPECT_EQ(system.get("/views/dish/d-1").body, "{\"id\":\"d-1\"}\n");
    EXPECT_EQ(
        system.get("/views/dish/d-1", as(token("ann", "customer", -std::chrono::hours(1)))).status,
        401);
    EXPECT_EQ(system.get("/tables/dishes/items/d-1").status, 401);
    EXPECT_EQ(system.post("{}", "/records?table=dishes").status, 401);
    EXPECT_EQ(system.get("/events?type=placed").status, 401);
    EventReader events(system.process().port(), "/events?last_event_id=earliest");
    for (const char* const id : {"d-1", "d-2"}) {
        const auto event = events.next_event();
        EXPECT_EQ(event.event, "served");
        EXPECT_EQ(event.data, R"({"id":")" + std::string(id) + "\"}");
    }
}

TEST_F(CredentialsSystem, MayBeCalledByAnyName) {
    support::HttpClient client(system.process().port());
    client.send("GET /livez HTTP/1.1\r\nHost: orders.example:443\r\n\r\n");
    EXPECT_EQ(client.read_answer()->status, 200);

    client.send("GET /livez HTTP/1.1\r\nHost: orders example\r\n\r\n");
    EXPECT_EQ(client.read_answer()->status, 400);
}

TEST_F(CredentialsSystem, AStreamCarriesWhatItsCallerMayHear) {
    EventReader ann = watch(token("ann", "customer"));
    EventReader bob = watch(token("bob", "customer"));
    ann.await_bookmark();
    bob.await_bookmark();

    place("o-1", "ann");
    place("o-2", "bob");
    place("o-3", "ann");

    EXPECT_EQ(ann.next_event().data, R"({"id":"o-1"})");
    EXPECT_EQ(ann.next_event().data, R"({"id":"o-3"})");
    EXPECT_EQ(bob.next_event().data, R"({"id":"o-2"})");
}

TEST_F(CredentialsSystem, AStreamSaysThatItsCredentialEndsAndEndsWithIt) {
    EventReader reader = watch(token("ann", "customer", std::chrono::seconds(4)));
    reader.await_bookmark();

    std::vector<std::string> events;
    std::optional<std::uint64_t> retry;
    while (const auto frame = reader.next()) {
        if (frame->fires) events.push_back(frame->event);
        if (frame->retry) retry = frame->retry;
    }

    EXPECT_EQ(events, std::vector<std::string>{"expiring"});
    EXPECT_TRUE(retry.has_value());
    EventReader renewed = watch(token("ann", "customer"));
    EXPECT_EQ(renewed.status(), 200);
}

TEST_F(CredentialsSystem, AStreamLastsHoweverLongItsCredentialIsGood) {
    constexpr std::int64_t end_of_year_9999 = 253'402'300'799;
    EventReader reader = watch(token_until(end_of_year_9999, "ann", "customer"));
    reader.await_bookmark();

    // Past the moments at which the server looks at it, once a second.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2'500);
    int placed = 0;
    while (std::chrono::steady_clock::now() < end) {
        const std::string id = "o-" + std::to_string(++placed);
        place(id, "ann");
        ASSERT_EQ(reader.next_event().data, R"({"id":")" + id + R"("})");
    }
}

TEST_F(CredentialsSystem, ABodyOfLinesEndsWithItsCredential) {
    constexpr std::chrono::seconds life{5};
    const std::string credential = token("root", "admin", life);
    const auto end = std::chrono::system_clock::now() + life;
    const std::string line =
        R"({"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"1"}})"
        "\n";
    support::HttpClient client(system.process().port());

    client.send(
        "POST /records?table=orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
        "Content-Type: application/x-ndjson\r\nExpect: 100-continue\r\nAuthorization: Bearer " +
        credential + "\r\n\r\n");
    const auto begun = client.read_answer();
    client.send(line);
    while (std::chrono::system_clock::now() < end) std::this_thread::yield();
    client.send(line);
    const auto answer = client.read_answer();

    ASSERT_TRUE(begun && answer);
    EXPECT_EQ(begun->status, 100);
    EXPECT_EQ(answer->status, 401);
    EXPECT_TRUE(contains(answer->body, "the credential has expired")) << answer->body;
    EXPECT_TRUE(contains(answer->body, R"("lines":0)")) << answer->body;
    EXPECT_EQ(answer->header("connection"), "close");
}

TEST_F(CredentialsSystem, NoSecretIsShownAnywhere) {
    const std::string planted = "planted-secret";
    const std::string good = token("ann", "customer");
    std::string shown;
    const auto ask = [&](const std::string& target, const HttpHeaders& headers) {
        const HttpAnswer answer = system.get(target, headers);
        shown += answer.body;
        for (const auto& [name, value] : answer.headers) shown += name + value;
    };
    ask("/views/order/o-1", as(planted + ".a.b"));
    ask("/views/order/o-1", as(planted));
    ask("/views/order/o-1", {"Authorization: Basic " + planted});
    ask("/views/order/o-1", {"Cookie: __Secure-freshet=" + planted});
    ask("/views/order/o-1?token=" + planted, {});
    ask("/views/order/o-1", as(good));
    ask("/metrics", as(good));
    shown += system.post(R"({"planted-secret":5})", "/records", as(good)).body;
    shown += system.get("/metrics", as(token("root", "admin"))).body;
    shown += system.get("/status", as(token("root", "admin"))).body;
    system.process().begin_to_stop();
    const ProcessEnd end = system.process().wait();

    EXPECT_EQ(end.exit_code, 0);
    shown += end.output + end.errors;
    EXPECT_FALSE(contains(shown, planted)) << shown;
    EXPECT_FALSE(contains(shown, std::string(secret)));
    EXPECT_FALSE(contains(shown, good));
}

TEST_F(CredentialsSystem, TheAuditLogNamesWhoWasRefusedAndWhatWasGiven) {
    place("o-1", "ann");
    EXPECT_EQ(system.get("/views/order/o-1", as(token("bob", "customer"))).status, 403);
    EXPECT_EQ(system.get("/nothing/of/this/name").status, 401);
    const std::string late = token("ann", "customer", -std::chrono::hours(1));
    EXPECT_EQ(system.get("/views/dish/d-1", as(late)).status, 401);
    EXPECT_EQ(system.get("/views/dish/d-1", as("planted-key")).status, 401);
    EXPECT_EQ(
        system.post(R"({"sub":"ann","role":"customer"})", "/tokens", as(token("root", "admin")))
            .status,
        200);
    EXPECT_EQ(system.post("{}", "/tables/orders/sources", as(token("bob", "customer"))).status,
              403);
    EXPECT_EQ(system.get("/tables/orders/items/o-1", as(token("bob", "customer"))).status, 403);
    system.process().begin_to_stop();
    const ProcessEnd end = system.process().wait();

    for (const std::string line :
         {R"(audit refused status=403 reason=not_allowed method=GET path="/views/order" )"
          R"(subject="bob" address="127.0.0.1")",
          R"(audit refused status=403 reason=not_allowed method=POST )"
          R"(path="/tables/orders/sources" subject="bob" address="127.0.0.1")",
          R"(audit refused status=403 reason=not_allowed method=GET path="/tables/orders/items" )",
          R"(audit refused status=401 reason=none method=GET path="other" address="127.0.0.1")",
          R"(audit refused status=401 reason=expired method=GET path="/views/dish" address=)",
          R"(audit refused status=401 reason=unknown_key method=GET path="/views/dish" address=)",
          R"(audit done="gave a token to \"ann\", role \"customer\", for 3600 s" method=POST )"
          R"(path="/tokens" subject="root" address="127.0.0.1")"}) {
        EXPECT_TRUE(contains(end.errors, line)) << line << "\n" << end.errors;
    }
    EXPECT_FALSE(contains(end.errors, "o-1"));
    EXPECT_FALSE(contains(end.errors, late));
    EXPECT_FALSE(contains(end.errors, "planted-key"));
}

// The stream continues with the others, and is answered 200.
TEST_F(CredentialsSystem, TheAuditLogNamesAViewThatIsRefusedAmongOthers) {
    place("o-1", "ann");
    const HttpHeaders admin = as(token("root", "admin"));
    const auto refused = [&] {
        return support::Exposition(system.get("/metrics", admin).body)
            .value("freshet_http_refused_total", {{"reason", "not_allowed"}});
    };
    const auto before = refused().value_or(0);

    EventReader reader(system.process().port(), "/live?view=dish/d-1&view=order/o-1",
                       as(token("bob", "customer")));
    while (reader.next().value().event != "ended") {
    }

    EXPECT_EQ(refused(), before + 1);
    system.process().begin_to_stop();
    const ProcessEnd end = system.process().wait();
    EXPECT_TRUE(contains(end.errors, R"(audit refused status=403 reason=not_allowed method=GET )"
                                     R"(path="/views/order" subject="bob" address="127.0.0.1")"))
        << end.errors;
}

TEST_F(CredentialsSystem, CommandsShowTheCredentialOfTheirEnvironment) {
    const std::string url = "http://127.0.0.1:" + std::to_string(system.process().port());

    unsetenv("FRESHET_TOKEN");
    const ProcessEnd without = run({"status", "--server", url});
    setenv("FRESHET_TOKEN", token("root", "admin").c_str(), 1);
    const ProcessEnd with_token = run({"status", "--server", url});
    unsetenv("FRESHET_TOKEN");

    EXPECT_EQ(without.exit_code, 1);
    EXPECT_TRUE(contains(without.errors, "FRESHET_TOKEN")) << without.errors;
    EXPECT_EQ(with_token.exit_code, 0) << with_token.errors;
}

TEST(CredentialsConfiguration, AKeyThatIsMissingKeepsTheServerFromStarting) {
    System system(config_text);

    EXPECT_FALSE(system.process().start());
    const ProcessEnd end = system.process().wait();

    EXPECT_EQ(end.exit_code, 2);
    EXPECT_TRUE(contains(end.errors, "key \"k1\" of [auth]")) << end.errors;
}

}  // namespace
}  // namespace freshet::systems
