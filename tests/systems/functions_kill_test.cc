// A server that is killed at any moment while it feeds functions, again and again, leaves nothing
// out: each record is taken at least once, those of an item in their order, and only what deserves
// it is parked.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/rounds.h"
#include "tests/systems/functions_shop.h"
#include "tests/systems/orders.h"
#include "tests/systems/steady_writer.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

constexpr std::size_t kills_of_a_folder = 20;
constexpr unsigned items = 12;

// ---- the check ----

// A record of the log; each has a sequence number of its own.
struct Written {
    std::string item;
    std::string sequence;
    bool is_poison = false;
};

// What is wrong with what a function took and with what is parked for it, a line each; empty if
// nothing is. `deserves` is whether poison is parked, rather than taken at last.
std::string faults_of(const std::vector<Written>& log, const FunctionLedger& ledger,
                      const std::set<std::string>& parked, bool deserves) {
    std::string faults;
    std::map<std::string, std::vector<std::string>> expected;
    std::set<std::string> poison;
    for (const Written& record : log) {
        if (record.is_poison && deserves) {
            poison.insert(record.sequence);
        } else {
            expected[record.item].push_back(record.sequence);
        }
    }
    for (const std::string& sequence : poison) {
        if (!parked.contains(sequence)) faults += sequence + " is not parked\n";
    }
    for (const std::string& sequence : parked) {
        if (!poison.contains(sequence)) faults += sequence + " is parked for nothing\n";
    }
    for (const auto& [item, deliveries] : ledger) {
        if (!expected.contains(item)) faults += "nobody wrote " + item + '\n';
    }
    for (const auto& [item, sequences] : expected) {
        std::size_t known = 0;  // of them, so many were taken
        std::size_t next = 0;
        const auto found = ledger.find(item);
        if (found != ledger.end()) {
            for (const FunctionDelivery& delivery : found->second) {
                const auto at = std::find(sequences.begin(), sequences.end(), delivery.sequence);
                const auto index = static_cast<std::size_t>(at - sequences.begin());
                if (at == sequences.end()) {
                    faults += delivery.sequence + " of " + item + " was taken, and was not to be\n";
                    continue;
                }
                if (index > next) {
                    faults += delivery.sequence + " of " + item + " was taken before " +
                              sequences[next] + '\n';
                }
                next = index + 1;
                known = std::max(known, next);
            }
        }
        if (known < sequences.size()) {
            faults += sequences[known] + " of " + item + " was not taken\n";
        }
    }
    return faults;
}

FunctionDelivery delivery_of(const std::string& sequence) {
    return {.sequence = sequence, .event = "MODIFY", .call = 1, .path = "/"};
}

TEST(FunctionsKilledCheck, SeesWhatIsMissingOutOfOrderOrParkedForNothing) {
    const std::vector<Written> log{
        {"a", "1"}, {"b", "2"}, {"a", "3", true}, {"a", "4"}, {"b", "5"}};
    const FunctionLedger right{
        {"a", {delivery_of("1"), delivery_of("4"), delivery_of("1"), delivery_of("4")}},
        {"b", {delivery_of("2"), delivery_of("5")}}};
    EXPECT_EQ(faults_of(log, right, {"3"}, true), "");

    EXPECT_EQ(faults_of(log, right, {}, true), "3 is not parked\n");
    EXPECT_EQ(faults_of(log, right, {"3", "5"}, true), "5 is parked for nothing\n");
    EXPECT_EQ(faults_of(log, right, {}, false),
              "4 of a was taken before 3\n"
              "4 of a was taken before 3\n");
    FunctionLedger ledger = right;
    ledger["b"].pop_back();
    EXPECT_EQ(faults_of(log, ledger, {"3"}, true), "5 of b was not taken\n");
    ledger = right;
    ledger.erase("b");
    EXPECT_EQ(faults_of(log, ledger, {"3"}, true), "2 of b was not taken\n");
    ledger = right;
    std::swap(ledger["b"][0], ledger["b"][1]);
    EXPECT_EQ(faults_of(log, ledger, {"3"}, true), "5 of b was taken before 2\n");
    ledger = right;
    ledger["a"].insert(ledger["a"].begin() + 1, delivery_of("3"));
    EXPECT_EQ(faults_of(log, ledger, {"3"}, true), "3 of a was taken, and was not to be\n");
    ledger = right;
    ledger["c"] = {delivery_of("1")};
    EXPECT_EQ(faults_of(log, ledger, {"3"}, true), "nobody wrote c\n");
}

// ---- the kills ----

// Changes of a few orders, some of which no function takes.
DrawBody changes(unsigned seed) {
    return [dice = std::mt19937(seed), sequence = std::uint64_t{0}]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));  // so that functions keep up
        std::string records;
        const std::size_t count = 1 + dice() % 3;
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) records += ',';
            const std::string key = "o" + std::to_string(dice() % items);
            const bool is_poison = dice() % 50 == 0;
            records += modified(key, ++sequence, attribute("status", is_poison ? "poison" : "fine"))
                           .text();
        }
        return event_of(records);
    };
}

unsigned seed_of_kills() {
    const char* text = std::getenv("FRESHET_SEED");
    return text == nullptr ? 20'261'201U : static_cast<unsigned>(std::stoul(text));
}

