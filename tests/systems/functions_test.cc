// Functions from outside: a server that calls them, an endpoint that takes the calls and fails on
// demand, and those who say what is to become of what it did not take.

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/certificate.h"
#include "tests/systems/functions_shop.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using std::chrono::seconds;
using support::TempFolder;
using Batches = std::vector<std::vector<std::string>>;

class Functions : public FunctionsTest {};

// ---- what is sent ----

// A record with everything that a live stream says of one.
constexpr const char* whole_record = R"({
    "eventID": "7f1a0c5e2d9b4c3a8e6f1b2d3c4a5968",
    "eventName": "MODIFY",
    "eventVersion": "1.1",
    "eventSource": "aws:dynamodb",
    "awsRegion": "eu-north-1",
    "dynamodb": {
        "ApproximateCreationDateTime": 1796000000,
        "Keys": {"pk": {"S": "o\u00e9\n\"1"}},
        "NewImage": {"pk": {"S": "o\u00e9\n\"1"}, "n": {"N": "12345678901234567890.12345678901234567"},
                     "tags": {"SS": ["a", "b"]}, "raw": {"B": "AAECAw=="}, "none": {"NULL": true},
                     "lines": {"L": [{"M": {"open": {"BOOL": false}}}]}},
        "OldImage": {"pk": {"S": "o\u00e9\n\"1"}, "n": {"N": "1"}},
        "SequenceNumber": "4200000000000000000000001",
        "SizeBytes": 99,
        "StreamViewType": "NEW_AND_OLD_IMAGES"
    },
    "userIdentity": {"type": "Service", "principalId": "somebody"},
    "eventSourceARN": "arn:aws:dynamodb:eu-north-1:123456789012:table/orders/stream/2026-11-20T10:00:00.000"
})";

TEST_F(Functions, AreSentARecordAsItsSourceSentIt) {
    serve(orders_function("all"));

    post(whole_record);

    const FunctionCall call = endpoint.await_calls(1).front();
    EXPECT_EQ(call.method, "POST");
    EXPECT_EQ(call.path, "/all");
    EXPECT_EQ(call.body, json(event_of(whole_record)));
    EXPECT_EQ(call.header("content-type"), "application/json");
    EXPECT_EQ(call.header("content-length"), std::to_string(call.text.size()));
    EXPECT_EQ(call.header("freshet-function"), "all");
    EXPECT_EQ(call.header("freshet-positions"), "1-1");
    EXPECT_EQ(call.header("freshet-attempt"), "1");
    EXPECT_EQ(call.header("freshet-epoch"), system->read("/status")["epoch"].text());
    EXPECT_TRUE(call.header("user-agent").starts_with("Freshet/")) << call.header("user-agent");
    EXPECT_EQ(call.header("webhook-signature"), "") << "it has no secret";
}

TEST_F(Functions, AreSentDirectWritesAsATableOfAwsWouldTellOfThem) {
    serve(function_of("notes", "notes", "batch_size = 1"));

    put_note("a", R"("title":"one","n":1.50)");
    put_note("a", R"("title":"two","n":1.50)");
    ask("DELETE", "/tables/notes/items/a");

    std::vector<JsonValue> records;
    for (const FunctionCall& call : endpoint.await_calls(3)) {
        ASSERT_EQ(call.body["Records"].size(), 1U);
        records.push_back(call.body["Records"][0]);
    }
    ASSERT_EQ(records.size(), 3U);
    const JsonValue one = json(R"({"id":{"S":"a"},"title":{"S":"one"},"n":{"N":"1.50"}})");
    const JsonValue two = json(R"({"id":{"S":"a"},"title":{"S":"two"},"n":{"N":"1.50"}})");
    const std::vector<std::string> names{"INSERT", "MODIFY", "REMOVE"};
    const std::vector<JsonValue> after{one, two, JsonValue()};
    const std::vector<JsonValue> before{JsonValue(), one, two};
    std::string sequence;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const JsonValue& record = records[i];
        const JsonValue& change = record["dynamodb"];
        EXPECT_EQ(record["eventName"].text(), names[i]);
        EXPECT_EQ(record["eventSource"].text(), "aws:dynamodb");
        EXPECT_EQ(record["eventVersion"].text(), "1.1");
        EXPECT_TRUE(record["awsRegion"].exists());
        EXPECT_NE(record["eventID"].text(), "");
        EXPECT_TRUE(contains(record["eventSourceARN"].text(), ":table/notes"))
            << record["eventSourceARN"];
        EXPECT_EQ(change["Keys"], json(R"({"id":{"S":"a"}})"));
        EXPECT_EQ(change["NewImage"], after[i]);
        EXPECT_EQ(change["OldImage"], before[i]);
        EXPECT_TRUE(change["ApproximateCreationDateTime"].exists());
        EXPECT_NE(change["SequenceNumber"].text(), sequence);
        sequence = change["SequenceNumber"].text();
    }
}

