// The lines of tests/checklist.md about functions, by their numbers.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/readers/alarm_rule.h"
#include "tests/readers/exposition.h"
#include "tests/support/places.h"
#include "tests/systems/functions_shop.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::TempFolder;
using Batches = std::vector<std::vector<std::string>>;

class FunctionsChecklist : public FunctionsTest {
protected:
    static std::vector<std::string> taken_in(const std::vector<FunctionCall>& calls) {
        std::vector<std::string> all;
        for (const FunctionCall& call : calls) {
            all.insert(all.end(), call.sequences.begin(), call.sequences.end());
        }
        return all;
    }
    // The calls that end a window.
    static std::vector<FunctionCall> finals_of(std::vector<FunctionCall> calls) {
        std::erase_if(calls, [](const FunctionCall& call) {
            return call.body["isFinalInvokeForWindow"].text() != "true";
        });
        return calls;
    }
    // Returns once windows that are over have counted so many records together.
    void await_counted(std::uint64_t records) {
        EXPECT_TRUE(comes_true([&] {
            std::uint64_t sum = 0;
            for (const FunctionCall& call : finals_of(endpoint.calls())) {
                const std::string count = call.body["state"]["count"].text();
                if (!count.empty()) sum += std::stoull(count);
            }
            return sum >= records;
        })) << function("all");
    }
};

const std::string bad = attribute("status", "bad");

// ---- what follows the notes ----

TEST_F(FunctionsChecklist, E41_AWebhookIsToldOfEachNewNoteAgainAndAgainUntilItIsParked) {
    serve(function_of("notes", "hook",
                      "filter = { eventName = [\"INSERT\"] }\nbatch_size = 1\n"
                      "maximum_retry_attempts = 3"));
    endpoint.behave(R"({"poison":["lost"]})");

    put_note("a", R"("title":"Shopping","content":"bread and salt")");
    put_note("a", R"("title":"Shopping","content":"bread, salt and beer")");
    put_note("b", R"("title":"lost","content":"of no use")");
    put_note("c", R"("title":"Shopping","content":"more bread")");

    const JsonValue parked_note = await_parked("hook", 1).front();
    endpoint.await_ledger(2);
    const auto calls = endpoint.calls();
    ASSERT_EQ(calls.size(), 6U);
    EXPECT_EQ(calls[0].body["Records"][0]["dynamodb"]["NewImage"],
              json(R"({"id":{"S":"a"},"title":{"S":"Shopping"},)"
                   R"("content":{"S":"bread and salt"}})"));
    for (std::size_t i = 2; i <= 4; ++i) {
        EXPECT_EQ(calls[i].sequences, calls[1].sequences);
        // Each pause is at least half of 100 ms, 200 ms and 400 ms.
        const std::uint64_t pause_min = 50ULL << (i - 2);
        EXPECT_GE(calls[i].at_ms + 2, calls[i - 1].answered_ms + pause_min) << i;
    }
    EXPECT_EQ(parked_note["key"], json(R"({"id":"b"})"));
    EXPECT_EQ(parked_note["attempts"].text(), "4");
    EXPECT_EQ(calls[5].body["Records"][0]["dynamodb"]["Keys"]["id"]["S"].text(), "c");
    EXPECT_EQ(told("hook", "left_out"), "1") << "an edited note is not new";
}

TEST_F(FunctionsChecklist, E42_AWorkQueueHasOneMessageOfEachNewNoteAndItsOwnPlace) {
    serve(function_of("notes", "queue", "filter = { eventName = [\"INSERT\"] }\nbatch_size = 1") +
          function_of("notes", "hook") + function_of("notes", "slow", "batch_size = 1"));
    endpoint.behave(R"([{"path":"/hook","hang":true},{"path":"/slow","status":503,"times":2}])");

    for (const std::string id : {"a", "b", "c"}) {
        put_note(id, R"("content":"one")");
        put_note(id, R"("content":"two")");
    }

    endpoint.await_ledger(3, "/queue");
    endpoint.await_ledger(6, "/slow");
    await_done("queue");
    std::vector<std::string> ids;
    for (const FunctionCall& call : endpoint.calls(0, "/queue")) {
        ASSERT_EQ(call.body["Records"].size(), 1U);
        ids.push_back(call.body["Records"][0]["dynamodb"]["Keys"]["id"]["S"].text());
    }
    EXPECT_EQ(ids, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(told("hook", "place"), "0") << "it hangs, and nobody waits for it";
}

// ---- who reads the log ----

TEST_F(FunctionsChecklist, E44_ManyFunctionsReadOneLogEachFromItsOwnPlaceAndWithItsOwnPatience) {
    serve("");
    const std::uint64_t second = post(new_orders(1, 2));
    post(new_orders(3, 1, bad));
    std::string all =
        orders_function("after-two", "starting_position = " + std::to_string(second)) +
        orders_function("latest", "starting_position = \"latest\"") +
        orders_function("hasty", "maximum_retry_attempts = 0\nbatch_size = 1") +
        orders_function("patient", "batch_size = 1");
    for (int i = 1; i <= 6; ++i) all += orders_function("oldest-" + std::to_string(i));
    endpoint.behave(R"([{"path":"/hasty","poison":["bad"],"times":1000},
                        {"path":"/patient","poison":["bad"],"times":1000}])");

    serve(all);
    ASSERT_TRUE(comes_true([&] { return told("latest", "state") == "running"; }));
    post(new_orders(4, 2));

    for (int i = 1; i <= 6; ++i) endpoint.await_ledger(5, "/oldest-" + std::to_string(i));
    endpoint.await_ledger(3, "/after-two");
    endpoint.await_ledger(2, "/latest");
    endpoint.await_ledger(4, "/hasty");
    endpoint.await_ledger(2, "/patient");
    await_done("latest");
    EXPECT_EQ(taken_in(endpoint.calls(0, "/latest")), sequences_from(4, 2));
    EXPECT_EQ(taken_in(endpoint.calls(0, "/after-two")), sequences_from(3, 3));
    EXPECT_EQ(await_parked("hasty", 1).front()["key"]["pk"].text(), "o3");
    EXPECT_TRUE(parked("patient").empty());
    await("patient", "place", "2");
    const JsonValue list = system->read("/functions")["functions"];
    EXPECT_EQ(list.size(), 10U);
}

