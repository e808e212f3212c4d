// Handlers that were written for AWS run as they are: behind HTTP by
// examples/functions/adapter.mjs, and in processes of the server by examples/functions/command.mjs;
// fed from streams, and from tables that are written directly.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/functions_shop.h"
#include "tests/systems/orders.h"
#include "tests/systems/proxy.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

// How a handler is reached, and where its records come from.
struct Way {
    bool is_command = false;
    bool is_direct = false;
};

std::string name_of(const Way& way) {
    return std::string(way.is_command ? "AsACommand" : "BehindHttp") +
           (way.is_direct ? "FromDirectWrites" : "FromAStream");
}

std::string shared_file(const std::string& path) {
    return support::source_folder() + "/" + path;
}

class AwsHandlers : public ::testing::TestWithParam<Way> {
protected:
    void SetUp() override { ::setenv("HANDLED", handled_path().c_str(), 1); }
    void TearDown() override { ::unsetenv("HANDLED"); }

    [[nodiscard]] std::string handled_path() const { return folder.file("handled.jsonl"); }

    // A function with the handler of that file, which is started.
    std::string function_with(const std::string& handler, const std::string& table,
                              const std::string& more = {}) {
        const std::string file = shared_file("tests/systems/handlers/" + handler);
        const std::string name = handler.substr(0, handler.find('.')) + "-" + table;
        std::string text = "[[function]]\nname = \"" + name + "\"\ntable = \"" + table + "\"\n";
        if (GetParam().is_command) {
            text += "command = [\"node\", \"" + shared_file("examples/functions/command.mjs") +
                    "\", \"" + file + "\"]\nenvironment = [\"HANDLED\"]\n";
        } else {
            text += "url = \"http://127.0.0.1:" + std::to_string(adapter(file)) + "/\"\n";
        }
        return text + more + "\n";
    }

    void serve(const std::string& functions) {
        const std::string source = GetParam().is_direct ? "source = \"direct\"\n" : "";
        std::string config = support::server_section;
        for (const std::string name : {"items", "carts", "orders"}) {
            config += "[[table]]\nname = \"" + name + "\"\nkey = [\"id\"]\n" + source;
            if (name == "carts") config += "expires = \"until\"\n";
        }
        system.emplace(config + functions);
        ASSERT_TRUE(system->start());
    }

    // Writes the item with these attributes, in typed JSON; none: removes it. `more` are members of
    // the record.
    void write(const std::string& table, const std::string& id, const std::string& attributes = {},
               const std::string& more = {}) {
        GetParam().is_direct ? write_directly(table, id, attributes)
                             : send_record(table, id, attributes, more);
    }

    // What the handlers of that act have noted, once it is so many.
    std::vector<JsonValue> await_handled(const std::vector<std::string>& acts, std::size_t count) {
        std::vector<JsonValue> found;
        EXPECT_TRUE(comes_true([&] {
            found = handled(acts);
            return found.size() >= count;
        })) << handled_text()
            << system->get("/functions").body;
        EXPECT_EQ(found.size(), count) << handled_text();
        if (found.size() < count) found.resize(count);
        return found;
    }
    std::vector<JsonValue> handled(const std::vector<std::string>& acts) {
        std::vector<JsonValue> found;
        std::ifstream file(handled_path());
        for (std::string line; std::getline(file, line);) {
            const auto entry = JsonValue::parse(line);
            if (!entry) continue;  // it is being written
            if (std::find(acts.begin(), acts.end(), (*entry)["did"].text()) != acts.end()) {
                found.push_back(*entry);
            }
        }
        return found;
    }
    std::string handled_text() const {
        std::ifstream file(handled_path());
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    HttpAnswer ask(const std::string& method, const std::string& target, const std::string& body,
                   const std::string& type = "application/json") {
        return support::HttpClient(system->process().port())
            .request(method, target, {"Content-Type: " + type}, body);
    }
    JsonValue function(const std::string& name) { return system->read("/functions/" + name); }

    support::TempFolder folder;
    std::deque<support::ChildProcess> adapters;
    std::optional<System> system;

private:
    std::uint16_t adapter(const std::string& file) {
        const std::uint16_t port = closed_port();
        adapters.emplace_back(std::vector<std::string>{
            "/usr/bin/env", "HANDLED=" + handled_path(), "node",
            shared_file("examples/functions/adapter.mjs"), file, std::to_string(port)});
        await_listener(port);
        return port;
    }

    void write_directly(const std::string& table, const std::string& id,
                        const std::string& attributes) {
        const std::string target = "/tables/" + table + "/items/" + id;
        const HttpAnswer answer =
            attributes.empty()
                ? ask("DELETE", target, {})
                : ask("PUT", target, R"({"id":{"S":")" + id + "\"}," + attributes + "}",
                      "application/x-amz-json-1.0");
        EXPECT_TRUE(answer.status == 200 || answer.status == 201 || answer.status == 204)
            << answer.body;
    }

