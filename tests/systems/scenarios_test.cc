// Recorded changes of whole tables lead to the views and events that were worked out from them
// independently, however the changes are delivered: once, again, around restarts, without the
// state, in one piece.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

// An event of a recording, or what was heard of one.
struct Told {
    std::string key;  // of its item
    std::string topic;
    JsonValue data;

    bool operator==(const Told&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Told& told) {
        return out << told.key << ": " << told.topic << ' ' << told.data;
    }
};

// What one of the folders of tests/data holds.
class Recording {
public:
    explicit Recording(const std::string& name)
        : config(data_file(name + "/freshet.toml")),
          lines(lines_of(data_file(name + "/events.jsonl"))),
          expected(json(data_file(name + "/expected.json"))) {
        for (const std::string& line : lines) {
            const JsonValue event = json(line);
            for (const JsonValue& record : event["Records"].elements()) take(record);
        }
        if (is_pizza()) {
            for (const JsonValue& event : expected["events"].elements()) {
                events.push_back({event["key"].text(), event["topic"].text(), event["payload"]});
            }
        } else {
            for (const JsonValue& record : records) events.push_back(event_of_record(record));
        }
    }

    [[nodiscard]] bool is_pizza() const { return expected["kind"].text() == "pizza"; }

    // All records as one event.
    [[nodiscard]] std::string as_one_batch() const {
        std::string joined;
        for (const std::string& line : lines) {
            const std::size_t begin = line.find('[') + 1;
            if (!joined.empty()) joined += ',';
            joined += line.substr(begin, line.rfind(']') - begin);
        }
        return R"({"Records":[)" + joined + "]}";
    }

    std::string config;
    std::vector<std::string> lines;
    JsonValue expected;
    std::vector<JsonValue> records;
    std::set<std::string> ids;       // that ever appeared
    std::set<std::string> creators;  // likewise
    bool has_sort_key = false;
    std::vector<Told> events;  // one for each record, in their order

private:
    // As the rules of users and notes have it.
    Told event_of_record(const JsonValue& record) {
        const bool users = expected["kind"].text() == "users";
        const std::string noun = users ? "user" : "note";
        const std::string shown = users ? "name" : "title";
        const JsonValue& change = record["dynamodb"];
        const std::string id = change["Keys"]["id"]["S"].text();
        const std::string kind = record["eventName"].text();
        std::string members = R"("id":)" + json_text(id);
        const auto add = [&](const std::string& name, const JsonValue& value) {
            if (value.exists()) members += "," + json_text(name) + ":" + json_text(value.text());
        };
        JsonValue& before = shown_before_[id];
        const JsonValue& after = change["NewImage"][shown]["S"];
        add(shown, after);
        if (kind == "MODIFY") add("was", before);
        before = after;
        std::string topic = noun + (kind == "INSERT" ? "-added" : "-removed");
        if (kind == "MODIFY") topic = id + "-changed";
        return {id, topic, json("{" + members + "}")};
    }

    void take(const JsonValue& record) {
        const JsonValue& change = record["dynamodb"];
        for (const char* name : {"pk", "id"}) {
            const JsonValue& id = change["Keys"][name]["S"];
            if (id.exists()) ids.insert(id.text());
        }
        for (const char* image : {"NewImage", "OldImage"}) {
            const JsonValue& creator = change[image]["creator"]["S"];
            if (creator.exists()) creators.insert(creator.text());
        }
        has_sort_key = has_sort_key || change["Keys"]["sk"].exists();
        records.push_back(record);
    }

    std::map<std::string, JsonValue> shown_before_;
};