// ---- settings ----

// What `freshet check` says of a function with this line.
ProcessEnd checked(const std::string& line) {
    const TempFolder folder;
    std::ofstream(folder.file("freshet.toml"))
        << support::server_section + "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n" +
               "[[function]]\nname = \"all\"\ntable = \"orders\"\n" +
               "url = \"http://127.0.0.1:9000/\"\n" + line + "\n";
    return run({"check", folder.file("freshet.toml")});
}

TEST_F(FunctionsChecklist, E55_SettingsHaveTheNamesDefaultsAndRangesOfAws) {
    struct Setting {
        std::string name;
        std::vector<std::string> right;
        std::vector<std::string> wrong;
        std::vector<std::string> said;  // of what is wrong
    };
    const std::vector<Setting> settings{
        {"batch_size", {"1", "10000"}, {"0", "10001", "-1", "\"ten\"", "1.5"}, {"1", "10000"}},
        {"batching_window_s", {"0", "300"}, {"-1", "301", "true"}, {"0", "300"}},
        {"parallelization_factor", {"1", "10"}, {"0", "11"}, {"1", "10"}},
        {"maximum_retry_attempts", {"-1", "0", "10000"}, {"-2", "10001"}, {"-1", "0", "10000"}},
        {"maximum_record_age_s",
         {"-1", "60", "604800"},
         {"0", "59", "604801"},
         {"-1", "60", "604800"}},
        {"bisect_batch_on_function_error", {"true", "false"}, {"1", "\"yes\""}, {"true"}},
        {"report_batch_item_failures", {"true", "false"}, {"0"}, {"true"}},
        {"enabled", {"true", "false"}, {"1"}, {"true"}},
        {"starting_position",
         {"\"trim_horizon\"", "\"latest\"", "\"TRIM_HORIZON\"", "7", "2026-11-20T11:39:28Z"},
         {"\"newest\"", "-1", "2026-11-20"},
         {"trim_horizon", "latest"}},
        {"filter",
         {"{ eventName = [\"INSERT\"] }"},
         {"{ eventName = \"INSERT\" }", "[]", "\"all\""},
         {"filter"}}};
    for (const Setting& setting : settings) {
        for (const std::string& value : setting.right) {
            const ProcessEnd end = checked(setting.name + " = " + value);
            EXPECT_EQ(end.exit_code, 0) << setting.name << " = " << value << ": " << end.errors;
        }
        for (const std::string& value : setting.wrong) {
            const ProcessEnd end = checked(setting.name + " = " + value);
            EXPECT_NE(end.exit_code, 0) << setting.name << " = " << value;
            EXPECT_TRUE(contains(end.errors, setting.name)) << end.errors;
            for (const std::string& word : setting.said) {
                EXPECT_TRUE(contains(end.errors, word)) << word << ": " << end.errors;
            }
        }
    }
    const ProcessEnd defaults = checked("");
    EXPECT_TRUE(
        contains(defaults.output, "batches of 100, 1 at a time; it begins with the oldest record"))
        << defaults.output;
    const ProcessEnd misspelt = checked("batchsize = 1");
    EXPECT_TRUE(contains(misspelt.errors, "batch_size")) << misspelt.errors;
}

// ---- batches ----