    // As a stream of both images tells it.
    void send_record(const std::string& table, const std::string& id, const std::string& attributes,
                     const std::string& more) {
        std::string& image = images_[table + "/" + id];
        const std::string before = image;
        const std::string key = R"({"id":{"S":")" + id + "\"}";
        image = attributes.empty() ? "" : key + "," + attributes + "}";
        const std::string number = std::to_string(++sequence_);
        const std::string event = before.empty() ? "INSERT" : image.empty() ? "REMOVE" : "MODIFY";
        system->append(
            event_of(R"({"eventID":"e)" + number + R"(","eventName":")" + event +
                     R"(","eventVersion":"1.1","eventSource":"aws:dynamodb",)"
                     R"("awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":)"
                     "1796000000,\"Keys\":" +
                     key + "}" + (image.empty() ? "" : ",\"NewImage\":" + image) +
                     (before.empty() ? "" : ",\"OldImage\":" + before) + R"(,"SequenceNumber":")" +
                     number + R"(","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"})" +
                     (more.empty() ? "" : "," + more) +
                     R"(,"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/)" +
                     table + R"(/stream/2026-11-20T10:00:00.000"})"));
    }

    std::map<std::string, std::string> images_;  // of a stream's items
    std::uint64_t sequence_ = 4'200;
};

std::string text(const std::string& name, const std::string& value) {
    return attribute(name, value);
}

TEST_P(AwsHandlers, ASwitchOverWhatHappened) {
    serve(function_with("switch.mjs", "items"));

    write("items", "a",
          text("title", "Bread") + R"(,"total":{"N":"7.50"},"open":{"BOOL":true},)"
                                   R"("tags":{"L":[{"S":"rye"},{"S":"old"}]})");
    write("items", "a", text("title", "Bread") + R"(,"total":{"N":"8"})");
    write("items", "a", text("title", "Stone"));
    write("items", "a");

    const auto entries = await_handled({"index", "rename", "delete"}, 4);
    EXPECT_EQ(entries[0], json(R"({"did":"index","id":"a","item":{"id":"a","title":"Bread",)"
                               R"("total":7.5,"open":true,"tags":["rye","old"]}})"));
    EXPECT_EQ(entries[1]["item"]["total"].text(), "8");
    EXPECT_EQ(entries[2], json(R"({"did":"rename","id":"a","from":"Bread","to":"Stone"})"));
    EXPECT_EQ(entries[3], json(R"({"did":"delete","id":"a","title":"Stone"})"));
}

TEST_P(AwsHandlers, AWholeImageIsMadePlain) {
    serve(function_with("unmarshall.mjs", "items"));

    write("items", "a",
          R"("n":{"N":"12345678901234567890"},"b":{"B":"AAEC"},"null":{"NULL":true},)"
          R"("l":{"L":[{"M":{"x":{"N":"1"}}}]},"ss":{"SS":["x","y"]},"ns":{"NS":["1","2"]},)"
          R"("bs":{"BS":["AA=="]},"same":{"BOOL":false})");
    write("items", "a", R"("same":{"BOOL":false},"l":{"L":[]})");
    write("items", "a");

    const auto entries = await_handled({"audit"}, 3);
    EXPECT_EQ(entries[0]["event"].text(), "INSERT");
    EXPECT_EQ(entries[0]["key"], json(R"({"id":"a"})"));
    EXPECT_EQ(entries[0]["was"], json("{}"));
    const JsonValue& is = entries[0]["is"];
    EXPECT_EQ(is["n"].text(), "12345678901234567890");
    EXPECT_EQ(is["null"].type(), JsonValue::Type::null);
    EXPECT_EQ(is["l"], json(R"([{"x":1}])"));
    EXPECT_EQ(is["ss"].size(), 2U);
    EXPECT_EQ(is["ns"].size(), 2U);
    EXPECT_EQ(is["bs"].size(), 1U);
    EXPECT_EQ(entries[1]["changed"], json(R"(["b","bs","l","n","ns","null","ss"])"));
    EXPECT_EQ(entries[1]["was"], entries[0]["is"]);
    EXPECT_EQ(entries[2]["event"].text(), "REMOVE");
    EXPECT_EQ(entries[2]["is"], json("{}"));
}