TEST_F(Functions, AreSentCloudEventsIfTheyAskForThem) {
    serve(orders_function("several", "format = \"cloudevents\"") +
          orders_function("single", "format = \"cloudevents\"\nbatch_size = 1"));
    const std::string epoch = system->read("/status")["epoch"].text();

    post(inserted("a", 7, attribute("status", "NEW")).text() + "," + removed("b", 8).text());

    const FunctionCall several = endpoint.await_calls(1, 0, "/several").front();
    EXPECT_EQ(several.header("content-type"), "application/cloudevents-batch+json");
    ASSERT_EQ(several.body.size(), 2U) << several.text;
    const auto singles = endpoint.await_calls(2, 0, "/single");
    const std::vector<std::string> types{"INSERT", "REMOVE"};
    const std::vector<std::string> items{"a", "b"};
    for (std::size_t i = 0; i < 2; ++i) {
        const JsonValue& event = several.body[i];
        EXPECT_EQ(event["specversion"].text(), "1.0");
        EXPECT_EQ(event["id"].text(), epoch + "." + std::to_string(i + 1));
        EXPECT_EQ(event["source"].text(), "/tables/orders");
        EXPECT_EQ(event["type"].text(), types[i]);
        EXPECT_EQ(event["subject"].text(), items[i]);
        EXPECT_EQ(event["datacontenttype"].text(), "application/json");
        EXPECT_TRUE(event["time"].text().ends_with("Z")) << event;
        EXPECT_EQ(event["data"]["dynamodb"]["Keys"]["pk"]["S"].text(), items[i]);
        EXPECT_EQ(singles[i].header("content-type"), "application/cloudevents+json");
        EXPECT_EQ(singles[i].body, event);
    }
}

// As Standard Webhooks has it: HMAC-SHA256 of "ID.TIMESTAMP.BODY", in base64.
std::string signature_of(const std::string& secret, const FunctionCall& call) {
    const std::string text =
        call.header("webhook-id") + "." + call.header("webhook-timestamp") + "." + call.text;
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    std::array<unsigned char, 45> encoded_digest{};
    EVP_EncodeBlock(encoded_digest.data(), digest.data(), static_cast<int>(size));
    return "v1," + std::string(reinterpret_cast<const char*>(encoded_digest.data()));
}

TEST_F(Functions, KnowEachCallByItsSignature) {
    const TempFolder folder;
    std::ofstream(folder.file("secret")) << "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    ::setenv("FUNCTIONS_TEST_SECRET", "a text of more than sixteen", 1);
    serve(orders_function("file", "secret = { file = \"" + folder.file("secret") + "\" }") +
          orders_function("env", "secret = { env = \"FUNCTIONS_TEST_SECRET\" }"));
    ::unsetenv("FUNCTIONS_TEST_SECRET");
    endpoint.behave(R"([{"path":"/file","status":500},{"path":"/env","status":500}])");
    std::string bytes;
    for (char byte = 0; byte < 32; ++byte) bytes += byte;
    const auto before = std::chrono::system_clock::now();

    post(new_orders(1, 3));

    for (const auto& [path, secret] : {std::pair<std::string, std::string>{"/file", bytes},
                                       {"/env", "a text of more than sixteen"}}) {
        const auto calls = endpoint.await_calls(2, 0, path);
        ASSERT_GE(calls.size(), 2U);
        EXPECT_EQ(calls[0].header("webhook-id"),
                  calls[0].header("freshet-epoch") + "." + calls[0].header("freshet-positions"));
        EXPECT_EQ(calls[1].header("webhook-id"), calls[0].header("webhook-id"));
        EXPECT_EQ(calls[1].header("freshet-attempt"), "2");
        for (const FunctionCall& call : calls) {
            EXPECT_EQ(call.header("webhook-signature"), signature_of(secret, call));
            const auto time = std::chrono::system_clock::time_point(
                seconds(std::stoll(call.header("webhook-timestamp"))));
            EXPECT_GT(time + seconds(2), before);
            EXPECT_LT(time - seconds(60), before);
        }
    }
}

TEST_F(Functions, ASecretThatIsTooShortOrMissingKeepsTheServerFromStarting) {
    const TempFolder folder;
    std::ofstream(folder.file("short")) << "only fifteen ..";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"secret = { file = \"" + folder.file("short") + "\" }", "shorter than 16 bytes"},
        {"secret = { file = \"" + folder.file("none") + "\" }", folder.file("none")},
        {"secret = { env = \"FRESHET_HAS_NO_SUCH_VARIABLE\" }", "no variable of the name"}};
    for (const auto& [line, expected] : cases) {
        System broken(with(support::server_section +
                               "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n" +
                               orders_function("all", "#"),
                           "#", line));
        broken.process().start();
        const ProcessEnd end = broken.process().wait();
        EXPECT_EQ(end.exit_code, 2);
        EXPECT_TRUE(contains(end.errors, expected)) << end.errors;
        EXPECT_FALSE(contains(end.errors, "only fifteen")) << end.errors;
    }
}

// ---- what goes wrong ----

struct Failing {
    std::string behaviours;
    std::vector<std::string> outcomes;  // of the calls with a record, and the last is well
    std::vector<std::string> attempts;  // as the calls say
};