TEST_F(FunctionsChecklist, E56_ABatchIsClosedByItsSize) {
    serve(orders_function("ten", "batch_size = 10\nbatching_window_s = 1"));

    post(new_orders(1, 25));

    EXPECT_EQ(batches_of(endpoint.await_calls(3)),
              (Batches{sequences_from(1, 10), sequences_from(11, 10), sequences_from(21, 5)}));
}

TEST_F(FunctionsChecklist, E56_ABatchIsClosedByItsWindow) {
    serve(orders_function("window", "batching_window_s = 2"));
    const auto begin = std::chrono::steady_clock::now();

    for (std::uint64_t i = 1; i <= 4; ++i) post(new_orders(i, 1));
    const auto written = std::chrono::steady_clock::now();

    const auto first = endpoint.await_calls(1).front();
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
    ASSERT_LT(written - begin, std::chrono::seconds(2)) << "the machine is too slow to tell";
    EXPECT_EQ(first.sequences, sequences_from(1, 4));
}

// The window would have it wait for five minutes.
TEST_F(FunctionsChecklist, E56_ABatchIsClosedBySixMegabytes) {
    serve(function_of("notes", "big", "batch_size = 10000\nbatching_window_s = 300"));
    const std::string content(390'000, 'x');

    for (int i = 0; i < 18; ++i) {
        put_note("n" + std::to_string(i), R"("content":")" + content + '"');
    }

    const auto first = endpoint.await_calls(1).front();
    EXPECT_EQ(first.sequences.size(), 16U);
    EXPECT_LT(first.text.size(), (6U << 20U) + 100);
    await("big", "waiting", "2");
    EXPECT_EQ(endpoint.calls().size(), 1U) << "the rest waits for its window";
}

// ---- failures ----

TEST_F(FunctionsChecklist, E57_AFailingBatchComesAgainAndOnlyItsLaneWaits) {
    serve(orders_function("all", "parallelization_factor = 10\nbatch_size = 1"));
    endpoint.behave(R"({"poison":["bad"]})");
    const std::uint64_t before = post(new_orders(1, 6));
    endpoint.await_ledger(6);
    post(modified("o3", 7, bad).text() + "," + modified("o3", 8).text() + "," + new_orders(9, 50));

    endpoint.await_ledger(6 + 30);
    ASSERT_TRUE(comes_true([&] { return endpoint.calls().back().attempt >= 3; }));

    await("all", "state", "failing");
    EXPECT_GE(std::stoull(told("all", "place")), before);
    for (const FunctionCall& call : endpoint.calls()) {
        ASSERT_EQ(call.sequences.size(), 1U);
        EXPECT_NE(call.sequences.front(), "8") << "it waits for the one before it";
    }
    endpoint.be_well();
    const FunctionLedger ledger = endpoint.await_ledger(6 + 52);
    std::vector<std::string> of_item;
    for (const FunctionDelivery& one : ledger.at(R"({"pk":{"S":"o3"}})")) {
        of_item.push_back(one.sequence);
    }
    EXPECT_EQ(of_item, (std::vector<std::string>{"3", "7", "8"}));
    await_done("all");
}

TEST_F(FunctionsChecklist, E58_RetriesAreCountedBeyondTheFirstTry) {
    serve(orders_function("none", "maximum_retry_attempts = 0") +
          orders_function("two", "maximum_retry_attempts = 2") +
          orders_function("endless", "maximum_retry_attempts = -1") + orders_function("unset"));
    endpoint.behave(R"({"poison":["bad"]})");

    post(new_orders(1, 2, bad));
    await_parked("none", 2);
    await_parked("two", 2);
    endpoint.await_calls(5, 0, "/endless");
    endpoint.await_calls(5, 0, "/unset");

    EXPECT_EQ(endpoint.calls(0, "/none").size(), 1U);
    EXPECT_EQ(endpoint.calls(0, "/two").size(), 3U);
    EXPECT_TRUE(parked("endless").empty());
    EXPECT_TRUE(parked("unset").empty());
    endpoint.be_well();
    endpoint.await_ledger(2, "/endless");
    post(new_orders(3, 1));
    for (const char* path : {"/none", "/two"}) {
        endpoint.await_ledger(1, path);
        EXPECT_EQ(endpoint.calls(0, path).back().sequences, sequences_from(3, 1));
    }
}

// A folder that was written long ago, by an earlier release.
TEST_F(FunctionsChecklist, E59_WhatIsTooOldIsParkedWithoutACall) {
    const std::string golden = support::source_folder() + "/tests/golden/folder_v1";
    std::ifstream file(golden + "/freshet.toml");
    const std::string config{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
    system.emplace(config + orders_function("young", "maximum_record_age_s = 60") +
                   orders_function("any", "maximum_record_age_s = -1"));
    std::filesystem::copy(golden + "/data", system->folder(),
                          std::filesystem::copy_options::recursive);
    ASSERT_TRUE(system->start());
    await_done("young");
    await_done("any");
    const auto old = parked("young");
    ASSERT_FALSE(old.empty());
    EXPECT_TRUE(endpoint.calls(0, "/young").empty());
    await("any", "taken", std::to_string(old.size()));
    for (const JsonValue& one : old) {
        EXPECT_EQ(one["attempts"].text(), "0");
        EXPECT_TRUE(contains(one["error"].text(), "maximum_record_age_s")) << one;
    }

    RecordText fresh = inserted("fresh", 1);
    fresh.arn = R"("arn:aws:dynamodb:eu-central-1:123456789012:table/shop/stream/2026-11-20")";
    system->append(fresh.text(), "/records?table=orders");

    EXPECT_EQ(endpoint.await_calls(1, 0, "/young").front().body["Records"].size(), 1U);
    EXPECT_TRUE(endpoint.ledger("/young").contains(R"({"pk":{"S":"fresh"}})"));
}

// Seven splits, which are no attempts, three tries of the one, and the seven halves that are well.
TEST_F(FunctionsChecklist, E60_BisectingParksTheOneAndSplitsAreNoAttempts) {
    serve(orders_function("all",
                          "bisect_batch_on_function_error = true\nmaximum_retry_attempts = 2"));
    endpoint.behave(R"({"poison":["bad"]})");

    post(new_orders(1, 36) + "," + new_orders(37, 1, bad) + "," + new_orders(38, 63));

    const JsonValue one = await_parked("all", 1).front();
    EXPECT_EQ(one["key"]["pk"].text(), "o37");
    EXPECT_EQ(one["attempts"].text(), "3");
    EXPECT_EQ(endpoint.await_ledger(99).size(), 99U);
    await_done("all");
    EXPECT_EQ(endpoint.calls().size(), 17U);
    for (const auto& [item, deliveries] : endpoint.ledger()) {
        EXPECT_EQ(deliveries.size(), 1U) << item;
    }
}

TEST_F(FunctionsChecklist, E61_WhatIsParkedSaysWhyIsReadBackAndIsHandedOverAgain) {
    serve(orders_function("all", "maximum_retry_attempts = 1"));
    endpoint.behave(R"({"poison":["bad"],"status":418,"body":"I am a teapot"})");
    const std::uint64_t last = post(new_orders(1, 2, bad));

    const auto both = await_parked("all", 2);
    EXPECT_EQ(both[1]["record"].text(), std::to_string(last));
    EXPECT_EQ(both[1]["key"], json(R"({"pk":"o2"})"));
    EXPECT_EQ(both[1]["status"].text(), "failed");
    EXPECT_EQ(both[1]["attempts"].text(), "2");
    EXPECT_TRUE(contains(both[1]["error"].text(), "418")) << both[1];
    EXPECT_TRUE(contains(both[1]["error"].text(), "I am a teapot")) << both[1];
    EXPECT_TRUE(both[1]["since"].text().ends_with("Z")) << both[1];
    const JsonValue whole =
        system->read("/functions/all/parked/" + std::to_string(last))["content"];
    EXPECT_EQ(whole, endpoint.calls().front().body["Records"][1]);
    system->stop();
    system->delete_state();
    ASSERT_TRUE(system->start());
    EXPECT_EQ(await_parked("all", 2), both) << "the log has it, and keeps it";

    endpoint.be_well();
    EXPECT_EQ(
        asked("POST", "/functions/all/parked", R"({"do":"again","all":true})")["again"].text(),
        "2");

    const FunctionLedger ledger = endpoint.await_ledger(2);
    EXPECT_EQ(ledger.size(), 2U);
    EXPECT_TRUE(comes_true([&] { return parked("all").empty(); }));
}

TEST_F(FunctionsChecklist, E62_AnAnswerNamesWhatFailedByTheLowestNumber) {
    serve(orders_function("all", "report_batch_item_failures = true"));
    endpoint.behave(R"([{"answer":{"batchItemFailures":[{"itemIdentifier":"5"},
                        {"itemIdentifier":"3"},{"itemIdentifier":"4"}]}}])");

    post(new_orders(1, 6));

    EXPECT_EQ(batches_of(endpoint.await_calls(2)),
              (Batches{sequences_from(1, 6), sequences_from(3, 4)}));
    EXPECT_EQ(endpoint.calls()[1].header("freshet-attempt"), "2");
    await_done("all");
    for (const auto& [item, deliveries] : endpoint.ledger()) {
        EXPECT_EQ(deliveries.size(), 1U) << item;
    }
}

