// A table that fails over to a replica in another region, as its operator lives through it:
// `freshet adopt` against a server, and what `freshet status` says before and after.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

const std::string eu = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";
const std::string us = "arn:aws:dynamodb:us-east-1:123456789012:table/orders";

class AdoptTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    ProcessEnd adopt(const std::string& stream, const std::string& table = "orders") {
        return run({"adopt", "--table", table, "--stream", stream, "--server", url()});
    }
    [[nodiscard]] std::string url() {
        return "http://127.0.0.1:" + std::to_string(system.process().port());
    }
    std::string status() { return run({"status", "--server", url()}).output; }

    static std::string change(const std::string& stream, const std::string& number,
                              const std::string& status, int seconds = 0) {
        RecordText record;
        record.event_name = R"("MODIFY")";
        record.arn = json_text(stream);
        record.keys = "{" + attribute("pk", "a") + "}";
        record.after = "{" + attribute("pk", "a") + "," + attribute("status", status) + "}";
        record.sequence = json_text(number);
        if (seconds != 0) {
            record.more = R"("ApproximateCreationDateTime":)" + std::to_string(seconds);
        }
        return event_of(record.text());
    }

    System system{orders_config};
};

TEST_F(AdoptTest, LetsATableGoOnWithAReplica) {
    system.append(change(eu + "/stream/2026-01-01T00:00:00.000", "900", "V1"));
    const std::string from_us = change(us + "/stream/2025-11-01T00:00:00.000", "7", "V2");
    const HttpAnswer refused = system.post(from_us);
    EXPECT_EQ(refused.status, 422);
    EXPECT_TRUE(contains(refused.body, "freshet adopt --table orders --stream " + us));
    EXPECT_TRUE(contains(status(), "takes        orders from " + eu + "\n")) << status();

    const ProcessEnd adopted = adopt(us);

    EXPECT_EQ(adopted.exit_code, 0) << adopted.errors;
    EXPECT_EQ(adopted.output, "table orders takes from " + us + " now\n");
    EXPECT_EQ(system.process().await_error_line("audit done="),
              "\"adopted \\\"" + us +
                  "\\\" for table orders\" method=POST path=\"/tables/orders/sources\"" +
                  " address=\"127.0.0.1\"");
    EXPECT_EQ(adopt(us).output, "table orders takes from " + us + " already\n");
    EXPECT_TRUE(contains(status(), "orders from " + eu + ", then " + us)) << status();
    system.append(from_us);
    EXPECT_EQ(system.read("/views/order/a")["status"].text(), "V2");
}

TEST_F(AdoptTest, SaysWhatIsWrongWithTheName) {
    const ProcessEnd refused = adopt("arn:aws:s3:::x");

    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_TRUE(contains(refused.errors,
                         "freshet adopt: /stream: found the ARN of something else, expected "
                         "arn:aws:dynamodb:"))
        << refused.errors;
}

TEST_F(AdoptTest, IsToldFromWhichStreamsATableTakesAlsoWhereTheyHaveNoName) {
    EXPECT_TRUE(contains(status(), "takes        orders from no stream yet\n")) << status();
    RecordText record;
    record.arn = "";
    system.append(record.text(), "/records?table=orders");

    EXPECT_TRUE(contains(status(), "takes        orders from a stream without a name\n"))
        << status();
}

TEST_F(AdoptTest, HoldsAcrossAKillAndALostState) {
    system.append(change(eu + "/stream/2026-01-01T00:00:00.000", "900", "V1"));
    ASSERT_EQ(adopt(us).exit_code, 0);
    system.append(change(us + "/stream/2025-11-01T00:00:00.000", "7", "V2"));
    system.kill();
    system.delete_state();
    ASSERT_TRUE(system.start());

    const JsonValue late =
        system.append(change(eu + "/stream/2026-01-01T00:00:00.000", "901", "V1"));

    EXPECT_EQ(late["duplicates"].text(), "1");
    EXPECT_EQ(system.read("/views/order/a")["status"].text(), "V2");
}

TEST_F(AdoptTest, TakesARestoredTablesRecordsWithoutASettingMore) {
    const std::string restored = eu + "-restored";
    const std::string from_restored =
        change(restored + "/stream/2026-02-01T00:00:00.000", "7", "V2");
    system.append(change(eu + "/stream/2026-01-01T00:00:00.000", "900", "V1"));
    EXPECT_EQ(system.post(from_restored).status, 422);
    EXPECT_TRUE(contains(status(), "refused      by all tables: 1 record of " + restored))
        << status();
    EXPECT_TRUE(contains(system.process().await_error_line("records of ").value_or(""),
                         "freshet adopt --table TABLE --stream " + restored));

    const ProcessEnd adopted = adopt(restored);

    EXPECT_TRUE(contains(adopted.output, "note: the table's name, orders-restored, differs"))
        << adopted.output;
    EXPECT_FALSE(contains(status(), "refused")) << status();
    const HttpAnswer lines =
        support::HttpClient(system.process().port())
            .request("POST", "/records", {"Content-Type: application/x-ndjson"},
                     from_restored + "\n");
    EXPECT_EQ(json(lines.body)["appended"].text(), "1") << lines.body;
    EXPECT_EQ(system.read("/views/order/a")["status"].text(), "V2");
}

TEST_F(AdoptTest, NamesASuspiciousDuplicateInTheLogAndInTheStatus) {
    const std::string stream = eu + "/stream/2026-01-01T00:00:00.000";
    system.append(change(stream, "900", "V1", 1'767'225'600));

    system.append(change(stream, "899", "V2", 1'767'225'601));

    const std::string line =
        system.process().await_error_line("table orders: 1 duplicate ").value_or("");
    EXPECT_TRUE(line.starts_with("looks newer than what won; the last is number 899 of " + stream +
                                 ", of the item \"a\", where position 1 won."))
        << line;
    EXPECT_TRUE(contains(status(),
                         "suspicious   orders: since the start, 1 duplicate that looks newer than "
                         "what won; the last is number 899 of " +
                             stream + ", of the item \"a\", where position 1 won\n"))
        << status();
}

// A table that was restored under another name, before its records come.
TEST_F(AdoptTest, IsForetoldByTheCheckOfAConfigurationThatNamesARestoredTable) {
    const std::string config = system.config_path();
    system.append(change(eu + "/stream/2026-01-01T00:00:00.000", "900", "V1"));
    system.stop();
    EXPECT_TRUE(contains(run({"check", config}).output, "    took from " + eu + "\n"));
    EXPECT_FALSE(contains(run({"check", config}).output, "refused"));

    system.configure(
        with(orders_config, "name = \"orders\"", "name = \"orders\"\nfrom = \"orders-restored\""));

    const ProcessEnd checked = run({"check", config});
    EXPECT_EQ(checked.exit_code, 0) << checked.errors;
    EXPECT_TRUE(contains(checked.output,
                         "    records of orders-restored will be refused until you adopt their "
                         "stream: freshet adopt --table orders --stream ARN\n"))
        << checked.output;
}

TEST_F(AdoptTest, SaysWhatIsWrong) {
    const ProcessEnd unknown = adopt(us, "nothing");
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_TRUE(contains(unknown.errors, "there is no table 'nothing'")) << unknown.errors;
    EXPECT_EQ(run({"adopt", "--table", "orders"}).exit_code, 2);
}

}  // namespace
}  // namespace freshet::systems