TEST_F(Functions, ARecordComesAgainAfterEachKindOfFailure) {
    serve(orders_function("all", "timeout_s = 1"));
    post(new_orders(1, 1));
    endpoint.await_ledger(1);  // and the connection is kept
    const std::vector<Failing> all{
        {R"([{"status":500}])", {"500", "200"}, {"1", "2"}},
        {R"([{"status":404},{"status":400,"body":"no"}])", {"404", "400", "200"}, {"1", "2", "3"}},
        {R"([{"status":302,"headers":{"Location":"/elsewhere"}}])", {"302", "200"}, {"1", "2"}},
        {R"([{"status":307,"headers":{"Location":"/elsewhere"}}])", {"307", "200"}, {"1", "2"}},
        {R"([{"status":200,"headers":{"X-Amz-Function-Error":"Unhandled"},"body":"{}"}])",
         {"200", "200"},
         {"1", "2"}},
        {R"([{"hang":true}])", {"given up", "200"}, {"1", "2"}},
        {R"([{"cut":"head"}])", {"cut head", "200"}, {"1", "2"}},
        {R"([{"cut":"body"}])", {"cut body", "200"}, {"1", "2"}},
        {R"([{"garbage":true}])", {"garbage", "200"}, {"1", "2"}},
        {R"([{"body":")" + std::string(7'000'000, 'x') + R"("}])", {"200", "200"}, {"1", "2"}},
        // They were turned away, and no attempt was made.
        {R"([{"status":429},{"status":503}])", {"429", "503", "200"}, {"1", "1", "1"}}};

    std::uint64_t sequence = 1;
    for (const Failing& failing : all) {
        SCOPED_TRACE(failing.behaviours.substr(0, 80));
        endpoint.forget_calls();
        endpoint.behave(failing.behaviours);

        post(new_orders(++sequence, 1));
        const auto calls = endpoint.await_calls(failing.outcomes.size());
        endpoint.await_ledger(sequence);

        ASSERT_EQ(calls.size(), failing.outcomes.size());
        for (std::size_t i = 0; i < calls.size(); ++i) {
            EXPECT_EQ(calls[i].path, "/all");
            EXPECT_EQ(calls[i].sequences, sequences_from(sequence, 1));
            const bool is_last = i + 1 == calls.size();
            EXPECT_EQ(is_last ? "200" : calls[i].outcome, failing.outcomes[i]);
            EXPECT_EQ(calls[i].header("freshet-attempt"), failing.attempts[i]);
        }
    }
    EXPECT_EQ(parked("all").size(), 0U);
}

// A connection that was kept may have been closed by the time of a call: that is found out at once.
TEST_F(Functions, ACallIsSentAgainOnANewConnectionIfTheKeptOneIsCut) {
    serve(orders_function("all"));
    post(new_orders(1, 1));
    endpoint.await_ledger(1);
    endpoint.behave(R"([{"cut":"before"},{"cut":"before"}])");

    post(new_orders(2, 1));

    endpoint.await_ledger(2);
    std::vector<std::string> attempts;
    for (const FunctionCall& call : endpoint.calls(1)) {
        attempts.push_back(call.header("freshet-attempt"));
    }
    EXPECT_EQ(attempts, (std::vector<std::string>{"1", "1", "2"}));
    await("all", "failed_calls", "1");
}

TEST_F(Functions, RetryAfterIsHonoured) {
    serve(orders_function("all"));
    endpoint.behave(R"([{"status":503,"headers":{"Retry-After":"2"}},
                        {"status":500,"headers":{"Retry-After":"1"}}])");

    post(new_orders(1, 1));

    const auto calls = endpoint.await_calls(3);
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_GE(calls[1].at_ms, calls[0].answered_ms + 1'990);
    EXPECT_GE(calls[2].at_ms, calls[1].answered_ms + 990);
}

TEST_F(Functions, AnEndpointThatIsAwayIsWaitedFor) {
    serve(orders_function("all", "maximum_retry_attempts = 0"));
    post(new_orders(1, 1));
    endpoint.await_ledger(1);
    endpoint.kill();

    post(new_orders(2, 3));
    ASSERT_TRUE(comes_true([&] { return std::stoi(told("all", "failures_in_a_row")) >= 3; }));
    await("all", "state", "failing");
    EXPECT_TRUE(contains(told("all", "error"), "cannot reach 127.0.0.1:")) << function("all");
    EXPECT_EQ(told("all", "throttled_calls"), told("all", "failed_calls"));

    endpoint.start();

    endpoint.await_ledger(4);
    await_done("all");
    await("all", "state", "running");
    EXPECT_EQ(told("all", "parked"), "0") << "nobody got the call, so it was no attempt";
}

TEST_F(Functions, APartialFailureBeginsAgainWithTheFirstThatFailed) {
    serve(orders_function("all", "report_batch_item_failures = true\nmaximum_retry_attempts = 1"));
    endpoint.behave(R"([{"partial":["bad"]},{"partial":["bad"]}])");

    post(new_orders(1, 2) + "," + new_orders(3, 1, attribute("status", "bad")) + "," +
         new_orders(4, 2));

    EXPECT_EQ(batches_of(endpoint.await_calls(3)),
              (Batches{sequences_from(1, 5), sequences_from(3, 3), sequences_from(4, 2)}));
    const JsonValue parked_one = await_parked("all", 1).front();
    EXPECT_EQ(parked_one["key"]["pk"].text(), "o3");
    EXPECT_EQ(parked_one["attempts"].text(), "2");
    await("all", "taken", "4");
}