TEST_F(FunctionsChecklist, E62_WhatIsNoReportFailsTheWholeBatch) {
    serve(orders_function("all", "report_batch_item_failures = true"));
    const std::vector<std::string> failures{
        R"({"answer":{"batchItemFailures":[{"itemIdentifier":""}]}})",
        R"({"answer":{"batchItemFailures":[{"itemIdentifier":null}]}})",
        R"({"answer":{"batchItemFailures":[{}]}})",
        R"({"answer":{"batchItemFailures":[{"itemidentifier":"2"}]}})",
        R"({"answer":{"batchItemFailures":[{"itemIdentifier":"999999"}]}})",
        R"({"answer":{"batchItemFailures":[{"itemIdentifier":2}]}})",
        R"({"answer":{"batchItemFailures":["2"]}})",
        R"({"answer":{"batchItemFailures":[null]}})",
        R"({"answer":{"batchItemFailures":"2"}})",
        R"({"answer":"done"})",
        R"({"status":200,"body":"<html>"})",
        R"({"status":200,"body":"{\"batchItemFailures\":["})",
        R"({"status":500,"body":"{\"batchItemFailures\":[]}"})"};
    std::uint64_t sequence = 1;
    for (const std::string& failure : failures) {
        SCOPED_TRACE(failure);
        endpoint.forget_calls();
        endpoint.behave("[" + failure + "]");
        post(new_orders(sequence, 3));
        EXPECT_EQ(batches_of(endpoint.await_calls(2)),
                  (Batches{sequences_from(sequence, 3), sequences_from(sequence, 3)}));
        sequence += 3;
    }
    await_done("all");
    EXPECT_TRUE(parked("all").empty());
}

