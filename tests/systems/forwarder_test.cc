// The forwarder of examples/forwarder, run by Node.js as Lambda would: what it returns is what
// Freshet says failed, and whatever else happens is thrown, so that Lambda sends the batch again.

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

constexpr const char* token = "not-to-be-seen-4711";
const std::string root = support::source_folder();

// What one call of the function came to.
struct Call {
    JsonValue outcome;    // {"returned":…} or {"thrown":"…"}
    std::string printed;  // everything, the outcome too

    [[nodiscard]] std::string thrown() const { return outcome["thrown"].text(); }
};

class ForwarderTest : public ::testing::Test {
protected:
    // Hands the event to the function as Lambda would, with that much of its time left.
    Call forward(const std::string& event, std::uint16_t port, int remaining_ms = 20'000) {
        std::ofstream(folder_.file("event.json"), std::ios::binary) << event;
        const ProcessEnd end = support::run_program(
            {"/usr/bin/env", "FRESHET_URL=http://127.0.0.1:" + std::to_string(port) + "/",
             std::string("FRESHET_TOKEN=") + token, "node",
             root + "/tests/systems/call_forwarder.mjs", root + "/examples/forwarder/index.mjs",
             folder_.file("event.json"), std::to_string(remaining_ms)});
        EXPECT_NE(end.exit_code, 127) << "Node.js is missing: tools/setup test installs it";
        EXPECT_EQ(end.exit_code, 0) << end.errors;
        Call call{json(end.output), end.output + end.errors};
        EXPECT_FALSE(contains(call.printed, token)) << call.printed;
        return call;
    }

    // What the function throws at that answer.
    std::string thrown_at(const std::string& answer) {
        const CannedServer server({answer});
        return forward(event_of(inserted("a", 1).text()), server.port()).thrown();
    }

private:
    support::TempFolder folder_;
};

// A record whose key is a number, where the table's is a string.
RecordText poison(std::uint64_t sequence) {
    RecordText record = inserted("poison", sequence);
    record.keys = R"({"pk":{"N":"7"}})";
    return record;
}

TEST_F(ForwarderTest, ReturnsThatNothingFailedOnceEverythingIsTaken) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    const std::string event = event_of(inserted("a", 1).text() + "," + inserted("b", 2).text());

    const Call first = forward(event, system.process().port());
    const Call again = forward(event, system.process().port());

    EXPECT_EQ(first.outcome, json(R"({"returned":{"batchItemFailures":[]}})"));
    EXPECT_TRUE(contains(first.printed, R"("position":2,"appended":2)")) << first.printed;
    EXPECT_EQ(again.outcome, first.outcome) << "a duplicate is no failure";
    EXPECT_EQ(system.log().size(), 2U);
}

TEST_F(ForwarderTest, ReturnsThePoisonRecordAndSaysWhatIsWrongWithIt) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    const std::string before = inserted("a", 1).text() + "," + inserted("b", 2).text();
    const std::string after = inserted("c", 4).text();

    const Call call =
        forward(event_of(before + "," + poison(3).text() + "," + after), system.process().port());

    EXPECT_EQ(call.outcome, json(R"({"returned":{"batchItemFailures":[{"itemIdentifier":"3"}]}})"));
    EXPECT_TRUE(contains(call.printed, "/Records/2/dynamodb/Keys/pk")) << call.printed;
    EXPECT_EQ(system.get("/views/order/b").status, 200);
    EXPECT_EQ(system.get("/views/order/c").status, 404) << "nothing overtakes the poison record";

    const std::string rest = inserted("poison", 3).text() + "," + after;
    const Call corrected = forward(event_of(rest), system.process().port());
    const Call everything = forward(event_of(before + "," + rest), system.process().port());

    EXPECT_EQ(corrected.outcome, json(R"({"returned":{"batchItemFailures":[]}})"));
    EXPECT_EQ(everything.outcome, corrected.outcome);
    std::vector<std::string> keys;
    for (const JsonValue& record : system.log()) {
        keys.push_back(record["dynamodb"]["Keys"]["pk"]["S"].text());
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"a", "b", "poison", "c"})) << "each once, in order";
}

TEST_F(ForwarderTest, ThrowsWhatKeepsTheWholeBatchOut) {
    System system(orders_config);
    ASSERT_TRUE(system.start());

    const Call call = forward(R"({"hello":"world"})", system.process().port());

    EXPECT_TRUE(contains(call.thrown(), "Freshet answered 422: ")) << call.printed;
}

