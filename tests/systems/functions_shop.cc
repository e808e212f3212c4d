#include "tests/systems/functions_shop.h"

#include <chrono>
#include <thread>

#include "tests/readers/http_client.h"
#include "tests/systems/orders.h"

namespace freshet::systems {

namespace {

// Reached only by what hangs.
constexpr std::chrono::seconds patience{20};

const std::string tables = support::server_section + R"(
[[table]]
name = "orders"
key  = ["pk"]

[[table]]
name   = "notes"
key    = ["id"]
source = "direct"
)";

}  // namespace

std::string new_orders(std::uint64_t first, std::uint64_t count, const std::string& more) {
    std::string records;
    for (std::uint64_t i = first; i < first + count; ++i) {
        if (!records.empty()) records += ',';
        records += inserted("o" + std::to_string(i), i, more).text();
    }
    return records;
}

std::vector<std::string> sequences_from(std::uint64_t first, std::uint64_t count) {
    std::vector<std::string> sequences;
    for (std::uint64_t i = first; i < first + count; ++i) sequences.push_back(std::to_string(i));
    return sequences;
}

std::vector<std::vector<std::string>> batches_of(const std::vector<FunctionCall>& calls) {
    std::vector<std::vector<std::string>> batches;
    for (const FunctionCall& call : calls) batches.push_back(call.sequences);
    return batches;
}

bool comes_true(const std::function<bool()>& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

std::string FunctionsTest::function_of(const std::string& table, const std::string& name,
                                       const std::string& more) {
    return "[[function]]\nname = \"" + name + "\"\ntable = \"" + table + "\"\nurl = \"" +
           endpoint.url("/" + name) + "\"\n" + more + "\n";
}

void FunctionsTest::serve(const std::string& functions) {
    if (system) {
        if (system->process().running()) system->stop();
        system->configure(tables + functions);
    } else {
        system.emplace(tables + functions);
    }
    ASSERT_TRUE(system->start());
}

std::uint64_t FunctionsTest::post(const std::string& records) {
    return std::stoull(system->append(event_of(records))["position"].text());
}

void FunctionsTest::put_note(const std::string& id, const std::string& members) {
    const HttpAnswer answer = ask("PUT", "/tables/notes/items/" + id, "{" + members + "}");
    EXPECT_TRUE(answer.status == 200 || answer.status == 201) << answer.body;
}

HttpAnswer FunctionsTest::ask(const std::string& method, const std::string& target,
                              const std::string& body) {
    return support::HttpClient(system->process().port())
        .request(method, target, {"Content-Type: application/json"}, body);
}

JsonValue FunctionsTest::asked(const std::string& method, const std::string& target,
                               const std::string& body) {
    const HttpAnswer answer = ask(method, target, body);
    EXPECT_EQ(answer.status, 200) << method << " " << target << ": " << answer.body;
    return json(answer.body);
}

void FunctionsTest::await(const std::string& name, const std::string& member,
                          const std::string& value) {
    EXPECT_TRUE(comes_true([&] { return told(name, member) == value; }))
        << member << " does not become " << value << ": " << function(name);
}

void FunctionsTest::await_done(const std::string& name) {
    EXPECT_TRUE(comes_true([&] {
        const JsonValue now = function(name);
        return now["behind"].text() == "0" && now["waiting"].text() == "0";
    })) << function(name);
}

std::vector<JsonValue> FunctionsTest::parked(const std::string& name) {
    return system->read("/functions/" + name + "/parked?limit=1000")["parked"].elements();
}

std::vector<JsonValue> FunctionsTest::await_parked(const std::string& name, std::size_t count) {
    std::vector<JsonValue> found;
    EXPECT_TRUE(comes_true([&] {
        found = parked(name);
        return found.size() >= count;
    })) << function(name);
    EXPECT_EQ(found.size(), count);
    if (found.size() < count) found.resize(count);
    return found;
}

}  // namespace freshet::systems