class FunctionsKilled : public FunctionsTest {
protected:
    std::string config() {
        return orders_function("patient",
                               "batch_size = 7\nparallelization_factor = 3\ntimeout_s = 2") +
               orders_function("strict",
                               "batch_size = 10\nmaximum_retry_attempts = 1\n"
                               "bisect_batch_on_function_error = true") +
               orders_function("reports",
                               "batch_size = 5\nparallelization_factor = 2\n"
                               "maximum_retry_attempts = 0\nreport_batch_item_failures = true");
    }

    // What the endpoint takes badly until the next kill: what counts as an attempt only where any
    // number of them is allowed.
    std::string some_failures(std::mt19937& random) {
        const std::vector<std::string> of_patient{
            R"({"path":"/patient","status":500})",   R"({"path":"/patient","cut":"head"})",
            R"({"path":"/patient","cut":"before"})", R"({"path":"/patient","delay_ms":15})",
            R"({"path":"/patient","status":503})",   R"({"path":"/patient","hang":true})"};
        std::string list = "[";
        for (std::size_t i = random() % 4; i > 0; --i) {
            list += of_patient[random() % of_patient.size()] + ",";
        }
        if (random() % 3 == 0) list += R"({"path":"/strict","status":503},)";
        if (random() % 3 == 0) list += R"({"path":"/reports","status":429},)";
        if (random() % 3 == 0) list += R"({"path":"/strict","delay_ms":10,"poison":["poison"]},)";
        return list + always + "]";
    }

    std::set<std::string> parked_sequences(const std::string& name,
                                           const std::vector<JsonValue>& log) {
        std::set<std::string> positions;
        for (const JsonValue& one : parked(name)) positions.insert(one["record"].text());
        std::set<std::string> sequences;
        for (const JsonValue& record : log) {
            if (!positions.contains(record["position"].text())) continue;
            sequences.insert(record["dynamodb"]["SequenceNumber"].text());
        }
        EXPECT_EQ(sequences.size(), positions.size());
        return sequences;
    }

    static std::vector<Written> written_in(const std::vector<JsonValue>& log) {
        std::vector<Written> all;
        for (const JsonValue& record : log) {
            const JsonValue& change = record["dynamodb"];
            const std::string& key = change["Keys"]["pk"]["S"].text();
            all.push_back({.item = R"({"pk":{"S":")" + key + "\"}}",
                           .sequence = change["SequenceNumber"].text(),
                           .is_poison = change["NewImage"]["status"]["S"].text() == "poison"});
        }
        return all;
    }

    bool is_fed() {
        for (const char* name : {"patient", "strict", "reports"}) {
            const JsonValue now = function(name);
            if (now["behind"].text() != "0" || now["waiting"].text() != "0") return false;
        }
        return true;
    }

    // Kills one server after the other over one folder, and then looks at what was taken.
    void kill_again_and_again(std::size_t kills, std::mt19937& random) {
        endpoint.be_well();
        endpoint.forget_calls();
        endpoint.forget_ledger();
        system.reset();
        serve(config());
        SteadyWriter writer(changes(static_cast<unsigned>(random())));
        for (std::size_t kill = 0; kill < kills; ++kill) {
            if (kill > 0) {
                ASSERT_TRUE(system->start());
            }
            endpoint.behave(some_failures(random));
            ASSERT_TRUE(comes_true([&] { return told("reports", "state") != "starting"; }));
            writer.go_on(system->process().port());
            std::this_thread::sleep_for(std::chrono::microseconds(20'000 + random() % 160'000));
            system->kill();
        }
        ASSERT_TRUE(system->start());
        endpoint.behave("[" + always + "]");
        writer.go_on(system->process().port());
        writer.await(5);
        writer.stop();
        ASSERT_TRUE(comes_true([&] { return is_fed(); })) << system->get("/functions").body;
        judge();
        system->stop();
    }

    void judge() {
        const auto records_of_log = system->log();
        const auto log = written_in(records_of_log);
        for (const std::string name : {"patient", "strict", "reports"}) {
            const FunctionLedger ledger = endpoint.ledger("/" + name);
            const auto unfit = parked_sequences(name, records_of_log);
            const bool deserves = name != "patient";
            EXPECT_EQ(faults_of(log, ledger, unfit, deserves), "") << name;
            for (const auto& [item, deliveries] : ledger) taken += deliveries.size();
            records += log.size() - unfit.size();

            // The same without one of them: the check would have seen it.
            FunctionLedger broken = ledger;
            auto& of_item = broken.begin()->second;
            const std::string lost = of_item[of_item.size() / 2].sequence;
            std::erase_if(of_item, [&](const auto& one) { return one.sequence == lost; });
            EXPECT_NE(faults_of(log, broken, unfit, deserves), "") << name;
        }
    }

    // Of these two, poison is named or thrown each time.
    const std::string always = R"({"path":"/strict","poison":["poison"],"times":1000000},)"
                               R"({"path":"/reports","partial":["poison"],"times":1000000})";
    std::size_t taken = 0;
    std::size_t records = 0;
};

TEST_F(FunctionsKilled, EachRecordIsTakenAtLeastOnceAndThoseOfAnItemInOrder) {
    const std::size_t kills = support::rounds(200);
    const unsigned seed = seed_of_kills();
    std::cout << kills << " kills are drawn with FRESHET_SEED=" << seed << "\n";
    std::mt19937 random(seed);
    for (std::size_t done = 0; done < kills && !HasFailure(); done += kills_of_a_folder) {
        kill_again_and_again(std::min(kills_of_a_folder, kills - done), random);
    }
    std::cout << records << " records were taken, " << taken << " times\n";
    EXPECT_GT(taken, records) << "no kill came between a call and its note";
}

}  // namespace
}  // namespace freshet::systems