// Of 100 records, each failing half is cut in two: 50, 25, 13, 6, 3, 2 and 1 fail, and 50, 25, 12,
// 7, 3, 1 and 1 do not.
TEST_F(Functions, BisectingFindsTheOneThatFailsInAHundred) {
    serve(orders_function("all",
                          "bisect_batch_on_function_error = true\nmaximum_retry_attempts = 0"));
    endpoint.behave(R"({"poison":["bad"]})");

    post(new_orders(1, 36) + "," + new_orders(37, 1, attribute("status", "bad")) + "," +
         new_orders(38, 63));

    EXPECT_EQ(await_parked("all", 1).front()["key"]["pk"].text(), "o37");
    endpoint.await_ledger(99);
    await_done("all");
    EXPECT_EQ(endpoint.calls().size(), 15U);
    await("all", "taken", "99");
    await("all", "parked", "1");
}

TEST_F(Functions, OneThatHangsDelaysNeitherAnotherNorWriters) {
    serve(orders_function("hangs") + orders_function("well") + function_of("notes", "notes"));
    endpoint.behave(R"({"path":"/hangs","hang":true})");
    const auto begin = std::chrono::steady_clock::now();

    for (std::uint64_t i = 1; i <= 200; ++i) post(new_orders(i, 1));
    put_note("a", R"("n":1)");

    endpoint.await_ledger(200, "/well");
    endpoint.await_ledger(1, "/notes");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(25)) << "the call has 30 s";
    EXPECT_EQ(endpoint.calls(0, "/hangs").size(), 1U);
    await("hangs", "place", "0");
    await("hangs", "under_way", "1");
    await_done("well");
    system->stop();  // although a call is under way
}

// ---- what is parked ----

class ParkedRecordsOf : public FunctionsTest {
protected:
    // Parks the orders o1 to o3, which are bad, of `all`; o4 is taken.
    void park_three(const std::string& more = {}) {
        serve(orders_function("all", "maximum_retry_attempts = 0\nbatch_size = 1\n" + more));
        endpoint.behave(R"({"poison":["bad"],"status":500,"body":"no such pizza"})");
        post(new_orders(1, 3, attribute("status", "bad")) + "," + new_orders(4, 1));
        await_parked("all", 3);
        endpoint.await_ledger(1);
    }
    static std::string target(int record) {
        return "/functions/all/parked/" + std::to_string(record);
    }
    std::vector<std::string> keys_parked() {
        std::vector<std::string> keys;
        for (const JsonValue& one : parked("all")) keys.push_back(one["key"]["pk"].text());
        return keys;
    }
    // The status of the answer.
    int status(const std::string& method, const std::string& path, const std::string& body = {}) {
        return ask(method, path, body).status;
    }
};

using Keys = std::vector<std::string>;

TEST_F(ParkedRecordsOf, AreListedAndShown) {
    park_three();

    const auto list = parked("all");
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0]["record"].text(), "1");
    EXPECT_EQ(list[0]["key"], json(R"({"pk":"o1"})"));
    EXPECT_EQ(list[0]["status"].text(), "failed");
    EXPECT_EQ(list[0]["attempts"].text(), "1");
    EXPECT_TRUE(contains(list[0]["error"].text(), "answered 500: no such pizza")) << list[0];
    const JsonValue shown = system->read(target(2));
    EXPECT_EQ(shown["content"], endpoint.calls()[1].body["Records"][0]);
    EXPECT_EQ(shown.without({"content"}), list[1]);
    const JsonValue page = system->read("/functions/all/parked?limit=2");
    EXPECT_EQ(page["parked"].size(), 2U);
    EXPECT_EQ(page["next"].text(), "2");
    EXPECT_EQ(system->read("/functions/all/parked?after=2")["parked"][0], list[2]);
    EXPECT_EQ(status("GET", target(4)), 404);
    EXPECT_EQ(status("GET", "/functions/none/parked"), 404);
}

TEST_F(ParkedRecordsOf, AreHandedOverAgainAndReleased) {
    park_three();
    const std::size_t calls = endpoint.calls().size();

    EXPECT_EQ(asked("POST", target(2))["done"].text(), "again");
    endpoint.await_calls(calls + 1);
    EXPECT_TRUE(comes_true([&] { return system->read(target(2))["attempts"].text() == "2"; }))
        << "it still fails";
    endpoint.be_well();
    asked("POST", target(2));

    EXPECT_TRUE(comes_true([&] { return keys_parked() == Keys{"o1", "o3"}; }));
    EXPECT_EQ(endpoint.await_calls(calls + 2).back().sequences, sequences_from(2, 1));
    EXPECT_EQ(endpoint.calls().back().header("freshet-positions"), "2-2");
    EXPECT_EQ(endpoint.calls().back().header("freshet-attempt"), "3");
    system->kill();
    serve(orders_function("all"));
    EXPECT_EQ(keys_parked(), (Keys{"o1", "o3"})) << "also after a crash";
}

TEST_F(ParkedRecordsOf, AreHandedOverAsTheyWereEdited) {
    park_three();
    const std::string content = system->get(target(1)).body;
    const std::string record = with(content.substr(content.find("\"content\":") + 10),
                                    R"({"S":"bad"})", R"({"S":"GOOD"})");
    const std::string body = record.substr(0, record.rfind('}'));

    EXPECT_EQ(asked("PUT", target(1), body)["done"].text(), "edited");
    EXPECT_EQ(system->read(target(1))["edited"].text(), "true");
    EXPECT_EQ(system->read(target(1))["content"], json(body));
    EXPECT_EQ(keys_parked().size(), 3U) << "it waits for somebody to say so";
    asked("POST", target(1));

    EXPECT_TRUE(comes_true([&] { return keys_parked() == Keys{"o2", "o3"}; }));
    EXPECT_EQ(endpoint.calls().back().body["Records"][0], json(body));
    EXPECT_EQ(status("PUT", target(2), "[]"), 422);
    const HttpAnswer whole = ask("PUT", target(2), system->get(target(2)).body);
    EXPECT_EQ(whole.status, 422) << "no function is to get that";
    EXPECT_TRUE(contains(whole.body, "its `content` alone")) << whole.body;
    EXPECT_EQ(status("PUT", target(2), "{"), 400);
}