TEST_F(FunctionsChecklist, E62_AnEmptyReportIsSuccess) {
    serve(orders_function("all", "report_batch_item_failures = true") +
          orders_function("unasked", ""));
    const std::vector<std::string> successes{R"({"answer":{"batchItemFailures":[]}})",
                                             R"({"answer":{"batchItemFailures":null}})",
                                             R"({"answer":{}})",
                                             R"({"answer":null})",
                                             R"({"status":204})",
                                             R"({"status":200,"body":"  \n"})",
                                             R"({"answer":{"statusCode":200}})"};
    std::uint64_t sequence = 0;
    for (const std::string& success : successes) {
        SCOPED_TRACE(success);
        endpoint.behave("[" + with(success, "{", R"({"path":"/all",)") + "]");
        post(new_orders(++sequence, 1));
        EXPECT_EQ(endpoint.await_calls(sequence, 0, "/all").back().sequences,
                  sequences_from(sequence, 1));
    }
    await_done("all");
    EXPECT_EQ(endpoint.calls(0, "/all").size(), successes.size());

    // Without the setting, nobody looks into the answer.
    endpoint.behave(
        R"({"path":"/unasked","answer":{"batchItemFailures":[{"itemIdentifier":""}]}})");
    post(new_orders(++sequence, 1));
    await_done("unasked");
    await("unasked", "failed_calls", "0");
}

TEST_F(FunctionsChecklist, E63_LanesKeepTheOrderOfEachItem) {
    constexpr std::uint64_t items = 20;
    constexpr std::uint64_t changes = 10;
    const std::map<std::string, std::size_t> lanes{{"/one", 1}, {"/three", 3}, {"/ten", 10}};
    std::string functions;
    for (const auto& [path, count] : lanes) {
        functions += orders_function(
            path.substr(1), "batch_size = 5\nparallelization_factor = " + std::to_string(count));
    }
    serve(functions);
    std::mt19937 random(20'261'201);
    std::string delays;
    for (int i = 0; i < 200; ++i) {
        delays +=
            std::string(i > 0 ? "," : "") + R"({"delay_ms":)" + std::to_string(random() % 20) + "}";
    }
    endpoint.behave("[" + delays + "]");

    std::uint64_t sequence = 0;
    for (std::uint64_t change = 0; change < changes; ++change) {
        std::string records;
        for (std::uint64_t item = 0; item < items; ++item) {
            records +=
                (item > 0 ? "," : "") + modified("o" + std::to_string(item), ++sequence).text();
        }
        post(records);
    }

    for (const auto& [path, count] : lanes) {
        SCOPED_TRACE(path);
        for (const auto& [item, deliveries] : endpoint.await_ledger(items * changes, path)) {
            ASSERT_EQ(deliveries.size(), changes) << item;
            for (std::size_t i = 1; i < changes; ++i) {
                EXPECT_LT(std::stoull(deliveries[i - 1].sequence),
                          std::stoull(deliveries[i].sequence))
                    << item;
            }
        }
        const auto calls = endpoint.calls(0, path);
        std::map<std::uint64_t, std::set<std::string>> items_of;
        std::size_t most = 0;
        for (const FunctionCall& call : calls) {
            std::set<std::string>& own = items_of[call.number];
            for (const JsonValue& record : call.body["Records"].elements()) {
                own.insert(record["dynamodb"]["Keys"]["pk"]["S"].text());
            }
            std::size_t together = 1;
            for (const std::uint64_t other : call.meanwhile) {
                const auto found = items_of.find(other);
                if (found == items_of.end()) continue;  // of another function
                ++together;
                for (const std::string& item : own) {
                    EXPECT_FALSE(found->second.contains(item)) << item << " is in two calls";
                }
            }
            most = std::max(most, together);
        }
        EXPECT_LE(most, count);
        EXPECT_EQ(most > 1, count > 1) << most << " calls at a time";
    }
}

