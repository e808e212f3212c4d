// Keys that change while the server runs: a SIGHUP has it read them again.

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "http/credentials/digest.h"
#include "http/credentials/token.h"
#include "tests/readers/event_reader.h"
#include "tests/support/must.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::EventReader;
using support::must;

const std::string first_secret = "the first secret, which is long enough";
const std::string second_secret = "the second secret, which is long enough";
const std::string machine_key = "the key of the forwarder";

constexpr const char* first = "{ id = 'first', algorithm = 'HS256', file = 'first' }";
constexpr const char* second = "{ id = 'second', algorithm = 'HS256', file = 'second' }";

std::string forwarder() {
    constexpr const char* digits = "0123456789abcdef";
    std::string hexadecimal;
    for (const unsigned char byte : http::digest_of(machine_key)) {
        hexadecimal += digits[byte >> 4U];
        hexadecimal += digits[byte & 15U];
    }
    return "{ name = 'forwarder', sha256 = '" + hexadecimal +
           "', rights = ['watch', 'read', 'ingest'] }";
}

constexpr const char* without_credentials = R"(
[server]
listen = "127.0.0.1:0"

[storage]
path = "data"

[[table]]
name  = "orders"
key   = ["pk"]
owner = "creator"

[[table.list]]
name   = "my-orders"
by     = "creator"
fields = ["id=pk"]
access = ["owner"]

[[table.event]]
type   = "placed"
data   = ["id=pk"]
access = ["owner"]
)";

std::string config_with(const std::string& keys, const std::string& machines = "") {
    const std::string auth = "auth.keys = [" + keys + "]\n";
    return (machines.empty() ? auth : auth + "auth.machines = [" + machines + "]\n") +
           without_credentials;
}

const std::string one_record =
    R"({"Records":[{"eventName":"REMOVE","eventSourceARN":)"
    R"("arn:aws:dynamodb:x:0:table/orders/stream/2026-01-01T00:00:00.000",)"
    R"("dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"1"}}]})";

class ReloadSystem : public ::testing::Test {
protected:
    void SetUp() override {
        write("first", first_secret);
        write("second", second_secret);
        ASSERT_TRUE(system.start());
    }
    void write(const std::string& name, const std::string& text) {
        const auto folder = std::filesystem::path(system.config_path()).parent_path();
        std::ofstream(folder / name) << text << "\n";
    }

    static std::string token(const std::string& key, const std::string& key_secret) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto expires = std::chrono::floor<std::chrono::seconds>(now).count() + 3'600;
        return must(http::make_token(
            must(http::TokenKey::hmac(key, key_secret)),
            R"({"sub":"ann","role":"customer","exp":)" + std::to_string(expires) + "}"));
    }
    static HttpHeaders as(const std::string& credential) {
        return {"Authorization: Bearer " + credential};
    }
    int status(const std::string& credential) {
        return system.get("/views/my-orders/ann", as(credential)).status;
    }
    [[nodiscard]] EventReader watch(const std::string& credential) {
        EventReader reader(system.process().port(), "/events", as(credential));
        reader.await_bookmark();
        return reader;
    }
    // Returns once the credential is answered in that way; a failure if it never is.
    void await_status(const std::string& credential, int expected) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (status(credential) != expected) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "not " << expected;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    void reload() { ASSERT_EQ(::kill(system.process().pid(), SIGHUP), 0); }
    // What is left of a stream that ends: its comments say why.
    static std::string rest_of(EventReader& reader) {
        while (reader.next()) {
        }
        return reader.bytes();
    }

    const std::string of_first = token("first", first_secret);
    const std::string of_second = token("second", second_secret);
    System system{config_with(first, forwarder())};
};

TEST_F(ReloadSystem, TwoKeysLiveWhileOneTakesTheOthersPlace) {
    EventReader early = watch(of_first);
    EXPECT_EQ(status(of_first), 200);
    EXPECT_EQ(status(of_second), 401);

    system.configure(config_with(std::string(first) + ", " + second));
    reload();
    await_status(of_second, 200);
    EventReader late = watch(of_second);
    EXPECT_EQ(status(of_first), 200);

    system.configure(config_with(second));
    reload();
    await_status(of_first, 401);
    EXPECT_TRUE(contains(rest_of(early), "the credential is believed no more"));
    EXPECT_EQ(status(of_second), 200);

    // The stream of the key that stayed is still there: the next thing it says is its last.
    system.process().begin_to_stop();
    EXPECT_TRUE(contains(rest_of(late), "the server stops"));
    EXPECT_EQ(system.process().wait().exit_code, 0);
}

TEST_F(ReloadSystem, AKeyOfTheSameNameIsAnotherKey) {
    EventReader early = watch(of_first);

    write("first", second_secret);
    reload();

    await_status(of_first, 401);
    EXPECT_TRUE(contains(rest_of(early), "the credential is believed no more"));
    EXPECT_EQ(status(token("first", second_secret)), 200);
}