TEST_F(ParkedRecordsOf, AreDropped) {
    park_three();
    const std::size_t calls = endpoint.calls().size();

    EXPECT_EQ(asked("DELETE", target(1))["done"].text(), "dropped");
    EXPECT_EQ(keys_parked(), (Keys{"o2", "o3"}));
    EXPECT_EQ(status("DELETE", target(1)), 404);
    const JsonValue dry =
        asked("POST", "/functions/all/parked", R"({"do":"drop","all":true,"dry_run":true})");
    EXPECT_EQ(dry["dropped"].text(), "2");
    EXPECT_EQ(keys_parked().size(), 2U);
    const JsonValue dropped =
        asked("POST", "/functions/all/parked", R"({"do":"drop","records":[7,2,2,7]})");
    EXPECT_EQ(dropped["dropped"].text(), "1") << "what is named twice is one";
    EXPECT_EQ(dropped["absent"].text(), "1");
    EXPECT_EQ(dropped["records"].size(), 1U);
    EXPECT_EQ(system->process().await_error_line(R"(done="dropped 1 record of )"),
              R"(function all" method=POST path="/functions/all/parked" address="127.0.0.1")");
    asked("POST", "/functions/all/parked", R"({"do":"drop","all":true})");

    EXPECT_TRUE(keys_parked().empty());
    endpoint.be_well();
    post(new_orders(5, 1));
    endpoint.await_ledger(2);
    EXPECT_EQ(endpoint.calls().size(), calls + 1) << "what was dropped is not handed over";
    await("all", "parked", "0");
}

TEST_F(ParkedRecordsOf, AnOlderChangeOfAnItemIsHandedOverOnlyIfThatIsMeant) {
    park_three();
    endpoint.be_well();
    const std::uint64_t later = post(modified("o1", 9, attribute("status", "NEW")).text());
    endpoint.await_ledger(2);

    EXPECT_EQ(system->read(target(1))["superseded_by"].text(), std::to_string(later));
    const HttpAnswer refused = ask("POST", target(1));
    EXPECT_EQ(refused.status, 409);
    EXPECT_TRUE(contains(refused.body, "superseded by " + std::to_string(later))) << refused.body;
    const JsonValue others = asked("POST", "/functions/all/parked", R"({"do":"again","all":true})");
    EXPECT_EQ(others["again"].text(), "2");
    EXPECT_EQ(others["superseded"].text(), "1");
    EXPECT_TRUE(comes_true([&] { return keys_parked() == Keys{"o1"}; }));
    asked("POST", "/functions/all/parked", R"({"do":"again","records":[1],"superseded":true})");

    EXPECT_TRUE(comes_true([&] { return keys_parked().empty(); }));
    EXPECT_EQ(endpoint.calls().back().sequences, sequences_from(1, 1));
}

TEST_F(ParkedRecordsOf, HoldTheirItemIfTheFunctionSaysSo) {
    park_three("hold = \"item\"");

    post(modified("o1", 11, attribute("status", "later")).text() + "," +
         modified("o4", 12, attribute("status", "later")).text() + "," +
         modified("o1", 13, attribute("status", "last")).text());

    endpoint.await_ledger(2);
    const auto list = await_parked("all", 5);
    ASSERT_EQ(list.size(), 5U);
    EXPECT_EQ(list[3]["status"].text(), "held");
    EXPECT_EQ(list[4]["status"].text(), "held");
    await("all", "held", "2");
    const std::string held = "/functions/all/parked/" + list[3]["record"].text();
    EXPECT_EQ(status("POST", held), 409);
    endpoint.be_well();
    const std::size_t calls = endpoint.calls().size();
    asked("POST", target(1));

    EXPECT_TRUE(comes_true([&] { return keys_parked() == Keys{"o2", "o3"}; }));
    EXPECT_EQ(batches_of(endpoint.calls(calls)),
              (Batches{sequences_from(1, 1), sequences_from(11, 1), sequences_from(13, 1)}));
    await("all", "held", "0");
}

TEST_F(ParkedRecordsOf, ADroppedOneLetsGoOfItsItem) {
    park_three("hold = \"item\"");
    post(modified("o2", 11, attribute("status", "later")).text());
    await_parked("all", 4);
    endpoint.be_well();

    asked("DELETE", target(2));

    EXPECT_TRUE(comes_true([&] { return keys_parked() == Keys{"o1", "o3"}; }));
    EXPECT_EQ(endpoint.calls().back().sequences, sequences_from(11, 1));
    post(modified("o2", 12, attribute("status", "last")).text());
    endpoint.await_ledger(3);
    EXPECT_EQ(endpoint.calls().back().sequences, sequences_from(12, 1));
}

// ---- where a function is ----

