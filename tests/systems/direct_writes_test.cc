// An application that keeps its items in Freshet: what its writers are told when they race, and the
// commands by which a person writes.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/systems/system.h"
#include "tests/world/tables.h"

namespace freshet::systems {
namespace {

using support::HttpClient;

const std::string config = support::server_section + R"(
[limits]
address_connections = 0

[[table]]
name   = "orders"
key    = ["pk"]
source = "direct"

[[table.view]]
name   = "order"
fields = ["*"]

[[table]]
name   = "tickets"
key    = ["id"]
source = "direct"

[table.schema.made]
status = { initial = "NEW" }

[[table.transition]]
field = "status"
from  = ["NEW"]
to    = "TAKEN"
)";

constexpr int writers = 64;
// Of whole items: behind the position, their ETags are the same.
constexpr const char* tag_of_items = "a88ccdc9fa4974fb";

// What a write of the order a is answered.
std::string answer(int position, const std::string& status) {
    const std::string number = std::to_string(position);
    return R"({"position":)" + number + R"(,"status":")" + status +
           R"(","key":{"pk":"a"},"etag":"\")" + number + '-' + tag_of_items + "\\\"\"}\n";
}
const HttpHeaders json_type{"Content-Type: application/json"};

class DirectWrites : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    ProcessEnd call(std::vector<std::string> arguments) {
        arguments.emplace_back("--server");
        arguments.emplace_back("http://127.0.0.1:" + std::to_string(system.process().port()));
        return run(std::move(arguments));
    }

    // How many of the writers got each status, who all send at once; 0: none, since the connection
    // broke. `meanwhile` is called once all of them are about to send.
    template <class Ask>
    std::map<int, int> race(
        const Ask& ask, const std::function<void()>& meanwhile = [] {}) {
        std::map<int, int> statuses;
        std::mutex mutex;
        std::atomic<int> ready = 0;
        std::vector<std::thread> threads;
        const std::uint16_t port = system.process().port();
        for (int i = 0; i < writers; ++i) {
            threads.emplace_back([&, i] {
                HttpClient client(port);
                client.get("/livez");
                ++ready;
                while (ready < writers) std::this_thread::yield();
                int status = 0;
                try {
                    status = ask(client, i).status;
                } catch (const std::exception&) {  // it broke
                }
                const std::lock_guard lock(mutex);
                ++statuses[status];
            });
        }
        while (ready < writers) std::this_thread::yield();
        meanwhile();
        for (std::thread& thread : threads) thread.join();
        return statuses;
    }

    System system{config};
};

TEST_F(DirectWrites, OfManyWhoExpectOneStateOneSucceeds) {
    for (int round = 0; round < 10; ++round) {
        const std::string target = "/tables/orders/items/" + std::to_string(round);
        const auto made = race([&](HttpClient& client, int i) {
            HttpHeaders headers = json_type;
            headers.emplace_back("If-None-Match: *");
            return client.request("PUT", target, headers, R"({"by":)" + std::to_string(i) + "}");
        });
        EXPECT_EQ(made, (std::map<int, int>{{201, 1}, {412, writers - 1}}));

        HttpClient reader(system.process().port());
        const std::string tag = reader.get(target).header("ETag");
        const auto changed = race([&](HttpClient& client, int i) {
            HttpHeaders headers = json_type;
            headers.push_back("If-Match: " + tag);
            return client.request("PATCH", target, headers,
                                  R"({"next":)" + std::to_string(i) + "}");
        });
        EXPECT_EQ(changed, (std::map<int, int>{{200, 1}, {412, writers - 1}}));
    }
    EXPECT_EQ(system.position(), 20U);
}