class ScenarioTest : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        ASSERT_FALSE(recording.records.empty());
        ASSERT_EQ(recording.events.size(), recording.records.size());
        ASSERT_TRUE(system.start());
        watcher.emplace(live(system));
    }

    // Whoever has watched all along has heard nothing else.
    void TearDown() override {
        system.stop();
        while (auto frame = watcher->next()) take(*frame);
        EXPECT_EQ(heard_live.size(), recording.events.size());
    }

    // Posts the first lines, or all.
    void post_lines(std::size_t count = ~std::size_t{0}) {
        for (std::size_t i = 0; i < std::min(count, recording.lines.size()); ++i) {
            system.append(recording.lines[i]);
        }
    }

    void expect_all_duplicates(const std::string& body) {
        const JsonValue receipt = system.append(body);
        EXPECT_EQ(receipt["appended"].text(), "0") << receipt;
        EXPECT_EQ(receipt["duplicates"].text(), std::to_string(json(body)["Records"].size()));
        for (const JsonValue& result : receipt["results"].elements()) {
            EXPECT_EQ(result["status"].text(), "duplicate") << result;
        }
    }

    void expect_everything() {
        expect_log();
        expect_events();
        if (recording.is_pizza()) {
            expect_items("/views/order/", recording.expected["orders"]);
            expect_items("/views/admin-order/", recording.expected["ordersAdmin"]);
            expect_list("/views/all-orders", recording.expected["allOrders"]);
            for (const std::string& creator : recording.creators) {
                expect_list("/views/my-orders/" + creator,
                            recording.expected["byCreator"][creator]);
            }
            return;
        }
        const bool users = recording.expected["kind"].text() == "users";
        expect_items(users ? "/views/user/" : "/views/note/", recording.expected["items"]);
        expect_items(users ? "/tables/users/items/" : "/tables/notes/items/",
                     recording.expected["items"]);
        const auto listed = system.list(users ? "/views/all-users" : "/views/all-notes");
        ASSERT_EQ(listed.size(), recording.expected["items"].size());
        for (const JsonValue& item : listed) {
            EXPECT_EQ(item, recording.expected["items"][item["id"].text()]);
        }
    }

    // Every answer to a reader, byte for byte.
    std::string everything() {
        std::string all;
        const auto add = [&](const std::string& target) {
            const HttpAnswer answer = system.get(target);
            all += target + " " + std::to_string(answer.status) + " " + answer.header("ETag") +
                   " " + answer.header("Freshet-Position") + "\n" + answer.body + "\n";
        };
        add("/records?limit=1000");
        for (const char* list : {"all-orders", "all-users", "all-notes"}) {
            add(std::string("/views/") + list);
        }
        for (const char* view : {"order", "admin-order", "user", "note"}) {
            for (const std::string& id : recording.ids) add(path_of(view, id));
        }
        for (const std::string& creator : recording.creators) add("/views/my-orders/" + creator);
        return all;
    }

    Recording recording{GetParam()};
    System system{recording.config};
    std::optional<EventReader> watcher;  // from before the first record on, cut by each restart
    std::vector<Frame> heard_live;

