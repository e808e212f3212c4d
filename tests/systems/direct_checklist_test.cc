// The lines of tests/checklist.md about notes and users that their application writes directly, by
// their numbers, on the configurations of the examples with another source.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/readers/event_reader.h"
#include "tests/readers/http_client.h"
#include "tests/systems/example_table.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

// The example's table is written directly, and its items have at least these attributes.
std::string direct_config(const std::string& example, const std::string& required) {
    std::string config = example_config(example);
    const std::string mark = "[[table]]\n";
    config.insert(config.find(mark) + mark.size(),
                  "source = \"direct\"\nschema = { required = " + required + " }\n");
    return config;
}

class DirectChecklist : public ::testing::Test {
protected:
    HttpAnswer ask(System& system, const std::string& method, const std::string& target,
                   const std::string& body = {}) {
        return support::HttpClient(system.process().port())
            .request(method, target, {"Content-Type: application/json"}, body);
    }
    static std::vector<std::string> pointers(const HttpAnswer& answer) {
        std::vector<std::string> pointers;
        const JsonValue problem = json(answer.body);
        for (const JsonValue& fault : problem["errors"].elements()) {
            pointers.push_back(fault["pointer"].text());
        }
        return pointers;
    }
    // The types of so many events, from the first on.
    static std::vector<std::string> events(System& system, int count) {
        EventReader reader(system.process().port(), from_earliest());
        std::vector<std::string> types;
        for (int i = 0; i < count; ++i) types.push_back(reader.next_event().event);
        return types;
    }
};

TEST_F(DirectChecklist, E40_ANoteNeedsATitleAndAContent) {
    System system{direct_config("notes", R"(["title", "content"])")};
    ASSERT_TRUE(system.start());

    EXPECT_EQ(pointers(ask(system, "POST", "/tables/notes/items", R"({"title":"t"})")),
              std::vector<std::string>{"/content"});
    EXPECT_EQ(pointers(ask(system, "POST", "/tables/notes/items", "{}")),
              (std::vector<std::string>{"/title", "/content"}));
    EXPECT_EQ(system.position(), 0U);

    const HttpAnswer made =
        ask(system, "POST", "/tables/notes/items", R"({"title":"t","content":"two words"})");
    EXPECT_EQ(made.status, 201);
    const std::string id = json(made.body)["key"]["id"].text();
    EXPECT_EQ(
        system.get("/views/note/" + id).body,
        R"({"id":")" + id + "\",\"title\":\"t\",\"content\":\"two words\",\"wordCount\":2}\n");
}

// Hundreds of them are made in a second, so many in the same millisecond.
TEST_F(DirectChecklist, E40_NotesOfOneMillisecondAllSurvive) {
    constexpr int count = 500;
    System system{direct_config("notes", R"(["title", "content"])")};
    ASSERT_TRUE(system.start());
    support::HttpClient client(system.process().port());
    std::set<std::string> ids;
    std::set<std::string> milliseconds;
    std::string newest;
    for (int i = 0; i < count; ++i) {
        const HttpAnswer made =
            client.request("POST", "/tables/notes/items", {"Content-Type: application/json"},
                           R"({"title":"t","content":"c"})");
        ASSERT_EQ(made.status, 201) << made.body;
        newest = json(made.body)["key"]["id"].text();
        ids.insert(newest);
        milliseconds.insert(newest.substr(0, 13));
    }

    EXPECT_EQ(ids.size(), static_cast<std::size_t>(count));
    EXPECT_LT(milliseconds.size(), ids.size()) << "none were of one millisecond";
    const JsonValue page = system.read("/views/notes?limit=1000");
    EXPECT_EQ(page["items"].elements().size(), static_cast<std::size_t>(count));
    EXPECT_EQ(page["items"][0]["id"].text(), newest) << "the newest note is first";
}

TEST_F(DirectChecklist, E49_AUserIsMadeChangedAndRemovedAndEachIsToldOnce) {
    System system{direct_config("users", R"(["name"])")};
    ASSERT_TRUE(system.start());
    const std::string user = "/tables/users/items/1";

    EXPECT_EQ(ask(system, "PUT", user, R"({"name":"Ada"})").status, 201);
    EXPECT_EQ(system.read("/views/user/1")["name"].text(), "Ada");
    EXPECT_EQ(ask(system, "PUT", user, R"({"name":"Ada"})").status, 200);
    EXPECT_EQ(system.position(), 1U) << "the same again is no change";
    EXPECT_EQ(ask(system, "PUT", user, R"({"name":"Ada L."})").status, 200);
    EXPECT_EQ(ask(system, "DELETE", user).status, 204);
    EXPECT_EQ(ask(system, "DELETE", user).status, 204);
    EXPECT_EQ(ask(system, "PUT", "/tables/users/items/2", R"({"name":"Ben"})").status, 201);

    EXPECT_EQ(events(system, 4), (std::vector<std::string>{"user-created", "user-renamed",
                                                           "user-removed", "user-created"}));
    const JsonValue changes = system.read("/tables/users/items/1/history")["changes"];
    ASSERT_EQ(changes.elements().size(), 3U);
    EXPECT_EQ(changes[0]["eventName"].text(), "REMOVE") << "the newest is first";
    EXPECT_EQ(changes[1]["eventName"].text(), "MODIFY");
    EXPECT_EQ(changes[2]["eventName"].text(), "INSERT");
}

TEST_F(DirectChecklist, E50_AUserThatIsNotThereIsNotFoundAndNeedsAName) {
    System system{direct_config("users", R"(["name"])")};
    ASSERT_TRUE(system.start());

    EXPECT_EQ(system.get("/views/user/none").status, 404);
    EXPECT_EQ(system.get("/tables/users/items/none").status, 404);
    const HttpAnswer nameless = ask(system, "PUT", "/tables/users/items/1", R"({"age":7})");
    EXPECT_EQ(nameless.status, 422);
    EXPECT_EQ(pointers(nameless), std::vector<std::string>{"/name"});
    EXPECT_EQ(ask(system, "DELETE", "/tables/users/items/none").status, 204);
    EXPECT_EQ(system.position(), 0U);
}

}  // namespace
}  // namespace freshet::systems