// The server is killed in between: those who never got an answer ask again, and find out.
TEST_F(DirectWrites, OfManyWhoTakeOneStepOneSucceedsAlsoOverAKill) {
    int broken = 0;
    for (int round = 0; round < 8; ++round) {
        const std::string target = "/tables/tickets/items/" + std::to_string(round);
        HttpClient(system.process().port()).request("PUT", target, json_type, "{}");
        std::mutex mutex;
        std::set<int> winners;
        std::set<int> pending;
        const auto take = [&](HttpClient& client, int i) {
            {
                const std::lock_guard lock(mutex);
                pending.insert(i);
            }
            HttpAnswer answer = client.request(
                "PATCH", target, json_type, R"({"status":"TAKEN","by":)" + std::to_string(i) + "}");
            const std::lock_guard lock(mutex);
            pending.erase(i);
            if (answer.status == 200) winners.insert(i);
            return answer;
        };
        auto statuses = race(take, [&] {
            std::this_thread::sleep_for(std::chrono::microseconds(400 * round));
            system.kill();
        });
        broken += statuses[0];
        EXPECT_EQ(statuses[0] + statuses[200] + statuses[409], writers);
        ASSERT_TRUE(system.start());
        const std::set<int> lost = pending;
        for (const int i : lost) {
            HttpClient again(system.process().port());
            const HttpAnswer told = take(again, i);
            EXPECT_TRUE(told.status == 200 || json(told.body)["current"].text() == "TAKEN")
                << told.body;
        }
        EXPECT_LE(winners.size(), 1U);
        const int by = std::stoi(std::string(json(system.get(target).body)["by"].text()));
        EXPECT_TRUE(winners.empty() ? lost.contains(by) : winners.contains(by)) << by;
    }
    EXPECT_GT(broken, 0) << "no kill came in between";
    EXPECT_EQ(system.position(), 16U);
}

TEST_F(DirectWrites, OfManyOfOneNameOneIsCarriedOut) {
    std::map<std::string, int> bodies;
    std::mutex mutex;
    const auto posted = race([&](HttpClient& client, int) {
        HttpHeaders headers = json_type;
        headers.emplace_back("Idempotency-Key: \"one\"");
        HttpAnswer answer = client.request("POST", "/tables/orders/items", headers, R"({"n":1})");
        const std::lock_guard lock(mutex);
        ++bodies[answer.body];
        return answer;
    });

    EXPECT_EQ(posted, (std::map<int, int>{{201, writers}}));
    EXPECT_EQ(bodies.size(), 1U) << "all are told of the same key";
    EXPECT_EQ(system.position(), 1U);
}

// Each adds one to what it has read, and tries again if somebody came between.
TEST_F(DirectWrites, NoneThatWasAcknowledgedIsLostByAnother) {
    const std::string target = "/tables/orders/items/counter";
    HttpClient(system.process().port()).request("PUT", target, json_type, R"({"n":0})");

    const auto counted = race([&](HttpClient& client, int) {
        while (true) {
            const HttpAnswer read = client.get(target);
            const std::string n = json(read.body)["n"].text();
            HttpHeaders headers = json_type;
            headers.push_back("If-Match: " + read.header("ETag"));
            HttpAnswer answer = client.request("PUT", target, headers,
                                               R"({"n":)" + std::to_string(std::stoi(n) + 1) + "}");
            if (answer.status != 412) return answer;
        }
    });

    EXPECT_EQ(counted, (std::map<int, int>{{200, writers}}));
    EXPECT_EQ(json(system.get(target).body)["n"].text(), std::to_string(writers));
    EXPECT_EQ(system.position(), 1U + writers);
}

TEST_F(DirectWrites, ACounterNeedsNoRead) {
    const auto counted = race([&](HttpClient& client, int) {
        return client.request("POST", "/tables/orders/items/visits/update", json_type,
                              R"({"add":{"n":1}})");
    });

    EXPECT_EQ(counted, (std::map<int, int>{{200, writers - 1}, {201, 1}}));
    EXPECT_EQ(json(system.get("/tables/orders/items/visits").body)["n"].text(),
              std::to_string(writers));
}

