// A token that was lost, as an operator lives through it: `freshet revoke` against a server on
// which the token is in use, on several connections at once, and the same server after a kill.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/credentials/token.h"
#include "tests/readers/event_reader.h"
#include "tests/support/must.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
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

[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.event]]
type   = "placed"
data   = ["id=pk"]
access = ["signed-in"]
)";

constexpr std::string_view secret = "a secret that both sides have had for long";

class RevocationSystem : public ::testing::Test {
protected:
    void SetUp() override {
        const auto folder = std::filesystem::path(system.config_path()).parent_path();
        std::ofstream(folder / "secret") << secret << "\n";
        ASSERT_TRUE(system.start());
    }

    static std::string token_of(const std::string& subject, const std::string& role,
                                const std::string& more = "") {
        const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
        const auto count = now.time_since_epoch().count();
        return must(http::make_token(must(http::TokenKey::hmac("k1", secret)),
                                     R"({"sub":")" + subject + R"(","role":")" + role +
                                         R"(","iat":)" + std::to_string(count - 1) + R"(,"exp":)" +
                                         std::to_string(count + 3'600) + more + "}"));
    }
    ProcessEnd revoke(const std::vector<std::string>& what) {
        setenv("FRESHET_TOKEN", token_of("root", "admin").c_str(), 1);
        std::vector<std::string> arguments{"revoke", "--server", url()};
        arguments.insert(arguments.end(), what.begin(), what.end());
        ProcessEnd end = run(arguments);
        unsetenv("FRESHET_TOKEN");
        return end;
    }
    // An upload that has brought a chunk and waits with the rest.
    std::unique_ptr<HttpClient> begin_upload(const std::string& token) {
        auto client = std::make_unique<HttpClient>(port());
        client->send(
            "POST /records?table=orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
            "Content-Type: application/x-ndjson\r\nAuthorization: Bearer " +
            token + "\r\nExpect: 100-continue\r\n\r\n");
        EXPECT_EQ(client->read_answer()->status, 100);
        std::string lines;
        for (int i = 0; i < 1'500; ++i) {
            const std::string key = R"("pk":{"S":")" + std::to_string(i) + R"("})";
            lines += R"({"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","Keys":{)" + key +
                     R"(},"NewImage":{)" + key + "}}}\n";
        }
        client->send(lines);
        while (json(system.get("/readyz", as(token)).body)["position"].text() == "0") {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return client;
    }
    std::string vended(const std::string& subject) {
        const HttpAnswer answer = system.post(R"({"sub":")" + subject + R"(","role":"admin"})",
                                              "/tokens", as(token_of("root", "admin")));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return std::string(json(answer.body)["token"].text());
    }
    int index_as(const std::string& token) { return system.get("/", as(token)).status; }
    static support::HttpHeaders as(const std::string& token) {
        return {"Authorization: Bearer " + token};
    }
    static std::string rest_of(EventReader& reader) {
        while (reader.next()) {
        }
        return reader.bytes();
    }
    std::uint16_t port() { return system.process().port(); }
    std::string url() { return "http://127.0.0.1:" + std::to_string(port()); }

    System system{config_text};
};

TEST_F(RevocationSystem, EverythingThatASubjectHasOpenEndsAndStaysSoWithoutItsState) {
    const std::string one = token_of("ann", "admin");
    const std::string other = token_of("ann", "admin", R"(,"login":2)");
    const std::string made_here = vended("ann");
    const auto upload = begin_upload(one);
    std::vector<EventReader> streams;
    for (const std::string& token : {one, other, made_here}) {
        streams.emplace_back(port(), "/events", as(token));
        streams.emplace_back(port(), "/events", as(token));
    }
    EventReader stays(port(), "/events", as(token_of("bob", "admin")));
    for (EventReader& stream : streams) stream.await_bookmark();
    stays.await_bookmark();

    const ProcessEnd revoked = revoke({"--sub", "ann"});

    const auto begin = steady_clock::now();
    EXPECT_EQ(revoked.exit_code, 0) << revoked.errors;
    EXPECT_TRUE(contains(revoked.output, "the tokens of ann are believed no more; position "))
        << revoked.output;
    for (EventReader& stream : streams) {
        EXPECT_TRUE(contains(rest_of(stream), ": the credential is believed no more"));
    }
    const auto answer = upload->read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401) << answer->body;
    // A tick is a second. By themselves, the upload would wait for thirty, and a stream for ever.
    EXPECT_LT(steady_clock::now() - begin, seconds(10));
    EXPECT_TRUE(system.process().await_error_line(
        R"(audit done="revoked the tokens of \"ann\"" method=POST path="/tokens/revoke")"));
    EXPECT_EQ(index_as(one), 401);
    EXPECT_TRUE(system.process().await_error_line("reason=revoked"));
    const std::string again = vended("ann");
    EXPECT_NE(again, made_here);
    for (const bool is_restarted : {false, true}) {
        if (is_restarted) {
            system.begin_to_stop();
            EXPECT_TRUE(contains(rest_of(stays), "the server stops"));
            system.await_stop();
            const ProcessEnd checked =
                run({"rebuild", "--config", system.config_path(), "--check"});
            EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.errors;
            system.delete_state();
            ASSERT_TRUE(system.start());
        }
        for (const std::string& token : {one, other, made_here}) {
            EXPECT_EQ(index_as(token), 401);
        }
        EXPECT_EQ(index_as(again), 200);
        EXPECT_EQ(index_as(token_of("bob", "admin")), 200);
    }
}

// The answer is not waited for: what the log has taken before the kill is in force.
TEST_F(RevocationSystem, ARevocationThatAKillCutsOffIsInForceOrCanBeSentAgain) {
    const std::string lost = token_of("ann", "admin", R"(,"jti":"7")");
    EXPECT_EQ(index_as(lost), 200);
    HttpClient client(port());
    const std::string body = R"({"token_id":"7"})";
    client.send(
        "POST /tokens/revoke HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json" +
        std::string("\r\nAuthorization: Bearer ") + token_of("root", "admin") +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    // It is in force from when it was read on, whether the log has it already or not.
    while (index_as(lost) == 200) std::this_thread::sleep_for(std::chrono::milliseconds(1));

    system.kill();
    ASSERT_TRUE(system.start());

    const auto notices =
        json(system.get("/records?notices=1", as(token_of("root", "admin"))).body)["Records"];
    EXPECT_EQ(index_as(lost), notices.elements().empty() ? 200 : 401);
    EXPECT_EQ(revoke({"--token-id", "7"}).exit_code, 0);
    EXPECT_EQ(index_as(lost), 401);
    system.kill();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(index_as(lost), 401);
    EXPECT_EQ(index_as(token_of("ann", "admin")), 200);
}

TEST_F(RevocationSystem, TheCommandSaysWhatItNeeds) {
    EXPECT_EQ(revoke({}).exit_code, 2);
    EXPECT_EQ(revoke({"--sub", "ann", "--token-id", "7"}).exit_code, 2);
    EXPECT_EQ(revoke({"--sub", ""}).exit_code, 2);
    const ProcessEnd refused = revoke({"--sub", "ann", "--exp", "1800003600"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_TRUE(contains(refused.errors, "422")) << refused.errors;
    const ProcessEnd anonymous = run({"revoke", "--sub", "ann", "--server", url()});
    EXPECT_EQ(anonymous.exit_code, 1);
    EXPECT_TRUE(contains(anonymous.errors, "FRESHET_TOKEN")) << anonymous.errors;
}

// A restart used to forget it.
TEST_F(RevocationSystem, ASessionThatWasEndedStaysSoAfterAKill) {
    const std::string token = vended("ann");
    const std::string cookie = "Cookie: __Secure-freshet=" + token;
    HttpClient client(port());
    const std::string host = "localhost:" + std::to_string(port());
    client.send("DELETE /session HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host +
                "\r\n" + cookie + "\r\n\r\n");
    ASSERT_EQ(client.read_answer()->status, 204);

    system.kill();
    ASSERT_TRUE(system.start());

    EXPECT_EQ(index_as(token), 401);
    const std::string next = vended("ann");
    EXPECT_NE(next, token);
    EXPECT_EQ(index_as(next), 200);
}

}  // namespace
}  // namespace freshet::systems
