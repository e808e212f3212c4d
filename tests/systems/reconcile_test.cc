// `freshet import --reconcile`, as an operator lives through it: a forwarder stood still for days,
// and an export that was made since says what the table has.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/systems/export_files.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

const std::string table_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";

class ReconcileTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(system.start()); }

    ProcessEnd import(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"import", "--table", "orders", "--server", url()});
        return run(arguments);
    }
    std::string url() { return "http://127.0.0.1:" + std::to_string(system.process().port()); }

    // A record of the stream, of that time in seconds since 1970.
    void told(const std::string& id, std::uint64_t number, const std::string& status,
              std::uint64_t time) {
        RecordText record = modified(id, number, attribute("status", status));
        record.more = R"("ApproximateCreationDateTime":)" + std::to_string(time);
        system.append(event_of(record.text()));
    }
    // An export of 2026-11-20T11:39:28Z: 1795174768.
    void export_items(const std::vector<std::pair<std::string, std::string>>& items) {
        std::string lines;
        for (const auto& [id, status] : items) {
            lines += export_line(attribute("pk", id) + "," + attribute("status", status)) + "\n";
        }
        exported.add("a.json.gz", lines);
        exported.say_in_summary(R"("outputFormat":"DYNAMODB_JSON","exportType":"FULL_EXPORT",)"
                                R"("exportTime":"2026-11-20T11:39:28.123Z","tableArn":")" +
                                table_arn + "\"");
        exported.finish();
    }
    std::string status_of(const std::string& id) {
        const HttpAnswer answer = system.get("/views/order/" + id);
        if (answer.status != 200) return std::to_string(answer.status);
        return support::JsonValue::parse(answer.body).value_or(JsonValue())["status"].text();
    }
    std::string file(const std::string& content) {
        std::ofstream(folder.file("items"), std::ios::binary) << content;
        return folder.file("items");
    }

    support::TempFolder folder;
    ExportFiles exported{folder.file("AWSDynamoDB/0170-0a1b")};
    System system{orders_config};
};

TEST_F(ReconcileTest, MakesATableEvenWithAnExportAfterItsStreamHasLostRecords) {
    told("changed", 1, "OPEN", 1795000000);
    told("gone", 2, "OPEN", 1795000000);
    told("later", 3, "NEWER", 1795174769);
    export_items({{"changed", "DONE"}, {"later", "OPEN"}, {"missed", "OPEN"}});

    const ProcessEnd dry = import({"--reconcile", "--dry-run", exported.folder()});
    EXPECT_EQ(dry.exit_code, 0) << dry.errors;
    EXPECT_EQ(dry.output,
              "3 items in the export of 2026-11-20T11:39:28Z, 3 in the table\n"
              "         1 added: only the export has them\n"
              "             \"missed\"\n"
              "         1 replaced: the export has another image\n"
              "             \"changed\"\n"
              "         1 removed: the export does not have them\n"
              "             \"gone\"\n"
              "         0 unchanged: even already\n"
              "         1 newer: the stream told of them after the export: left as they are\n"
              "             \"later\"\n"
              "         0 undated: they differ, and their records have no time: left as they are\n"
              "nothing was written (--dry-run); 1 of 3 items would be removed, and at most 0 may "
              "be: if the export is whole and of this table, allow as many (--removals)\n");
    EXPECT_EQ(system.position(), 3U);

    const ProcessEnd refused = import({"--reconcile", exported.folder()});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_TRUE(contains(refused.errors, "(--removals); nothing was written")) << refused.errors;
    EXPECT_EQ(status_of("gone"), "OPEN");

    const ProcessEnd done = import({"--reconcile", "--removals", "1", exported.folder()});
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    EXPECT_EQ(status_of("changed"), "DONE");
    EXPECT_EQ(status_of("gone"), "404");
    EXPECT_EQ(status_of("later"), "NEWER");
    EXPECT_EQ(status_of("missed"), "OPEN");
    EXPECT_TRUE(contains(run({"status", "--server", url()}).output,
                         "; even with the export of 2026-11-20T11:39:28Z"));

    system.kill();
    system.delete_state();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(status_of("gone"), "404");
    EXPECT_EQ(status_of("changed"), "DONE");
    const ProcessEnd again = import({"--reconcile", "--json", exported.folder()});
    EXPECT_EQ(again.exit_code, 0) << again.errors;
    EXPECT_TRUE(contains(again.output, R"("unchanged":2,"added":0,"replaced":0,"removed":0)"))
        << again.output;
}