TEST_F(DirectWrites, AnAcknowledgedWriteOutlivesAKill) {
    HttpClient client(system.process().port());
    const HttpAnswer made =
        client.request("PUT", "/tables/orders/items/a", json_type, R"({"n":1.50})");
    ASSERT_EQ(made.status, 201);
    system.kill();
    ASSERT_TRUE(system.start());

    EXPECT_EQ(system.get("/views/order/a").body, "{\"n\":1.50,\"pk\":\"a\"}\n");
    // A client that never got its answer sends the same again.
    HttpClient again(system.process().port());
    const HttpAnswer same =
        again.request("PUT", "/tables/orders/items/a", json_type, R"({"n":1.50})");
    EXPECT_EQ(same.body, answer(1, "unchanged"));
}

// A client whose answer the kill has cut off sends the same again, and finds out.
TEST_F(DirectWrites, ANamedWriteIsCarriedOutOnceOverKills) {
    HttpHeaders headers = json_type;
    headers.emplace_back("Idempotency-Key: \"charge\"");
    const std::string body = R"({"amount":7.50})";
    HttpClient client(system.process().port());
    const std::string first = client.request("POST", "/tables/orders/items", headers, body).body;
    for (int kill = 0; kill < 3; ++kill) {
        system.kill();
        ASSERT_TRUE(system.start());
        HttpClient again(system.process().port());
        const HttpAnswer answer = again.request("POST", "/tables/orders/items", headers, body);
        EXPECT_EQ(answer.status, 201);
        EXPECT_EQ(answer.body, first);
        EXPECT_EQ(answer.header("Idempotent-Replayed"), "true");
    }
    EXPECT_EQ(system.position(), 1U);
}

// Everybody moves amounts between the same few accounts: none is made, and none gets lost.
TEST_F(DirectWrites, TransactionsKeepWhatIsWrittenTogether) {
    constexpr int accounts = 4;
    const auto account = [](int i) { return "account-" + std::to_string(i % accounts); };
    for (int i = 0; i < accounts; ++i) {
        HttpClient(system.process().port())
            .request("PUT", "/tables/orders/items/" + account(i), json_type, R"({"amount":8})");
    }
    auto moved = race([&](HttpClient& client, int i) {
        const std::string amount = std::to_string(1 + i % 3);
        return client.request(
            "POST", "/transactions", json_type,
            R"({"writes":[{"update":{"table":"orders","key":")" + account(i) +
                R"(","add":{"amount":-)" + amount + R"(},"if":{"amount":[{"numeric":[">=",)" +
                amount + R"(]}]}}},{"update":{"table":"orders","key":")" + account(i + 1 + i % 2) +
                R"(","add":{"amount":)" + amount + "}}}]}");
    });

    EXPECT_EQ(moved[200] + moved[412], writers);
    EXPECT_GT(moved[200], 0);
    int sum = 0;
    for (int i = 0; i < accounts; ++i) {
        const int amount = std::stoi(std::string(
            json(system.get("/tables/orders/items/" + account(i)).body)["amount"].text()));
        EXPECT_GE(amount, 0);
        sum += amount;
    }
    EXPECT_EQ(sum, accounts * 8);
    EXPECT_EQ(system.position(), static_cast<std::uint64_t>(accounts + 2 * moved[200]));
}

// A client whose answer the kill has cut off finds out what became of all of them.
TEST_F(DirectWrites, ANamedTransactionIsCarriedOutOnceOverKills) {
    HttpHeaders headers = json_type;
    headers.emplace_back("Idempotency-Key: \"checkout\"");
    const std::string body = R"({"writes":[{"put":{"table":"orders","item":{"n":1}}},)"
                             R"({"update":{"table":"orders","key":"count","add":{"n":1}}}]})";
    HttpClient client(system.process().port());
    const std::string first = client.request("POST", "/transactions", headers, body).body;
    for (int kill = 0; kill < 3; ++kill) {
        system.kill();
        ASSERT_TRUE(system.start());
        const HttpAnswer answer =
            HttpClient(system.process().port()).request("POST", "/transactions", headers, body);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, first);
        EXPECT_EQ(answer.header("Idempotent-Replayed"), "true");
    }
    EXPECT_EQ(system.position(), 2U);
}