TEST_F(FunctionsChecklist, E64_FiltersMatchAsThoseOfAwsAndWhatTheyLeaveOutIsPassed) {
    struct Filtered {
        std::string filter;
        std::vector<std::string> taken;
    };
    const auto image = [](const std::string& rule) {
        return "{ dynamodb = { NewImage = { " + rule + " } } }";
    };
    const std::vector<Filtered> cases{
        {R"({ eventName = ["INSERT"] })", {"1", "3", "5"}},
        {R"({ eventName = ["MODIFY", "REMOVE"] })", {"2", "4"}},
        {R"({ userIdentity = { principalId = ["dynamodb.amazonaws.com"] } })", {"4"}},
        {R"({ userIdentity = { type = ["Service"] }, eventName = ["INSERT"] })", {}},
        {R"({ dynamodb = { Keys = { pk = { S = ["a"] } } } })", {"1", "2", "4"}},
        {R"({ dynamodb = { OldImage = { status = { S = ["NEW"] } } } })", {"2"}},
        {image(R"(status = { S = ["NEW", "DONE"] })"), {"1", "2"}},
        {image(R"(status = { S = ["new"] })"), {}},
        {image(R"(status = { S = [""] })"), {"3"}},
        {image(R"(status = { S = [{ prefix = "D" }] })"), {"2"}},
        {image(R"(status = { S = [{ exists = true }] })"), {"1", "2", "3"}},
        {image(R"(status = { S = [{ exists = false }] })"), {"4", "5"}},
        {image(R"(status = { S = [{ anything-but = ["NEW"] }] })"), {"2", "3"}},
        {image(R"(n = { N = [{ numeric = ["=", 300] }] })"), {"2", "5"}},
        {image(R"(n = { N = [{ numeric = [">", 4, "<=", 10] }] })"), {"1"}},
        {image(R"(n = { N = [{ numeric = ["<", 4] }] }, status = { S = ["NEW"] })"), {}},
        {R"([{ eventName = ["REMOVE"] }, )" + image(R"(n = { N = [{ numeric = ["=", 5] }] })") +
             "]",
         {"1", "4"}}};
    std::string functions;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        functions += orders_function("f" + std::to_string(i), "filter = " + cases[i].filter);
    }
    serve(functions);

    RecordText changed = modified("a", 2, attribute("status", "DONE") + R"(,"n":{"N":"300"})");
    changed.before = R"({"pk":{"S":"a"},)" + attribute("status", "NEW") + "}";
    RecordText expired = removed("a", 4);
    expired.more_outside =
        R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
    post(inserted("a", 1, attribute("status", "NEW") + R"(,"n":{"N":"5"})").text() + "," +
         changed.text() + "," + inserted("b", 3, attribute("status", "")).text() + "," +
         expired.text() + "," + inserted("c", 5, R"("n":{"N":"3.0e2"})").text());

    for (std::size_t i = 0; i < cases.size(); ++i) {
        const std::string name = "f" + std::to_string(i);
        await_done(name);
        EXPECT_EQ(taken_in(endpoint.calls(0, "/" + name)), cases[i].taken) << cases[i].filter;
        await(name, "left_out", std::to_string(5 - cases[i].taken.size()));
    }
}

// ---- where functions begin, and where they continue ----

TEST_F(FunctionsChecklist, E65_AWindowPassesItsStateOnToItsFinalCall) {
    serve(orders_function("all", "tumbling_window_s = 1\nbatch_size = 2"));
    endpoint.behave(R"({"counts":true})");

    post(new_orders(1, 5));
    await_counted(5);
    post(new_orders(6, 5));
    await_counted(10);

    const auto calls = endpoint.calls();
    EXPECT_EQ(taken_in(calls), sequences_from(1, 10));
    std::optional<JsonValue> window;  // that is open
    std::uint64_t count = 0;
    for (const FunctionCall& call : calls) {
        SCOPED_TRACE(call.text);
        const JsonValue& body = call.body;
        const std::uint64_t records = body["Records"].size();
        EXPECT_EQ(body["state"],
                  json(window ? R"({"count":)" + std::to_string(count) + "}" : "{}"));
        EXPECT_EQ(body["window"], window.value_or(body["window"]));
        EXPECT_EQ(body["isFinalInvokeForWindow"].text(), records == 0 ? "true" : "false");
        EXPECT_EQ(body["isWindowTerminatedEarly"].text(), "false");
        EXPECT_EQ(body["shardId"].text(), "lane-0");
        window = records == 0 ? std::nullopt : std::optional(body["window"]);
        count = records == 0 ? 0 : count + records;
    }
    EXPECT_FALSE(window) << "the last call is a final one";
    EXPECT_GE(finals_of(calls).size(), 2U) << "the first was over before the second began";
    await_done("all");
}