TEST_F(ReconcileTest, TakesAScanThatSaysWhenItBeganAndThatItIsComplete) {
    told("a", 1, "OPEN", 1795000000);
    const std::string scan =
        file(export_line(attribute("pk", "a") + "," + attribute("status", "DONE")) + "\n");

    for (const std::vector<std::string>& half :
         {std::vector<std::string>{"--reconcile", scan},
          {"--reconcile", "--complete", scan},
          {"--reconcile", "--as-of", "2026-11-20T11:39:28Z", scan}}) {
        const ProcessEnd refused = import(half);
        EXPECT_EQ(refused.exit_code, 2);
        EXPECT_TRUE(contains(refused.errors, "--as-of TIME, the moment before the scan began"))
            << refused.errors;
    }
    EXPECT_EQ(import({"--as-of", "2026-11-20T11:39:28Z", scan}).exit_code, 2);
    EXPECT_EQ(import({"--dry-run", scan}).exit_code, 2);
    const ProcessEnd soon = import({"--reconcile", "--complete", "--as-of", "soon", scan});
    EXPECT_EQ(soon.exit_code, 1);
    EXPECT_TRUE(contains(soon.errors, "2026-11-20T11:39:28Z")) << soon.errors;
    EXPECT_EQ(status_of("a"), "OPEN");

    const ProcessEnd done =
        import({"--reconcile", "--complete", "--as-of", "2026-11-20T11:39:28Z", scan});
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    EXPECT_EQ(status_of("a"), "DONE");
}

TEST_F(ReconcileTest, WritesNothingOfAnExportThatDoesNotComeWhole) {
    told("a", 1, "OPEN", 1795000000);
    export_items({{"a", "DONE"}});
    exported.say_more_items("a.json.gz", 1);
    exported.finish();
    EXPECT_EQ(import({"--reconcile", exported.folder()}).exit_code, 1);
    const ProcessEnd wrong = import({"--reconcile", "--complete", "--as-of", "2026-11-20T11:39:28Z",
                                     file("{\"Item\":{\"pk\":7}}\n")});

    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_TRUE(contains(wrong.errors, "items:1: /Item/pk")) << wrong.errors;
    EXPECT_EQ(status_of("a"), "OPEN");
    EXPECT_EQ(system.position(), 1U);
    EXPECT_FALSE(contains(system.get("/status").body, R"("reconciliation":)"))
        << "what was begun was ended";
}

TEST_F(ReconcileTest, RefusesAnExportOfAnotherTable) {
    told("a", 1, "OPEN", 1795000000);
    export_items({{"a", "DONE"}});
    exported.say_in_summary(R"("exportTime":"2026-11-20T11:39:28.123Z","tableArn":)"
                            R"("arn:aws:dynamodb:eu-west-1:123456789012:table/other")");
    exported.finish();

    const ProcessEnd end = import({"--reconcile", exported.folder()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "table/other, but table orders takes from " + table_arn))
        << end.errors;
}

TEST_F(ReconcileTest, SaysWhatIsMissingFromAManifestWithoutATime) {
    exported.add("a.json.gz", export_line(attribute("pk", "a")) + "\n");
    exported.finish();

    const ProcessEnd end = import({"--reconcile", exported.folder()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "has no exportTime")) << end.errors;
    EXPECT_EQ(
        import({"--reconcile", "--as-of", "2026-11-20T11:39:28Z", exported.folder()}).exit_code, 2);
}

}  // namespace
}  // namespace freshet::systems
