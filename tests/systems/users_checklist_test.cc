// The lines of tests/checklist.md about users and about records in general, by their numbers, on
// the configuration of examples/users.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/systems/example_table.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

class UsersChecklist : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    void append(const char* kind, const std::string& id, const std::string& attributes = {}) {
        system.append(item_record("users", kind, id, ++sequence, attributes).text());
    }
    JsonValue history(const std::string& id) {
        return system.read("/tables/users/items/" + id + "/history")["changes"];
    }

    std::uint64_t sequence = 0;
    System system{example_config("users")};
};

constexpr const char* every_type_typed =
    R"("name":{"S":"Ada \"A\" \u00e9"},"number":{"N":"-0.001"},)"
    R"("exact":{"N":"12345678901234567890123456789012345678"},"binary":{"B":"AAEC/w=="},)"
    R"("yes":{"BOOL":true},"no":{"BOOL":false},"nothing":{"NULL":true},)"
    R"("texts":{"SS":["b","a"]},"numbers":{"NS":["10","9","-1.5"]},"binaries":{"BS":["Ag==","AQ=="]},)"
    R"("list":{"L":[{"S":"x"},{"N":"1.10"},{"L":[]},{"M":{"deep":{"L":[{"NULL":true}]}}}]},)"
    R"("map":{"M":{"empty":{"M":{}},"inner":{"M":{"set":{"NS":["1"]},)"
    R"("exact":{"N":"0.12345678901234567890123456789012345678"}}}}})";

constexpr const char* every_type_plain =
    R"({"id":"1","name":"Ada \"A\" \u00e9","number":-0.001,)"
    R"("exact":12345678901234567890123456789012345678,"binary":"AAEC/w==",)"
    R"("yes":true,"no":false,"nothing":null,)"
    R"("texts":["a","b"],"numbers":[-1.5,9,10],"binaries":["AQ==","Ag=="],)"
    R"("list":["x",1.10,[],{"deep":[null]}],)"
    R"("map":{"empty":{},"inner":{"set":[1],)"
    R"("exact":0.12345678901234567890123456789012345678}}})";

TEST_F(UsersChecklist, E47_EveryTypeIsPlainJsonToReaders) {
    append("INSERT", "1", every_type_typed);

    EXPECT_EQ(system.read("/views/user/1"), json(every_type_plain));
    EXPECT_EQ(system.read("/tables/users/items/1"), json(every_type_plain));
    EXPECT_EQ(history("1")[0]["after"], json(every_type_plain));
}

TEST_F(UsersChecklist, E47_EveryTypeIsGivenBackTyped) {
    append("INSERT", "1", every_type_typed);

    EXPECT_EQ(system.log().at(0)["dynamodb"]["NewImage"],
              json(R"({"id":{"S":"1"},)" + std::string(every_type_typed) + "}"));
}

TEST_F(UsersChecklist, E48_EachChangeShowsTheOldValueTheNewOneAndWhatDiffers) {
    append("INSERT", "1", attribute("name", "test"));
    append("MODIFY", "1", attribute("name", "test2") + "," + attribute("email", "t@example.org"));
    append("MODIFY", "1", attribute("name", "test2"));
    append("REMOVE", "1");

    const JsonValue changes = history("1");

    ASSERT_EQ(changes.size(), 4U);
    const JsonValue absent = json("null");
    const JsonValue test = json(R"({"id":"1","name":"test"})");
    const JsonValue with_email = json(R"({"id":"1","name":"test2","email":"t@example.org"})");
    const JsonValue test2 = json(R"({"id":"1","name":"test2"})");
    const auto expect = [](const JsonValue& change, const char* kind, const JsonValue& before,
                           const JsonValue& after, const char* changed) {
        EXPECT_EQ(change["eventName"].text(), kind);
        EXPECT_EQ(change["before"], before);
        EXPECT_EQ(change["after"], after);
        EXPECT_EQ(change["changed"], json(changed));
    };
    expect(changes[3], "INSERT", absent, test, R"(["id","name"])");
    expect(changes[2], "MODIFY", test, with_email, R"(["email","name"])");
    expect(changes[1], "MODIFY", with_email, test2, R"(["email"])");
    expect(changes[0], "REMOVE", test2, absent, R"(["id","name"])");
}

TEST_F(UsersChecklist, E48_TheItemIsShownAsItWasAtAnyPosition) {
    append("INSERT", "1", attribute("name", "test"));
    append("MODIFY", "1", attribute("name", "test2"));
    append("REMOVE", "1");

    const auto name_at = [&](const char* position) {
        return system.read("/tables/users/items/1?at=" + std::string(position))["name"].text();
    };
    EXPECT_EQ(name_at("1"), "test");
    EXPECT_EQ(name_at("2"), "test2");
    EXPECT_EQ(system.get("/tables/users/items/1?at=3").status, 404);
    EXPECT_EQ(system.get("/views/user/1").status, 404);
}

TEST_F(UsersChecklist, E48_AListenerHearsWhatANameWas) {
    append("INSERT", "1", attribute("name", "test"));
    append("MODIFY", "1", attribute("name", "test2"));
    append("MODIFY", "1", attribute("name", "test2") + "," + attribute("email", "t@example.org"));
    append("REMOVE", "1");

    EventReader reader(system.process().port(), from_earliest());
    const std::vector<std::string> expected = {
        R"(user-created {"id":"1","name":"test"})",
        R"(user-renamed {"id":"1","name":"test2","was":"test"})", R"(user-updated {"id":"1"})",
        R"(user-removed {"id":"1","name":"test2"})"};
    for (const std::string& event : expected) {
        const Frame frame = reader.next_event();
        EXPECT_EQ(frame.event + " " + frame.data, event);
    }
}

// The records with the size that they came with, and without it.
std::vector<JsonValue> log_without_sizes(const std::string& config, std::string body) {
    System copy(config);
    if (!copy.start()) return {};
    for (std::size_t at = 0; (at = body.find("\"SizeBytes\"", at)) != std::string::npos;) {
        body.erase(at, body.find(',', at) + 1 - at);
    }
    EXPECT_FALSE(contains(body, "SizeBytes"));
    copy.append(body);
    return copy.log();
}

TEST_F(UsersChecklist, E52_TheSizeOfTheSampleOfALiveStreamIsWorkedOutAs26) {
    const auto log =
        log_without_sizes(data_file("samples/freshet.toml"), data_file("samples/user-modify.json"));

    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0]["dynamodb"]["SizeBytes"].text(), "26");
}

TEST_F(UsersChecklist, E52_TheSizesThatTheSourceSendsAreThoseThatAreWorkedOut) {
    for (const std::string folder : {"users", "notes", "pizza-basic", "pizza-composite"}) {
        std::string body = data_file(folder + "/events.jsonl");
        const std::string line = body.substr(0, body.find('\n'));
        const JsonValue sent = json(line)["Records"];

        const auto log = log_without_sizes(data_file(folder + "/freshet.toml"), line);

        ASSERT_EQ(log.size(), sent.size()) << folder;
        for (std::size_t i = 0; i < log.size(); ++i) {
            EXPECT_EQ(log[i]["dynamodb"]["SizeBytes"], sent[i]["dynamodb"]["SizeBytes"]) << folder;
        }
    }
}

TEST_F(UsersChecklist, E52_ASizeThatWasSentStays) {
    RecordText record = item_record("users", "INSERT", "1", 1);
    record.more = R"("SizeBytes":4000)";
    system.append(record.text());

    EXPECT_EQ(system.log().at(0)["dynamodb"]["SizeBytes"].text(), "4000");
}

}  // namespace
}  // namespace freshet::systems