TEST_F(ReloadSystem, AMachineThatIsGoneIsBelievedNoMore) {
    EventReader early = watch(machine_key);
    EXPECT_EQ(status(machine_key), 200);

    system.configure(config_with(first));
    reload();

    await_status(machine_key, 401);
    EXPECT_TRUE(contains(rest_of(early), "the credential is believed no more"));
    EXPECT_EQ(status(of_first), 200);
}

// What of it is being committed when the key goes is waited for, and told.
TEST_F(ReloadSystem, AnUploadEndsWithItsMachineAndSaysHowFarItCame) {
    int sent = 0;
    const auto lines = [&sent](int count) {
        std::string text;
        for (int i = 0; i < count; ++i) {
            text += R"({"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":")" +
                    std::to_string(++sent) + R"("}},"SequenceNumber":"1"}})" + "\n";
        }
        return text;
    };
    support::HttpClient client(system.process().port());
    client.send(
        "POST /records?table=orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n"
        "Content-Type: application/x-ndjson\r\nAuthorization: Bearer " +
        machine_key + "\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_EQ(client.read_answer()->status, 100);
    client.send(lines(5'000));

    system.configure(config_with(first));
    reload();
    for (int i = 0; i < 20; ++i) client.send(lines(5'000));
    // From here on the machine is known no more, and the next line is refused at the latest.
    await_status(machine_key, 401);
    client.send(lines(1));
    const auto answer = client.read_answer();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
    EXPECT_TRUE(contains(answer->body, "the credential is believed no more")) << answer->body;
    const JsonValue problem = json(answer->body);
    EXPECT_EQ(problem["appended"].text(), problem["lines"].text());
    EXPECT_EQ(json(system.get("/readyz", as(of_first)).body)["position"].text(),
              problem["appended"].text());
}

TEST_F(ReloadSystem, AnUploadThatStallsEndsWithItsMachineToo) {
    support::HttpClient client(system.process().port());
    client.send(
        "POST /records?table=orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        "Content-Type: application/x-ndjson\r\nAuthorization: Bearer " +
        machine_key + "\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_EQ(client.read_answer()->status, 100);
    client.send(
        R"({"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"1"}})"
        "\n");

    system.configure(config_with(first));
    reload();
    const auto answer = client.read_answer();

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
    EXPECT_EQ(json(answer->body)["appended"].text(), "0") << answer->body;
    EXPECT_EQ(json(system.get("/readyz", as(of_first)).body)["position"].text(), "0");
}

// The answer to the first of two requests shows that the second is waiting: both came as one.
TEST_F(ReloadSystem, AReaderWhoWaitsForAPositionIsAskedAgainOnceItIsReached) {
    support::HttpClient reader(system.process().port());
    reader.send(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /views/my-orders/ann?min_position=1&timeout_s=30 HTTP/1.1\r\nHost: localhost\r\n"
        "Authorization: Bearer " +
        of_first + "\r\n\r\n");
    ASSERT_EQ(reader.read_answer()->status, 200);

    system.configure(config_with(second, forwarder()));
    reload();
    await_status(of_first, 401);
    const auto taken = system.post(one_record, "/records", as(machine_key));
    ASSERT_EQ(taken.status, 200) << taken.body;

    EXPECT_EQ(reader.read_answer()->status, 401);
}

TEST_F(ReloadSystem, AWriterWhoseBodyComesLateIsAskedAgain) {
    support::HttpClient writer(system.process().port());
    writer.send("POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(one_record.size()) +
                "\r\nContent-Type: application/json\r\nAuthorization: Bearer " + machine_key +
                "\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_EQ(writer.read_answer()->status, 100);

    system.configure(config_with(first));
    reload();
    await_status(machine_key, 401);
    writer.send(one_record);

    EXPECT_EQ(writer.read_answer()->status, 401);
    EXPECT_EQ(json(system.get("/readyz", as(of_first)).body)["position"].text(), "0");
}

TEST_F(ReloadSystem, WhatCannotBeReadChangesNothing) {
    const auto reload_with = [&](const std::string& config, const std::string& complaint) {
        system.configure(config);
        reload();
        EXPECT_TRUE(system.process().await_error_line(complaint)) << complaint;
        EXPECT_EQ(status(of_first), 200) << complaint;
        EXPECT_EQ(status(of_second), 401) << complaint;
    };
    reload_with(config_with(second) + "unknown = 1\n", "audit failed: nothing is read again: ");
    reload_with(config_with("{ id = 'third', algorithm = 'HS256', file = 'third' }"),
                "audit failed: [auth] as before: key \"third\" of [auth]: ");
    reload_with(without_credentials, "audit failed: [auth] as before: [auth] is gone");
}

// There is nothing to be read again then, and one who has changed something else has to hear so.
TEST(ReloadWithoutCredentials, SaysThatOnlyARestartTakesInTheRest) {
    System system(without_credentials);
    ASSERT_TRUE(system.start());

    ASSERT_EQ(::kill(system.process().pid(), SIGHUP), 0);

    const auto rest = system.process().await_error_line("audit done=\"heard SIGHUP");
    ASSERT_TRUE(rest);
    EXPECT_TRUE(contains(*rest, "begins with a restart\"")) << *rest;
    system.stop();
}

}  // namespace
}  // namespace freshet::systems
