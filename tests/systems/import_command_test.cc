// `freshet import`: which files it sends of an export, and which it does not.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_server.h"
#include "tests/support/places.h"
#include "tests/systems/export_files.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

namespace fs = std::filesystem;
using support::answer_text;
using support::FakeReply;
using support::FakeServer;
using support::TempFolder;

FakeReply receipt(std::uint64_t lines, std::uint64_t duplicates = 0) {
    return {answer_text(200, R"({"position":7,"lines":)" + std::to_string(lines) +
                                 R"(,"appended":)" + std::to_string(lines - duplicates) +
                                 R"(,"duplicates":)" + std::to_string(duplicates) +
                                 R"(,"ignored":0})")};
}

std::string item(const std::string& key) {
    return export_line(attribute("pk", key)) + "\n";
}

class ImportTest : public ::testing::Test {
protected:
    static ProcessEnd import(const FakeServer& server, std::vector<std::string> paths) {
        paths.insert(paths.begin(), {"import", "--table", "orders", "--server", server.url()});
        return run(paths);
    }
    // Of the export, which is written first.
    ProcessEnd import_export(const FakeServer& server) {
        exported.finish();
        return import(server, {exported.folder()});
    }

    // Expects that nothing of the export is sent, and returns what is said.
    std::string refusal_of_export() {
        const FakeServer server({});
        const ProcessEnd end = import_export(server);
        EXPECT_EQ(end.exit_code, 1);
        EXPECT_EQ(end.output, "");
        EXPECT_EQ(server.requests().size(), 0U);
        return end.errors;
    }

    std::string file(const std::string& content) {
        std::ofstream(folder.file("items"), std::ios::binary) << content;
        return folder.file("items");
    }

    TempFolder folder;
    ExportFiles exported{folder.file("AWSDynamoDB/0170-0a1b")};
};

TEST_F(ImportTest, SendsTheDataFilesOfAnExportAndSaysWhatBecameOfThem) {
    exported.add("a.json.gz", item("1") + item("2"));
    exported.add("b.json.gz", "");
    exported.add("c.json.gz", item("3"));
    const FakeServer server({receipt(2, 1), receipt(1)});

    const ProcessEnd end = import_export(server);

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(end.errors, "");
    EXPECT_TRUE(end.output.starts_with("3 items: 2 appended, 1 duplicate, 0 ignored; position 7; "))
        << end.output;
    ASSERT_EQ(server.requests().size(), 2U);
    EXPECT_EQ(server.requests()[0].line(), "POST /records?table=orders HTTP/1.1");
    EXPECT_TRUE(server.requests()[0].has("\r\nContent-Type: application/x-ndjson\r\n"));
    EXPECT_EQ(server.requests()[0].body, item("1") + item("2"));
    EXPECT_EQ(server.requests()[1].body, item("3"));
}

TEST_F(ImportTest, SendsFilesThatAreNamedOneByOneAndStandardInput) {
    exported.add("a.json.gz", item("1"));
    const std::string plain = file(item("2"));
    const FakeServer server({receipt(1), receipt(1), receipt(1)});

    const ProcessEnd end = support::run_program(
        {"/bin/sh", "-c",
         "echo '" + export_line(attribute("pk", "3")) + "' | " + support::freshet_program() +
             " import --json --table orders --server " + server.url() + " " +
             exported.path("a.json.gz") + " " + plain + " -"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(json(end.output).without({"seconds", "items_per_s"}),
              json(R"({"items":3,"lines":3,"appended":3,"duplicates":0,"ignored":0,)"
                   R"("position":7})"));
    std::string sent;
    for (const auto& request : server.requests()) sent += request.body;
    EXPECT_EQ(sent, item("1") + item("2") + item("3"));
}

TEST_F(ImportTest, TakesADataFileThatWasUnpacked) {
    exported.add("a.json.gz", item("1"));
    ASSERT_EQ(support::run_program({"/bin/gunzip", exported.path("a.json.gz")}).exit_code, 0);
    const FakeServer server({receipt(1)});

    const ProcessEnd end = import_export(server);

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(server.requests().at(0).body, item("1"));
}

TEST_F(ImportTest, ComparesTheMd5OfFilesOfAnySize) {
    std::vector<FakeReply> receipts;
    for (std::size_t size = 3; size < 200; ++size) {
        exported.add("of-" + std::to_string(size), "{" + std::string(size - 3, ' ') + "}\n");
        receipts.push_back(receipt(1));
    }
    exported.add("large", "{" + std::string(1'000'000, ' ') + "}\n");
    receipts.push_back(receipt(1));
    const FakeServer server(receipts);

    const ProcessEnd end = import_export(server);

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(server.requests().size(), receipts.size());
}

TEST_F(ImportTest, SendsNothingOfADataFileThatIsNotTheOneThatWasExported) {
    exported.add("a.json", item("1"));
    exported.add("b.json", item("2") + item("3"));
    exported.finish();
    std::fstream(exported.path("b.json"), std::ios::in | std::ios::out) << item("4");
    const FakeServer server({receipt(1)});

    const ProcessEnd end = import(server, {exported.folder()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.output, "");
    EXPECT_TRUE(contains(end.errors, "data/b.json: its MD5 is ")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "aws s3 cp --recursive")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "of all files together: 1 appended")) << end.errors;
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(ImportTest, SaysWhichFileDoesNotHoldTheItemsOfTheManifest) {
    exported.add("a.json.gz", item("1") + item("2"));
    exported.say_more_items("a.json.gz", 1);
    const FakeServer server({receipt(2)});

    const ProcessEnd end = import_export(server);

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.output, "");
    EXPECT_TRUE(contains(end.errors, "a.json.gz: it holds 2 items, and manifest-files.json says 3"))
        << end.errors;
}

TEST_F(ImportTest, SendsNothingOfAnExportThatIsNotWhole) {
    exported.add("a.json.gz", item("1"));
    exported.add("b.json.gz", item("2"));
    fs::remove(exported.path("b.json.gz"));
    EXPECT_TRUE(contains(refusal_of_export(), "data/b.json.gz: is missing"));

    ExportFiles other(folder.file("other"));
    other.add("a.json.gz", item("1"));
    other.finish();
    std::ofstream(other.folder() + "/manifest-summary.json") << R"({"itemCount":3})";
    const FakeServer server({});
    const ProcessEnd end = import(server, {other.folder()});
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors,
                         "names files of 1 item, and manifest-summary.json says "
                         "that there are 3"))
        << end.errors;
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(ImportTest, RefusesAnExportInAnotherFormatOrOfChangesOnly) {
    exported.add("a.ion.gz", "$ion_1_0 {Item:{pk:\"a\"}}\n");
    exported.say_in_summary(R"("outputFormat":"ION")");
    const std::string ion = refusal_of_export();
    EXPECT_TRUE(contains(ion, "in the format ION, expected DYNAMODB_JSON")) << ion;

    exported.say_in_summary(R"("exportType":"INCREMENTAL_EXPORT")");
    const std::string incremental = refusal_of_export();
    EXPECT_TRUE(contains(incremental, "INCREMENTAL_EXPORT")) << incremental;
    EXPECT_TRUE(contains(incremental, "expected FULL_EXPORT")) << incremental;
}