TEST_F(Functions, ArePausedAndResumed) {
    serve(orders_function("all") + orders_function("other"));
    post(new_orders(1, 2));
    endpoint.await_ledger(2, "/all");

    EXPECT_EQ(asked("POST", "/functions/all/pause")["paused"].text(), "true");
    await("all", "state", "paused");
    post(new_orders(3, 2));
    endpoint.await_ledger(4, "/other");
    system->kill();
    ASSERT_TRUE(system->start());
    await("all", "state", "paused");
    await_done("other");
    EXPECT_EQ(endpoint.ledger("/all").size(), 2U);

    EXPECT_EQ(asked("POST", "/functions/all/resume")["paused"].text(), "false");

    EXPECT_EQ(endpoint.await_ledger(4, "/all").size(), 4U);
    await("all", "state", "running");
}

TEST_F(Functions, ArePutToAnotherPlace) {
    serve(orders_function("all", "batch_size = 10"));
    const std::uint64_t third = post(new_orders(1, 3));
    endpoint.await_ledger(3);
    const std::uint64_t fifth = post(new_orders(4, 2));
    endpoint.await_ledger(5);
    endpoint.forget_calls();
    endpoint.forget_ledger();

    const JsonValue answer =
        asked("POST", "/functions/all/place", R"({"place":)" + std::to_string(third) + "}");
    EXPECT_EQ(answer["place"].text(), std::to_string(third));
    EXPECT_EQ(endpoint.await_calls(1).front().sequences, sequences_from(4, 2));
    await_done("all");
    endpoint.forget_calls();
    asked("POST", "/functions/all/place", R"({"place":"trim_horizon"})");
    endpoint.await_ledger(5);
    await_done("all");
    endpoint.forget_calls();
    asked("POST", "/functions/all/place", R"({"place":"2020-01-01T00:00:00Z"})");
    EXPECT_EQ(endpoint.await_calls(1).front().sequences.front(), "1");
    await_done("all");

    asked("POST", "/functions/all/pause");
    await("all", "state", "paused");
    post(new_orders(6, 1));
    asked("POST", "/functions/all/place", R"({"place":"latest"})");
    asked("POST", "/functions/all/resume");
    endpoint.forget_calls();
    post(new_orders(7, 1));
    EXPECT_EQ(endpoint.await_calls(1).front().sequences, sequences_from(7, 1));
    EXPECT_GT(fifth, third);
    EXPECT_EQ(ask("POST", "/functions/all/place", R"({"place":99999999})").status, 422);
    EXPECT_EQ(ask("POST", "/functions/all/place", R"({"place":"soon"})").status, 422);
    EXPECT_EQ(ask("POST", "/functions/all/place", R"({"place":"2099-01-01T00:00:00Z"})").status,
              422);
}

TEST_F(Functions, APlaceBehindAKillIsWhereItWasPut) {
    serve(orders_function("all"));
    post(new_orders(1, 5));
    endpoint.await_ledger(5);
    await_done("all");
    asked("POST", "/functions/all/pause");
    asked("POST", "/functions/all/place", R"({"place":2})");
    system->kill();
    ASSERT_TRUE(system->start());
    endpoint.forget_calls();
    asked("POST", "/functions/all/resume");

    EXPECT_EQ(endpoint.await_calls(1).front().sequences, sequences_from(3, 3));
}

TEST_F(Functions, FilterWhatTheyAreSent) {
    serve(orders_function("new",
                          "filter = { eventName = [\"INSERT\"], dynamodb = { NewImage = { "
                          "status = { S = [\"NEW\", { prefix = \"OPEN\" }] } } } }"));

    post(inserted("a", 1, attribute("status", "NEW")).text() + "," +
         inserted("b", 2, attribute("status", "DONE")).text() + "," +
         modified("a", 3, attribute("status", "OPENED")).text() + "," + removed("b", 4).text() +
         "," + inserted("c", 5, attribute("status", "OPEN-AGAIN")).text());
    await_done("new");

    EXPECT_EQ(batches_of(endpoint.calls()), (Batches{{"1", "5"}}));
    await("new", "left_out", "3");
    await("new", "taken", "2");
}

TEST_F(Functions, AFilterIsTriedOnWhatTheLogHas) {
    serve(orders_function("new", "filter = { eventName = [\"INSERT\"] }"));
    post(new_orders(1, 6, attribute("status", "NEW")) + "," +
         modified("o1", 7, attribute("status", "DONE")).text());
    await_done("new");
    const std::size_t calls = endpoint.calls().size();

    const JsonValue own = asked("POST", "/functions/new/try", "{}");
    EXPECT_EQ(own["tried"].text(), "7");
    EXPECT_EQ(own["taken"].text(), "6");
    EXPECT_EQ(own["left_out"].text(), "1");
    EXPECT_EQ(own["samples"].size(), 3U);
    const JsonValue other =
        asked("POST", "/functions/new/try",
              R"({"filter":{"dynamodb":{"NewImage":{"status":{"S":["DONE"]}}}},"records":1000})");
    EXPECT_EQ(other["taken"].text(), "1");
    EXPECT_EQ(other["samples"][0]["dynamodb"]["SequenceNumber"].text(), "7");
    EXPECT_EQ(ask("POST", "/functions/new/try", R"({"filter":{"eventName":"INSERT"}})").status,
              422);
    EXPECT_EQ(endpoint.calls().size(), calls) << "trying calls nobody";
}