TEST_F(FunctionsChecklist, E65_AnAnswerWithoutAStateIsAFailureOfTheBatch) {
    serve(orders_function("all", "tumbling_window_s = 1\nbatch_size = 2"));
    endpoint.behave(R"([{"answer":{}},{"answer":{"state":7}},{"status":204},
                        {"counts":true,"times":1000}])");

    post(new_orders(1, 2));

    await_counted(2);
    const auto calls = endpoint.calls();
    ASSERT_GE(calls.size(), 5U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(calls[i].body, calls[0].body);
        EXPECT_EQ(calls[i].header("freshet-attempt"), std::to_string(i + 1));
    }
    EXPECT_EQ(taken_in({calls.front()}), sequences_from(1, 2));
    await_done("all");
    EXPECT_EQ(told("all", "failed_calls"), "3");
}

TEST_F(FunctionsChecklist, E65_AStateOfMoreThanAMebibyteEndsItsWindowEarly) {
    serve(orders_function("all", "tumbling_window_s = 1\nbatch_size = 2"));
    const std::string state = R"({"text":")" + std::string(1U << 20U, 'x') + "\"}";
    endpoint.behave(R"([{"answer":{"state":)" + state + R"(}},{"counts":true,"times":1000}])");

    post(new_orders(1, 3));

    await_counted(1);
    const auto calls = endpoint.calls();
    ASSERT_EQ(calls.size(), 4U);
    EXPECT_EQ(batches_of(calls), (Batches{sequences_from(1, 2), {}, sequences_from(3, 1), {}}));
    EXPECT_EQ(calls[1].body["state"], json(state));
    EXPECT_EQ(calls[1].body["isFinalInvokeForWindow"].text(), "true");
    EXPECT_EQ(calls[1].body["isWindowTerminatedEarly"].text(), "true");
    EXPECT_EQ(calls[2].body["state"], json("{}")) << "what is left begins another one";
    EXPECT_EQ(calls[3].body["isFinalInvokeForWindow"].text(), "true");
    EXPECT_EQ(calls[3].body["isWindowTerminatedEarly"].text(), "false");
}

TEST_F(FunctionsChecklist, E66_TrimHorizonHasEverythingAndLatestAllThatComesAfterItWithoutAGap) {
    serve("");
    post(new_orders(1, 10));
    serve(orders_function("oldest", "starting_position = \"trim_horizon\"") +
          orders_function("latest", "starting_position = \"latest\""));

    std::uint64_t last = 10;
    EXPECT_TRUE(comes_true([&] {
        post(new_orders(++last, 1));
        return told("latest", "state") == "running";
    }));
    const std::uint64_t known = last;
    while (last < known + 50) post(new_orders(++last, 1));

    endpoint.await_ledger(last, "/oldest");
    await_done("oldest");
    await_done("latest");
    EXPECT_EQ(taken_in(endpoint.calls(0, "/oldest")), sequences_from(1, last));
    const auto latest = taken_in(endpoint.calls(0, "/latest"));
    ASSERT_FALSE(latest.empty());
    const std::uint64_t first = std::stoull(latest.front());
    EXPECT_GT(first, 10U);
    EXPECT_LE(first, known + 1);
    EXPECT_EQ(latest, sequences_from(first, last + 1 - first));
}

TEST_F(FunctionsChecklist, E67_AFunctionThatWasDisabledContinuesAtItsPlace) {
    serve(orders_function("all"));
    post(new_orders(1, 5));
    endpoint.await_ledger(5);
    await_done("all");
    serve(orders_function("all", "enabled = false"));
    post(new_orders(6, 5));
    system->kill();
    ASSERT_TRUE(system->start());
    await("all", "state", "disabled");
    EXPECT_EQ(endpoint.ledger().size(), 5U);

    serve(orders_function("all"));

    endpoint.await_ledger(10);
    await_done("all");
    EXPECT_EQ(taken_in(endpoint.calls()), sequences_from(1, 10));
}

// Killed once a batch was taken and before that was noted: it comes again as the same, and is
// known by its eventIDs. Nothing is left out.
TEST_F(FunctionsChecklist, E67_AKillBetweenTheCallAndTheNoteRepeatsTheCall) {
    serve(orders_function("all"));
    post(new_orders(1, 3));
    endpoint.await_ledger(3);
    system->kill();
    const auto first = endpoint.calls().back();

    ASSERT_TRUE(system->start());
    post(new_orders(4, 3));

    endpoint.await_ledger(6);
    await_done("all");
    const auto all = taken_in(endpoint.calls());
    std::vector<std::string> once = sequences_from(1, 6);
    std::vector<std::string> twice = sequences_from(1, 3);
    twice.insert(twice.end(), once.begin(), once.end());
    EXPECT_TRUE(all == once || all == twice);
    if (all == twice) {
        const auto again = endpoint.calls()[1];
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_EQ(again.body["Records"][i], first.body["Records"][i]);
        }
    }
}