private:
    void take(const Frame& frame) {
        ASSERT_NE(frame.event, "reset") << frame.data;
        if (frame.fires && frame.event != "hello") heard_live.push_back(frame);
    }

    // The topic that the configuration gives to an event of this type.
    static std::string topic_of(const std::string& type, const std::string& key) {
        if (type == "order-status-updated") return key + "-status-updated";
        if (type == "order-updated") return key + "-updated";
        if (type == "user-changed" || type == "note-changed") return key + "-changed";
        return type;
    }

    // The item is that of the record at the event's position.
    [[nodiscard]] std::vector<Told> told(const std::vector<Frame>& frames) const {
        std::vector<Told> events;
        for (const Frame& frame : frames) {
            const JsonValue& keys =
                recording.records.at(position_in(*frame.id) - 1)["dynamodb"]["Keys"];
            const std::string key = keys[keys["pk"].exists() ? "pk" : "id"]["S"].text();
            events.push_back({key, topic_of(frame.event, key), json(frame.data)});
        }
        return events;
    }

    // Live, from the beginning, behind the middle, and by topic.
    void expect_events() {
        const std::vector<Told>& expected = recording.events;
        for (int cuts = 0; heard_live.size() < expected.size();) {
            if (const auto frame = watcher->next()) {
                take(*frame);
                continue;
            }
            ASSERT_LT(++cuts, 10) << "the stream ends again and again";
            watcher->reconnect(system.process().port());
        }
        EXPECT_EQ(told(heard_live), expected);

        EventReader all(system.process().port(), from_earliest());
        const std::vector<Frame> frames = all.next_events(expected.size());
        EXPECT_EQ(told(frames), expected);

        const std::size_t middle = expected.size() / 2;
        EventReader resumed(system.process().port(), "/events",
                            {"Last-Event-ID: " + *frames[middle - 1].id});
        const std::vector<Frame> rest = resumed.next_events(expected.size() - middle);
        EXPECT_EQ(told(rest),
                  std::vector<Told>(expected.begin() + static_cast<long>(middle), expected.end()));

        for (const std::string& id : recording.ids) expect_events_of(id);
    }

    // Those of one item in their order, by their topics.
    void expect_events_of(const std::string& id) {
        std::vector<Told> expected;
        std::set<std::string> topics;
        for (const Told& event : recording.events) {
            if (event.key == id) topics.insert(event.topic);
        }
        for (const Told& event : recording.events) {
            if (topics.contains(event.topic)) expected.push_back(event);
        }
        std::string query;
        for (const std::string& topic : topics) query += "&topic=" + encoded(topic);
        EventReader reader(system.process().port(), from_earliest(query.substr(1)));

        const std::vector<Told> events = told(reader.next_events(expected.size()));

        EXPECT_EQ(events, expected);
        if (recording.is_pizza()) expect_sequence(id, events);
    }

    // As the expectations list it by order.
    void expect_sequence(const std::string& id, const std::vector<Told>& events) {
        const std::vector<JsonValue>& expected = recording.expected["eventsByKey"][id].elements();
        std::size_t next = 0;
        for (const Told& event : events) {
            if (event.key != id) continue;
            ASSERT_LT(next, expected.size());
            EXPECT_EQ(event.topic, expected[next][0].text());
            EXPECT_EQ(event.data, expected[next][1]);
            ++next;
        }
        EXPECT_EQ(next, expected.size());
    }

    std::string path_of(const std::string& view, const std::string& id) {
        return "/views/" + view + "/" + id + (recording.has_sort_key ? "/metadata" : "");
    }

    // Each record is in the log once, in the order of the recording, with every field equal.
    void expect_log() {
        const std::vector<JsonValue> log = system.log();
        ASSERT_EQ(log.size(), recording.records.size());
        for (std::size_t i = 0; i < log.size(); ++i) {
            EXPECT_EQ(log[i].without({"position", "table"}), recording.records[i]);
        }
    }

    // Removed items are not there.
    void expect_items(const std::string& path, const JsonValue& items) {
        for (const std::string& id : recording.ids) {
            const std::string target = path + id + (recording.has_sort_key ? "/metadata" : "");
            const HttpAnswer answer = system.get(target);
            if (items[id].exists()) {
                EXPECT_EQ(answer.status, 200) << target;
                EXPECT_EQ(json(answer.body), items[id]) << target;
            } else {
                EXPECT_EQ(answer.status, 404) << target << ": " << answer.body;
            }
        }
    }

    void expect_list(const std::string& path, const JsonValue& items) {
        EXPECT_EQ(system.list(path), items.elements()) << path;
    }
};

TEST_P(ScenarioTest, LeadsToTheExpectedViews) {
    post_lines();

    expect_everything();
}

TEST_P(ScenarioTest, TakesEffectOnceIfEveryLineIsPostedTwice) {
    for (const std::string& line : recording.lines) {
        system.append(line);
        expect_all_duplicates(line);
    }

    expect_everything();
}

TEST_P(ScenarioTest, TakesEffectOnceIfAllIsPostedAgainAfterARestart) {
    post_lines();
    const std::string before = everything();
    system.stop();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(everything(), before);

    for (const std::string& line : recording.lines) expect_all_duplicates(line);

    expect_everything();
    EXPECT_EQ(everything(), before);
}

TEST_P(ScenarioTest, ComesBackByteForByteWithoutItsState) {
    post_lines();
    const std::string before = everything();
    system.stop();
    system.delete_state();

    ASSERT_TRUE(system.start());

    EXPECT_EQ(everything(), before);
    for (const std::string& line : recording.lines) expect_all_duplicates(line);
    expect_everything();
}

TEST_P(ScenarioTest, GoesOnWithoutItsStateAfterHalfOfTheLines) {
    post_lines(recording.lines.size() / 2);
    system.stop();
    system.delete_state();
    ASSERT_TRUE(system.start());

    post_lines();

    expect_everything();
}

TEST_P(ScenarioTest, GoesOnAfterBeingKilledInTheMiddle) {
    post_lines(recording.lines.size() / 2);
    system.kill();
    ASSERT_TRUE(system.start());

    post_lines();

    expect_everything();
}