TEST_F(Functions, AreInTheStatus) {
    serve("");
    EXPECT_FALSE(contains(system->get("/status").body, "\"functions\"")) << "there are none";
    serve(orders_function("all", "maximum_retry_attempts = 0\nbatch_size = 1"));
    endpoint.behave(R"({"poison":["bad"],"status":500,"body":"no such pizza"})");
    post(new_orders(1, 1, attribute("status", "bad")));
    await_parked("all", 1);
    await_done("all");

    const JsonValue told = system->read("/status")["functions"][0];
    const ProcessEnd end =
        run({"status", "--server", "http://127.0.0.1:" + std::to_string(system->process().port())});

    EXPECT_EQ(told["name"].text(), "all");
    EXPECT_EQ(told["parked"].text(), "1");
    EXPECT_TRUE(contains(told["error"].text(), "answered 500: no such pizza")) << told;
    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.output, "\nfunction     all: ")) << end.output;
    EXPECT_TRUE(
        contains(end.output, ", 0 records and 0 s behind, 1 parked\n             last error: "))
        << end.output;
    endpoint.be_well();
    post(new_orders(2, 1));
    endpoint.await_ledger(1);
    await("all", "error", "");
    EXPECT_EQ(system->read("/status")["functions"][0]["error"].text(), "") << "it is over";
}

TEST_F(Functions, HaveEachItsOwnPlace) {
    serve(orders_function("first") + orders_function("second", "batch_size = 2"));
    endpoint.behave(R"({"path":"/second","poison":["bad"]})");

    post(new_orders(1, 2) + "," + new_orders(3, 1, attribute("status", "bad")) + "," +
         new_orders(4, 2));

    endpoint.await_ledger(5, "/first");
    await_done("first");
    endpoint.await_ledger(2, "/second");
    ASSERT_TRUE(comes_true([&] { return told("second", "state") == "failing"; }));
    await("second", "place", "2");
    await("first", "taken", "5");
    system->stop();
    endpoint.be_well();
    endpoint.forget_calls();
    ASSERT_TRUE(system->start());
    await_done("second");
    EXPECT_EQ(batches_of(endpoint.calls(0, "/second")), (Batches{{"3", "4"}, {"5"}}));
    EXPECT_TRUE(endpoint.calls(0, "/first").empty()) << "it has had everything";
}

TEST_F(Functions, BeginBehindTheNewestRecordWithoutAGap) {
    serve("");
    post(new_orders(1, 3));
    endpoint.kill();
    serve(orders_function("late", "starting_position = \"latest\""));
    ASSERT_TRUE(comes_true([&] { return told("late", "state") != "starting"; }));

    post(new_orders(4, 1));
    system->kill();
    ASSERT_TRUE(system->start());
    post(new_orders(5, 1));
    endpoint.start();

    endpoint.await_ledger(2);
    await_done("late");
    const FunctionLedger ledger = endpoint.ledger();
    EXPECT_EQ(ledger.size(), 2U);
    EXPECT_TRUE(ledger.contains(R"({"pk":{"S":"o4"}})"));
    EXPECT_TRUE(ledger.contains(R"({"pk":{"S":"o5"}})"));
}

TEST_F(Functions, BeginWhereTheConfigurationSays) {
    serve("");
    const std::uint64_t second = post(new_orders(1, 2));
    post(new_orders(3, 2));
    serve(orders_function("oldest") +
          orders_function("at", "starting_position = " + std::to_string(second)) +
          orders_function("long-ago", "starting_position = 2020-01-01T00:00:00Z") +
          orders_function("to-come", "starting_position = 2099-01-01T00:00:00Z"));

    EXPECT_EQ(endpoint.await_calls(1, 0, "/oldest").front().sequences, sequences_from(1, 4));
    EXPECT_EQ(endpoint.await_calls(1, 0, "/at").front().sequences, sequences_from(3, 2));
    EXPECT_EQ(endpoint.await_calls(1, 0, "/long-ago").front().sequences, sequences_from(1, 4));
    await("to-come", "state", "starting");
    EXPECT_TRUE(endpoint.calls(0, "/to-come").empty());
}

TEST_F(Functions, GoThereAgainAfterTheyWereDisabled) {
    serve(orders_function("all"));
    post(new_orders(1, 2));
    endpoint.await_ledger(2);
    serve(orders_function("all", "enabled = false"));
    post(new_orders(3, 2));
    await("all", "state", "disabled");
    EXPECT_EQ(told("all", "place"), "2");
    endpoint.forget_calls();

    serve(orders_function("all"));

    endpoint.await_ledger(4);
    await_done("all");
    EXPECT_EQ(batches_of(endpoint.calls()), (Batches{sequences_from(3, 2)}));
}

TEST_F(Functions, ARestartGoesOnWhereTheyWere) {
    serve(orders_function("all"));
    for (std::uint64_t i = 1; i <= 3; ++i) {
        post(new_orders(10 * i, 10));
        endpoint.await_ledger(10 * i);
        system->stop();  // before the second after which a place is noted anyhow
        ASSERT_TRUE(system->start());
    }
    await_done("all");

    for (const auto& [item, deliveries] : endpoint.ledger()) {
        EXPECT_EQ(deliveries.size(), 1U) << item;
    }
}

