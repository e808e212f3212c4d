// Records that nobody understands, sent with ?bad=park: the source continues, what it sent is kept
// over whatever becomes of the server, and people see to it.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

// Such as a source sends whose writer was changed: its images have no types.
std::string untyped(const std::string& id) {
    return R"({"eventName":"INSERT","dynamodb": {"Keys":{"pk":")" + id +
           R"("},"SequenceNumber":"31"}})";
}

class ParkedRecords : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    JsonValue park(const std::string& records) {
        return system.append(event_of(records), "/records?table=orders&bad=park");
    }
    ProcessEnd parked(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "parked");
        arguments.insert(arguments.end(), {"--server", url()});
        return run(std::move(arguments));
    }
    std::string url() { return "http://127.0.0.1:" + std::to_string(system.process().port()); }
    // The texts of what is kept, in the order of the log.
    std::vector<std::string> texts() {
        std::vector<std::string> all;
        const JsonValue page = system.read("/records/parked");
        for (const JsonValue& one : page["parked"].elements()) {
            const std::string path = "/records/parked/" + one["position"].text();
            all.push_back(system.read(path)["text"].text());
        }
        return all;
    }
    std::string metric(const std::string& name) {
        const std::string text = system.get("/metrics").body;
        const std::size_t at = text.find("\n" + name + ' ');
        if (at == std::string::npos) return "";
        const std::size_t value = at + name.size() + 2;
        return text.substr(value, text.find('\n', value) - value);
    }

    System system{orders_config};
};

TEST_F(ParkedRecords, StayThroughAKillAndALostStateAndAreKeptOnce) {
    const JsonValue told = park(untyped("a") + "," + inserted("b", 1, "").text());
    EXPECT_EQ(told["parked"].text(), "1");
    EXPECT_EQ(told["appended"].text(), "1");
    EXPECT_EQ(told["results"][0]["status"].text(), "parked");
    EXPECT_EQ(system.get("/views/order/b").status, 200);
    const std::vector<std::string> kept{untyped("a")};
    EXPECT_EQ(texts(), kept);

    for (const bool loses_state : {false, true}) {
        system.kill();
        if (loses_state) system.delete_state();
        ASSERT_TRUE(system.start());
        EXPECT_EQ(texts(), kept);
        EXPECT_EQ(park(untyped("a"))["duplicates"].text(), "1") << "a source that sends it again";
        EXPECT_EQ(texts(), kept);
    }
    EXPECT_EQ(metric("freshet_parked_records"), "1");
    EXPECT_EQ(metric("freshet_parked_bytes"), std::to_string(untyped("a").size()));

    EXPECT_EQ(parked({"drop", "/records", "1"}).output, "dropped 1 record\n");
    system.kill();
    system.delete_state();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(texts(), std::vector<std::string>());
    EXPECT_EQ(metric("freshet_parked_records"), "0");
}

TEST_F(ParkedRecords, ALineThatIsNoJsonIsOne) {
    const HttpAnswer answer =
        support::HttpClient(system.process().port())
            .request("POST", "/records?table=orders&bad=park",
                     {"Content-Type: application/x-ndjson"},
                     inserted("a", 1, "").text() + "\nhalf a re\n" + inserted("b", 1, "").text());

    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(json(answer.body)["appended"].text(), "2");
    EXPECT_EQ(json(answer.body)["parked"].text(), "1");
    EXPECT_EQ(texts(), std::vector<std::string>{"half a re"});
}

TEST_F(ParkedRecords, AreSeenToFromAShell) {
    EXPECT_EQ(parked({"list", "/records"}).output, "no record that was sent is parked\n");
    park(untyped("a") + ",7");
    EXPECT_TRUE(contains(run({"status", "--server", url()}).output,
                         "2 records that could not be understood: freshet parked list /records"));

    const ProcessEnd listed = parked({"list", "/records"});
    EXPECT_EQ(listed.exit_code, 0);
    EXPECT_TRUE(contains(listed.output, "1  sequence number 31  " +
                                            std::to_string(untyped("a").size()) + " bytes  20"))
        << listed.output;
    EXPECT_TRUE(contains(listed.output, "\n    /dynamodb/Keys/pk: ")) << listed.output;
    EXPECT_TRUE(contains(listed.output, "\n2  1 bytes  20")) << listed.output;
    EXPECT_TRUE(contains(listed.output, "\n    found a number, expected an object: a record\n"))
        << listed.output;

    EXPECT_EQ(json(parked({"show", "/records", "1"}).output)["text"].text(), untyped("a"));
    EXPECT_EQ(parked({"show", "/records", "9"}).exit_code, 1);

    const ProcessEnd dry = parked({"drop", "/records", "--all"});
    EXPECT_TRUE(contains(dry.output, "would drop 2 records\nto do so: --yes\n")) << dry.output;
    EXPECT_EQ(texts().size(), 2U);
    for (const char* action : {"again", "edit"}) {
        std::vector<std::string> arguments{action, "/records", "1"};
        if (std::string(action) == "edit") arguments.insert(arguments.end(), {"--file", "none"});
        const ProcessEnd refused = parked(arguments);
        EXPECT_EQ(refused.exit_code, 2) << action;
        EXPECT_TRUE(contains(refused.errors, "by POST /records")) << refused.errors;
    }
    EXPECT_EQ(parked({"drop", "/records", "--all", "--yes"}).output, "dropped 2 records\n");
    EXPECT_TRUE(system.process().await_error_line("dropped parked record 1 and 1 more"));
    EXPECT_EQ(texts(), std::vector<std::string>());
    EXPECT_EQ(parked({"drop", "/records", "1"}).exit_code, 1) << "it is not there any more";
}

TEST_F(ParkedRecords, AreToldByTheLogOnlyToThoseWhoAskForNotices) {
    park(untyped("a") + "," + inserted("b", 1, "").text());

    const JsonValue all = system.read("/records?notices=1")["Records"];

    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["notice"].text(), "unread");
    EXPECT_EQ(all[0]["error"].text(), system.read("/records/parked/1")["error"].text());
    EXPECT_EQ(system.read("/records")["Records"].size(), 1U);
}

}  // namespace
}  // namespace freshet::systems