TEST_F(DirectWrites, APersonWritesByCommands) {
    const ProcessEnd made = call({"put", "orders", "a", "--data", R"({"status":"NEW"})"});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    EXPECT_EQ(made.output, answer(1, "created"));

    const std::vector<std::string> named = {"put",     "orders", "--idempotency-key",
                                            "a \"b\"", "--data", R"({"n":1})"};
    const std::string first = call(named).output;
    const ProcessEnd again = call(named);
    EXPECT_EQ(again.output, first) << "the key was made once";
    EXPECT_TRUE(contains(again.errors, "carried out before")) << again.errors;
    EXPECT_EQ(system.position(), 2U);
    EXPECT_EQ(
        call({"delete", "orders", "never", "--idempotency-key", std::string(256, 'k')}).exit_code,
        1);

    const ProcessEnd twice = call({"put", "orders", "a", "--new", "--data", "{}"});
    EXPECT_EQ(twice.exit_code, 1);
    EXPECT_TRUE(contains(twice.errors, "freshet put: ")) << twice.errors;
    EXPECT_TRUE(contains(twice.errors, "If-None-Match")) << twice.errors;

    EXPECT_EQ(call({"patch", "orders", "a", "--if-match", "*", "--data", R"({"n":7})"}).output,
              answer(3, "changed"));
    EXPECT_EQ(call({"update", "orders", "a", "--data", R"({"add":{"n":1}})"}).output,
              answer(4, "changed"));
    const std::string tag = std::string("4-") + tag_of_items;
    for (const std::string& known : {tag, '"' + tag + '"'}) {
        EXPECT_EQ(
            call({"put", "orders", "a", "--if-match", known, "--data", R"({"n":8,"status":"NEW"})"})
                .output,
            answer(4, "unchanged"))
            << "a shell takes quotation marks away";
    }
    EXPECT_EQ(call({"put", "orders", "b", "--typed", "--data", R"({"s":{"SS":["x"]}})"}).exit_code,
              0);
    EXPECT_EQ(system.get("/views/order/b").body, "{\"pk\":\"b\",\"s\":[\"x\"]}\n");
    EXPECT_TRUE(contains(call({"put", "orders", "--data", "{}"}).output, "-7"));

    const ProcessEnd wrong = call({"patch", "orders", "a", "--data", R"({"pk":"b"})"});
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_TRUE(contains(wrong.errors, "/pk")) << wrong.errors;
    EXPECT_EQ(call({"put", "orders", "a"}).exit_code, 2);
    EXPECT_EQ(call({"put", "orders", "a", "--file", "/nothing/there"}).exit_code, 2);
    EXPECT_EQ(call({"patch", "orders", "--data", "{}"}).exit_code, 2);

    const ProcessEnd both =
        call({"transact", "--data",
              R"({"writes":[{"check":{"table":"orders","key":"a","if":{"n":[8]}}},)"
              R"({"put":{"table":"orders","key":"c","item":{}}}]})"});
    EXPECT_EQ(both.exit_code, 0) << both.errors;
    EXPECT_TRUE(contains(both.output, R"("status":"checked")")) << both.output;
    EXPECT_EQ(call({"transact"}).exit_code, 2);
    EXPECT_EQ(call({"patch", "orders", "a", "--if", R"({"n":[9]})", "--data", "{}"}).exit_code, 1);
    EXPECT_EQ(call({"patch", "orders", "a", "--if", R"({"n":[8]})", "--data", "{}"}).exit_code, 0);
    EXPECT_EQ(call({"put", "orders", "--if", R"({"n":[8]})", "--data", "{}"}).exit_code, 2);

    const ProcessEnd gone = call({"delete", "orders", "a"});
    EXPECT_EQ(gone.exit_code, 0);
    EXPECT_EQ(gone.output, "");
    EXPECT_EQ(system.get("/views/order/a").status, 404);
    EXPECT_EQ(call({"delete", "orders", "a", "--if-match", "*"}).exit_code, 1);
}

}  // namespace
}  // namespace freshet::systems