// ---- what is told of them ----

std::string functions_page() {
    std::ifstream file(support::source_folder() + "/docs/functions.md");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// By the alarms as docs/functions.md has them. The endpoint decides what happens; how long calls
// take only matters where it waits, or on the average of many.
TEST_F(FunctionsChecklist, E53_EachCommonAlarmFiresForWhatItIsAboutAndForNothingElse) {
    const auto rules = support::alarm_rules(functions_page());
    serve(orders_function("all", "batch_size = 1\nmaximum_retry_attempts = 1") +
          function_of("notes", "idle"));
    await("all", "state", "running");
    await("idle", "state", "running");
    std::uint64_t next = 1;
    const auto scrape = [&] { return support::Exposition(system->get("/metrics").body); };
    // Has the function called for so many records; of some, the endpoint's behaviour may make more
    // calls. Returns what fires then.
    const auto firing = [&](std::uint64_t records, const std::string& behaviour) {
        endpoint.behave(behaviour);
        const support::Exposition before = scrape();
        if (records > 0) post(new_orders(std::exchange(next, next + records), records));
        await_done("all");
        await("all", "under_way", "0");
        const support::Exposition after = scrape();
        std::set<std::string> names;
        for (const support::AlarmRule& rule : rules) {
            const auto functions = rule.firing(before, after);
            EXPECT_FALSE(functions.contains("idle")) << rule.name;
            if (!functions.empty()) names.insert(rule.name);
        }
        return names;
    };
    using Alarms = std::set<std::string>;

    EXPECT_EQ(rules.size(), 7U);
    EXPECT_EQ(firing(0, "[]"), Alarms()) << "there is no average of nothing";
    EXPECT_EQ(firing(99, "[]"), Alarms());
    EXPECT_EQ(firing(100, "[]"), Alarms{"FunctionInvocations"});
    EXPECT_EQ(firing(20, R"([{"status":500}])"), Alarms{"FunctionErrors"});
    EXPECT_EQ(firing(20, R"([{"cut":"before"},{"cut":"before"}])"), Alarms{"FunctionErrors"});
    EXPECT_EQ(firing(99, R"([{"status":429,"headers":{"Retry-After":"1"}},{"status":503}])"),
              Alarms{"FunctionThrottles"})
        << "what was not reached was not invoked, as Lambda counts";
    EXPECT_EQ(firing(2, R"({"delay_ms":600})"), Alarms{"FunctionDuration"});
    EXPECT_EQ(firing(0, "[]"), Alarms()) << "all is well again";
    EXPECT_EQ(firing(20, R"([{"status":500},{"status":500}])"),
              (Alarms{"FunctionErrors", "FunctionParks"}));
}

TEST_F(FunctionsChecklist, E72_MetricsTellHowFarAFunctionIsBehind) {
    serve(orders_function("slow", "timeout_s = 900") + orders_function("well"));
    endpoint.behave(R"({"path":"/slow","delay_ms":2500})");
    const auto gauge = [&](const std::string& name, const std::string& function) {
        return support::Exposition(system->get("/metrics").body)
            .value("freshet_function_" + name, {{"function", function}})
            .value_or(-1);
    };

    post(new_orders(1, 5));

    endpoint.await_ledger(5, "/well");
    await_done("well");
    EXPECT_GE(gauge("behind_records", "slow"), 5);
    EXPECT_EQ(gauge("behind_records", "well"), 0);
    EXPECT_EQ(gauge("age_seconds", "well"), 0);
    EXPECT_TRUE(comes_true([&] { return gauge("age_seconds", "slow") >= 1; }));
    EXPECT_GE(std::stoi(told("slow", "age_s")), 1);
    EXPECT_GE(std::stoi(told("slow", "behind")), 5);

    endpoint.await_ledger(5, "/slow");
    await_done("slow");
    EXPECT_EQ(gauge("behind_records", "slow"), 0);
    EXPECT_EQ(gauge("age_seconds", "slow"), 0);
    const support::Exposition metrics(system->get("/metrics").body);
    EXPECT_EQ(
        metrics.value("freshet_function_records_total", {{"function", "slow"}, {"fate", "taken"}}),
        5);
    EXPECT_EQ(
        metrics.value("freshet_function_calls_total", {{"function", "slow"}, {"outcome", "ok"}}),
        1);
    EXPECT_EQ(metrics.value("freshet_function_state", {{"function", "slow"}, {"state", "running"}}),
              1);
}

}  // namespace
}  // namespace freshet::systems