TEST_F(Functions, AnIdleServerWritesNothing) {
    serve(orders_function("first") + orders_function("second", "parallelization_factor = 4") +
          function_of("notes", "notes") +
          orders_function("none", "filter = { eventName = [\"REMOVE\"] }"));
    post(new_orders(1, 20));
    put_note("a", R"("n":1)");
    for (const char* name : {"first", "second", "notes", "none"}) await_done(name);
    std::uint64_t position = 0;
    auto since = std::chrono::steady_clock::now();
    ASSERT_TRUE(comes_true([&] {
        if (const std::uint64_t now = system->position(); now != position) {
            position = now;
            since = std::chrono::steady_clock::now();
        }
        return std::chrono::steady_clock::now() - since > std::chrono::milliseconds(1'500);
    })) << "the log grows by itself";

    std::this_thread::sleep_for(seconds(3));

    EXPECT_EQ(system->position(), position);
    for (const char* name : {"first", "second", "notes", "none"}) {
        EXPECT_EQ(told(name, "behind"), "0") << name;
    }
    system->stop();
    ASSERT_TRUE(system->start());
    EXPECT_EQ(system->position(), position) << "nor do a stop and a start";
}

// ---- where functions may be ----

TEST_F(Functions, ANameThatLeadsIntoTheMachineIsFollowedOnlyIfAllowed) {
    // Every resolver takes it, and it is no address: a name for 127.0.0.1.
    const std::string url = "url = \"http://127.1:" + std::to_string(endpoint.port()) + "/NAME\"\n";
    const auto config = [&](const std::string& name, const std::string& more) {
        return "[[function]]\nname = \"" + name + "\"\ntable = \"orders\"\n" +
               with(url, "NAME", name) + more;
    };
    serve(config("refused", "maximum_retry_attempts = 0\n") +
          config("other", "networks = [\"10.0.0.0/8\", \"127.0.0.2\"]\n") +
          config("allowed", "networks = [\"127.0.0.0/8\"]\n") +
          "[[function]]\nname = \"localhost\"\ntable = \"orders\"\nurl = \"http://localhost:" +
          std::to_string(endpoint.port()) + "/localhost\"\n");

    post(new_orders(1, 1));

    endpoint.await_ledger(1, "/allowed");
    endpoint.await_ledger(1, "/localhost");
    for (const char* name : {"refused", "other"}) {
        ASSERT_TRUE(comes_true([&] { return told(name, "state") == "failing"; })) << function(name);
        EXPECT_TRUE(contains(told(name, "error"), "127.1 is at 127.0.0.1, which is private"))
            << function(name);
        EXPECT_TRUE(endpoint.calls(0, std::string("/") + name).empty());
        await(name, "parked", "0");
    }
}

TEST_F(Functions, WhereCloudsHandOutCredentialsNothingIsSent) {
    const TempFolder folder;
    for (const std::string host : {"169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "0.0.0.0",
                                   "[::ffff:169.254.169.254]", "224.0.0.1"}) {
        std::ofstream(folder.file("freshet.toml"))
            << support::server_section + "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n" +
                   "[[function]]\nname = \"all\"\ntable = \"orders\"\nurl = \"http://" + host +
                   "/\"\nnetworks = [\"0.0.0.0/0\", \"::/0\"]\n";
        const ProcessEnd end = run({"check", folder.file("freshet.toml")});
        EXPECT_NE(end.exit_code, 0) << host;
        EXPECT_TRUE(contains(end.errors + end.output, "link-local")) << end.errors << end.output;
    }
    serve(
        "[[function]]\nname = \"all\"\ntable = \"orders\"\nurl = \"http://0xa9fea9fe/\"\n"
        "networks = [\"0.0.0.0/0\", \"::/0\"]\n");
    post(new_orders(1, 1));
    ASSERT_TRUE(comes_true([&] { return told("all", "state") == "failing"; })) << function("all");
    EXPECT_TRUE(contains(told("all", "error"), "is at 169.254.169.254, where nothing is ever sent"))
        << function("all");
}

TEST(FunctionsByHttps, AreCalledIfTheirCertificateIsBelieved) {
    const TempFolder folder;
    const auto certificate = support::make_certificate(folder, "endpoint");
    const auto stranger = support::make_certificate(folder, "stranger");
    FunctionEndpoint endpoint(certificate);
    const auto config = [&](const std::string& name, const std::string& more) {
        return "[[function]]\nname = \"" + name + "\"\ntable = \"orders\"\nurl = \"" +
               endpoint.secure_url("/" + name) + "\"\n" + more + "\n";
    };
    System system(support::server_section + "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n" +
                  config("believed", "authorities = \"" + certificate.certificate + "\"") +
                  config("stranger", "authorities = \"" + stranger.certificate +
                                         "\"\nmaximum_retry_attempts = 0") +
                  config("unknown", ""));
    ASSERT_TRUE(system.start());
    endpoint.behave(R"([{"path":"/believed","status":500}])");

    system.append(event_of(new_orders(1, 3)));

    endpoint.await_ledger(3, "/believed");
    EXPECT_EQ(endpoint.calls().size(), 2U);
    for (const std::string name : {"stranger", "unknown"}) {
        JsonValue told;
        EXPECT_TRUE(comes_true([&] {
            told = system.read("/functions/" + name);
            return told["state"].text() == "failing";
        })) << told;
        EXPECT_TRUE(contains(told["error"].text(), "no TLS with 127.0.0.1:")) << told;
        EXPECT_EQ(told["parked"].text(), "0") << "nobody got the call, so it was no attempt";
    }
    system.stop();
}

}  // namespace
}  // namespace freshet::systems