TEST_F(ImportTest, RefusesAFolderThatHoldsNoManifest) {
    const FakeServer server({});

    const ProcessEnd end = import(server, {exported.folder()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "holds no manifest-files.json")) << end.errors;
}

TEST_F(ImportTest, NamesALineOfTheManifestThatIsNone) {
    for (const char* line : {"{\"itemCount\":1}", "{\"dataFileS3Key\":\"a\"}", "data/a.json.gz"}) {
        std::ofstream(exported.folder() + "/manifest-files.json") << "\n" << line << "\n";
        const FakeServer server({});

        const ProcessEnd end = import(server, {exported.folder()});

        EXPECT_EQ(end.exit_code, 1) << line;
        EXPECT_TRUE(contains(end.errors, "manifest-files.json: line 2")) << end.errors;
    }
}

TEST_F(ImportTest, SaysWhatIsNoExport) {
    const std::vector<std::pair<std::string, std::string>> contents = {
        {"$ion_1_0 {Item:{pk:\"a\"}}\n", "found Amazon Ion"},
        {"pk,status\n1,OPEN\n", "found \"pk,status\""},
        {"{\n  \"Items\": []\n}\n", "found \"{\", which is no whole JSON text"},
        {R"({"Items":[{"pk":{"S":"a"}}],"Count":1})", "jq -c '.Items[] | {Item: .}'"},
        {inserted("a", 1).text(), "freshet append takes"},
        {event_of(inserted("a", 1).text()), "freshet append takes"},
        {std::string(300, '\xff'), "which is no whole JSON text"},
    };
    for (const auto& [content, said] : contents) {
        const FakeServer server({});

        const ProcessEnd end = import(server, {file(content)});

        EXPECT_EQ(end.exit_code, 1) << content;
        EXPECT_TRUE(contains(end.errors, folder.file("items") + ":1: found ")) << end.errors;
        EXPECT_TRUE(contains(end.errors, said)) << end.errors;
        EXPECT_TRUE(contains(end.errors, R"(expected {"Item":{…}} on each line)")) << end.errors;
        EXPECT_EQ(server.requests().size(), 0U) << content;
    }
}

TEST_F(ImportTest, NamesTheFileAndTheLineThatTheServerRefuses) {
    exported.add("a.json.gz", item("1") + item("2"));
    exported.add("b.json.gz", item("3") + item("4"));
    const std::string problem =
        R"({"status":422,"detail":"1 fault","line":2,"position":3,"lines":1,"appended":1,)"
        R"("duplicates":0,"ignored":0,"errors":[)"
        R"({"line":2,"pointer":"/Item","detail":"found no attribute pk"}]})";
    const FakeServer server({receipt(2), {answer_text(422, problem)}});

    const ProcessEnd end = import_export(server);

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "data/b.json.gz:2: /Item: found no attribute pk\n"))
        << end.errors;
    EXPECT_TRUE(contains(end.errors, "the first line of " + exported.path("b.json.gz") + " stands"))
        << end.errors;
    EXPECT_TRUE(contains(end.errors, "of all files together: 3 appended")) << end.errors;
}

TEST_F(ImportTest, SendsNothingIfOneOfTheFilesIsNotThere) {
    const FakeServer server({});

    const ProcessEnd end = import(server, {folder.file("nothing"), file(item("1"))});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, folder.file("nothing") + " cannot be opened")) << end.errors;
    EXPECT_EQ(server.requests().size(), 0U);
}

}  // namespace
}  // namespace freshet::systems