TEST_F(ForwarderTest, PostsTheEventAsItCame) {
    const std::string event = event_of(inserted("\xc3\xa4 \"quoted\"", 1).text());
    CannedServer server({answer_bytes(200, "", R"({"batchItemFailures":[]})")});

    forward(event, server.port());

    ASSERT_EQ(server.requests().size(), 1U);
    const std::string request = server.requests().front();
    EXPECT_TRUE(request.starts_with("post /records?partial=true http/1.1\r\n")) << request;
    for (const std::string& header :
         {std::string("content-type: application/json"), std::string("prefer: return=minimal"),
          std::string("authorization: bearer ") + token}) {
        EXPECT_TRUE(contains(request, header)) << header << " in " << request;
    }
    EXPECT_EQ(json(request.substr(request.find("\r\n\r\n") + 4)), json(event));
}

TEST_F(ForwarderTest, ThrowsAtOnceIfItIsToWaitForLong) {
    const std::string message = thrown_at(
        answer_bytes(503, "Retry-After: 30\r\n", R"({"detail":"the log is being folded"})"));

    EXPECT_EQ(message, "Freshet answered 503: the log is being folded (Retry-After: 30)");
}

TEST_F(ForwarderTest, TriesOnceMoreIfItIsToWaitForAMoment) {
    const std::string busy = answer_bytes(503, "Retry-After: 0\r\n", R"({"detail":"busy"})");
    const std::string taken = answer_bytes(200, "", R"({"batchItemFailures":[]})");
    CannedServer recovers({busy, taken});
    CannedServer stays_busy({busy, busy, taken});
    const std::string event = event_of(inserted("a", 1).text());

    const Call success = forward(event, recovers.port());
    const Call failure = forward(event, stays_busy.port());

    EXPECT_EQ(success.outcome, json(R"({"returned":{"batchItemFailures":[]}})"));
    EXPECT_TRUE(failure.thrown().starts_with("Freshet answered 503: busy")) << failure.printed;
    EXPECT_EQ(stays_busy.requests().size(), 2U);
}

TEST_F(ForwarderTest, ThrowsEveryOtherStatus) {
    EXPECT_EQ(thrown_at(answer_bytes(429, "Retry-After: 1\r\n", R"({"detail":"too many"})")),
              "Freshet answered 429: too many (Retry-After: 1)");
    EXPECT_EQ(thrown_at(answer_bytes(507, "", R"({"detail":"the disk is full"})")),
              "Freshet answered 507: the disk is full");
    EXPECT_EQ(thrown_at(answer_bytes(502, "", "<html>bad gateway</html>")),
              "Freshet answered 502: <html>bad gateway</html>");
    EXPECT_EQ(thrown_at(answer_bytes(307, "Location: http://127.0.0.1:1/\r\n", "")),
              "Freshet answered 307: ");
}

// Lambda takes such an answer as success of the whole batch.
TEST_F(ForwarderTest, ThrowsASuccessThatDoesNotSayWhatFailed) {
    for (const char* body : {"", "{}", "null", "[]", "<html/>", R"({"batchItemFailures":null})"}) {
        const std::string message = thrown_at(answer_bytes(200, "", body));

        EXPECT_TRUE(contains(message, "200 without batchItemFailures")) << body << ": " << message;
    }
}

// The answer never comes, so that only its own time-out can end the function.
TEST_F(ForwarderTest, GivesUpWithinItsTimeIfNoAnswerComes) {
    const CannedServer server({""});

    const Call call = forward(event_of(inserted("a", 1).text()), server.port(), 1'000);

    EXPECT_EQ(call.thrown(), "no answer from Freshet: time-out");
}

TEST_F(ForwarderTest, ThrowsIfNobodyListens) {
    const Call call = forward(event_of(inserted("a", 1).text()), closed_port());

    EXPECT_EQ(call.thrown(), "no answer from Freshet: ECONNREFUSED");
}

// As when Lambda wakes the function and the connection that it kept is gone.
TEST_F(ForwarderTest, TriesOnceMoreIfTheConnectionBreaks) {
    CannedServer server({"\r\n", answer_bytes(200, "", R"({"batchItemFailures":[]})")});

    const Call call = forward(event_of(inserted("a", 1).text()), server.port());

    EXPECT_EQ(call.outcome, json(R"({"returned":{"batchItemFailures":[]}})"));
}

}  // namespace
}  // namespace freshet::systems