TEST_P(AwsHandlers, OneThatLooksAtTheFirstRecordOnly) {
    serve(function_with("first_record.mjs", "items", "batch_size = 1"));

    for (const std::string id : {"a", "b", "c"}) write("items", id, text("title", "Bread"));
    write("items", "a");

    const auto entries = await_handled({"notify"}, 4);
    const std::vector<std::string> ids{"a", "b", "c", "a"};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(entries[i]["records"].text(), "1");
        EXPECT_EQ(entries[i]["id"].text(), ids[i]);
        EXPECT_EQ(entries[i]["text"].text(), i < 3 ? "Bread: insert" : "Bread: remove");
        EXPECT_TRUE(entries[i]["at"].text().ends_with("Z")) << entries[i];
        EXPECT_NE(entries[i]["request"].text(), "");
    }
}

TEST_P(AwsHandlers, ACallbackOfOldThatIsToldTheError) {
    serve(function_with("callback.cjs", "items", "batch_size = 1\nmaximum_retry_attempts = 1"));

    write("items", "a", text("title", "Bread"));
    write("items", "bad", R"("poison":{"BOOL":true})");
    write("items", "c", text("title", "Bread"));

    // The one that cannot be taken is tried twice.
    const auto entries = await_handled({"archive"}, 4);
    const std::vector<std::string> ids{"a", "bad", "bad", "c"};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(entries[i]["id"].text(), ids[i]);
        EXPECT_EQ(entries[i]["remaining"].text(), "true");
    }
    JsonValue parked;
    EXPECT_TRUE(comes_true([&] {
        parked = system->read("/functions/callback-items/parked")["parked"][0];
        return parked.exists();
    }));
    EXPECT_EQ(parked["key"]["id"].text(), "bad");
    EXPECT_EQ(parked["attempts"].text(), "2");
    EXPECT_TRUE(contains(parked["error"].text(), "cannot take bad")) << parked;
}

TEST_P(AwsHandlers, OneThatReportsWhatFailed) {
    serve(function_with("partial_failures.mjs", "items",
                        "report_batch_item_failures = true\nbatching_window_s = 1"));

    write("items", "a", text("title", "Bread"));
    write("items", "b", R"("fail":{"N":"2"})");
    write("items", "c", text("title", "Bread"));

    ASSERT_TRUE(comes_true([&] {
        return function("partial_failures-items")["taken"].text() == "3";
    })) << handled_text();
    const auto entries = handled({"process"});
    std::vector<std::string> sequences;
    std::map<std::string, std::string> tried;
    for (const JsonValue& entry : entries) {
        sequences.push_back(entry["sequence"].text());
        tried[entry["sequence"].text()] = entry["tried"].text();
    }
    ASSERT_EQ(tried.size(), 3U) << handled_text();
    EXPECT_EQ(std::count(sequences.begin(), sequences.end(), sequences.front()), 1)
        << "what stands before the failure does not come again";
    std::vector<std::string> tries;
    for (const auto& [record, number] : tried) tries.push_back(number);
    EXPECT_EQ(tries[0], "1");
    EXPECT_EQ(tries[1], "3");
    EXPECT_EQ(function("partial_failures-items")["parked"].text(), "0");
}

TEST_P(AwsHandlers, OneForTheStreamsOfSeveralTables) {
    serve(function_with("by_table.mjs", "carts") + function_with("by_table.mjs", "orders"));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string soon =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count() + 1);

    write("orders", "o1", text("title", "Bread"));
    write("carts", "c1", R"("until":{"N":")" + soon + "\"}");
    // A source removes it when its time is over; where it is written directly, we do.
    if (!GetParam().is_direct) {
        write("carts", "c1", {},
              R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})");
    }

    const auto carts = await_handled({"count", "remind"}, 2);
    EXPECT_EQ(carts[0], json(R"({"did":"count","cart":"c1"})"));
    EXPECT_EQ(carts[1], json(R"({"did":"remind","cart":"c1"})"));
    const auto orders = await_handled({"bill"}, 1);
    EXPECT_EQ(orders[0]["order"].text(), "o1");
    EXPECT_EQ(orders[0]["region"].text(), GetParam().is_direct ? "local" : "eu-west-1");

    // It is called with all of them again, and knows each by its eventID.
    const HttpAnswer answer =
        ask("POST", "/functions/by_table-carts/place", R"({"place":"trim_horizon"})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    await_handled({"skip"}, 2);
    EXPECT_EQ(handled({"count", "remind"}).size(), 2U);
    EXPECT_EQ(function("by_table-carts")["failed_calls"].text(), "0");
}

INSTANTIATE_TEST_SUITE_P(Ways, AwsHandlers,
                         ::testing::Values(Way{false, false}, Way{false, true}, Way{true, false},
                                           Way{true, true}),
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace freshet::systems