TEST_P(ScenarioTest, LosesNothingWhenKilledAtTheEnd) {
    post_lines();
    system.kill();

    ASSERT_TRUE(system.start());

    expect_everything();
    for (const std::string& line : recording.lines) expect_all_duplicates(line);
}

TEST_P(ScenarioTest, LeadsToTheSameAsOneSingleBatch) {
    const JsonValue receipt = system.append(recording.as_one_batch());

    EXPECT_EQ(receipt["appended"].text(), std::to_string(recording.records.size()));
    expect_everything();
    expect_all_duplicates(recording.as_one_batch());
    expect_everything();
}

INSTANTIATE_TEST_SUITE_P(Recordings, ScenarioTest,
                         ::testing::Values("pizza-basic", "pizza-composite", "users", "notes"),
                         [](const auto& scenario) {
                             std::string name = scenario.param;
                             std::erase(name, '-');
                             return name;
                         });

// A MODIFY of an item that was never seen before: the stream was joined late.
TEST(LiveStreamSampleTest, ComesBackFromTheLogWithEveryFieldEqual) {
    const std::string body = data_file("samples/user-modify.json");
    const JsonValue sent = json(body)["Records"][0];
    ASSERT_EQ(sent["dynamodb"]["SequenceNumber"].text(), "3633500000000062125042319");
    System system(data_file("samples/freshet.toml"));
    ASSERT_TRUE(system.start());

    const JsonValue receipt = system.append(body);

    EXPECT_EQ(receipt["results"][0]["sequenceNumber"].text(), "3633500000000062125042319");
    const auto expect_as_sent = [&] {
        const std::vector<JsonValue> log = system.log();
        ASSERT_EQ(log.size(), 1U);
        EXPECT_EQ(log[0].without({"position", "table"}), sent);
        EXPECT_EQ(system.read("/views/user/1"), json(R"({"name":"test2","id":"1"})"));
    };
    expect_as_sent();
    system.stop();
    system.delete_state();
    ASSERT_TRUE(system.start());
    expect_as_sent();
}

TEST(LiveStreamSampleTest, CanBePostedAsTheLogShowsIt) {
    System system(data_file("samples/freshet.toml"));
    ASSERT_TRUE(system.start());
    system.append(data_file("samples/user-modify.json"));
    const std::string shown = system.get("/records").body;

    const JsonValue receipt = system.append(shown);

    EXPECT_EQ(receipt["duplicates"].text(), "1");
    EXPECT_EQ(system.get("/records").body, shown);
}

// All recordings into one server, a line of each in turn.
TEST(SeveralTablesTest, KeepToTheirOwnViews) {
    const auto tables_of = [](const std::string& config) {
        return config.substr(config.find("[[table]]"));
    };
    const Recording pizza("pizza-composite");
    const Recording users("users");
    const Recording notes("notes");
    System system(pizza.config + tables_of(users.config) + tables_of(notes.config));
    ASSERT_TRUE(system.start());

    for (std::size_t i = 0; i < pizza.lines.size(); ++i) {
        system.append(pizza.lines[i]);
        if (i < users.lines.size()) system.append(users.lines[i]);
        if (i < notes.lines.size()) system.append(notes.lines[i]);
    }

    EXPECT_EQ(system.list("/views/all-orders"), pizza.expected["allOrders"].elements());
    for (const auto& [id, user] : users.expected["items"].members()) {
        EXPECT_EQ(system.read("/views/user/" + id), user);
    }
    for (const auto& [id, note] : notes.expected["items"].members()) {
        EXPECT_EQ(system.read("/views/note/" + id), note);
    }
    EXPECT_EQ(system.read("/records?table=users&limit=1000")["Records"].size(),
              users.records.size());
    EXPECT_EQ(system.log().size(),
              pizza.records.size() + users.records.size() + notes.records.size());
    for (const auto& [table, recording] :
         {std::pair("orders", &pizza), std::pair("users", &users), std::pair("notes", &notes)}) {
        EventReader reader(system.process().port(), from_earliest("table=" + std::string(table)));
        for (const Told& event : recording->events) {
            EXPECT_EQ(json(reader.next_event().data), event.data) << event;
        }
    }
}

}  // namespace
}  // namespace freshet::systems
