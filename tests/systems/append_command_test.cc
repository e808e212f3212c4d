// `freshet append`: what becomes of a file, whatever it holds and however the server takes it.

#include <gtest/gtest.h>

#include <algorithm>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/fake_server.h"
#include "tests/support/places.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::answer_text;
using support::FakeReply;
using support::FakeServer;
using support::TempFolder;

FakeReply receipt(std::uint64_t position, std::uint64_t lines, std::uint64_t duplicates = 0) {
    return {answer_text(200, R"({"position":)" + std::to_string(position) + R"(,"lines":)" +
                                 std::to_string(lines) + R"(,"appended":)" +
                                 std::to_string(lines - duplicates) + R"(,"duplicates":)" +
                                 std::to_string(duplicates) + R"(,"ignored":0})")};
}

class AppendTest : public ::testing::Test {
protected:
    std::string file(const std::string& content, const std::string& name = "records.jsonl") {
        std::ofstream(folder.file(name), std::ios::binary) << content;
        return folder.file(name);
    }

    // The file, packed.
    static std::string packed(const std::string& path) {
        EXPECT_EQ(support::run_program({"/bin/gzip", path}).exit_code, 0);
        return path + ".gz";
    }

    static ProcessEnd append(const FakeServer& server, const std::string& path,
                             std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"append", path, "--server", server.url()});
        return run(more);
    }

    static ProcessEnd shell(const std::string& line) {
        return support::run_program({"/bin/sh", "-c", line});
    }

    TempFolder folder;
};

std::string lines_of(std::uint64_t count, std::size_t length) {
    std::string text;
    for (std::uint64_t i = 0; i < count; ++i) text += std::string(length - 1, 'x') + "\n";
    return text;
}

TEST_F(AppendTest, SendsAFileAndSaysWhatBecameOfIt) {
    const FakeServer server({receipt(1042, 3, 1)});

    const ProcessEnd end = append(server, file("{}\n{}\n{}"), {"--table", "my orders"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(
        end.output.starts_with("3 records: 2 appended, 1 duplicate, 0 ignored; position 1042; "))
        << end.output;
    EXPECT_EQ(end.errors, "");
    const auto request = server.requests().at(0);
    EXPECT_EQ(request.line(), "POST /records?table=my%20orders HTTP/1.1");
    EXPECT_TRUE(request.has("\r\nContent-Type: application/x-ndjson\r\n"));
    EXPECT_TRUE(request.has("\r\nPrefer: return=minimal\r\n"));
    EXPECT_EQ(request.body, "{}\n{}\n{}\n");
}

TEST_F(AppendTest, SaysItAsJson) {
    const FakeServer server({receipt(7, 2, 1)});

    const JsonValue sum = json(append(server, file("{}\n{}\n"), {"--json"}).output);

    EXPECT_EQ(sum.without({"seconds", "records_per_s"}),
              json(R"({"records":2,"lines":2,"appended":1,"duplicates":1,"ignored":0,)"
                   R"("position":7})"));
}

TEST_F(AppendTest, HasNothingToSendOfAnEmptyFile) {
    const FakeServer server({});

    const ProcessEnd end = append(server, file(""));

    EXPECT_EQ(end.exit_code, 0);
    EXPECT_TRUE(end.output.starts_with("0 records: 0 appended")) << end.output;
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(AppendTest, SendsAFileInPiecesOfWholeLinesOverOneConnection) {
    const std::string content = lines_of(3, 1'000'000) + lines_of(1, 9'000'000) + lines_of(5, 10);
    const FakeServer server({receipt(3, 3), receipt(4, 1), receipt(9, 5)});

    const ProcessEnd end = append(server, file(content));

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].body.size(), 3'000'000U);
    EXPECT_EQ(requests[1].body.size(), 9'000'000U) << "a long line is a piece of its own";
    EXPECT_EQ(requests[0].body + requests[1].body + requests[2].body, content);
    EXPECT_EQ(requests[2].connection, 0U);
}

TEST_F(AppendTest, UnpacksAllMembersOfAGzipFile) {
    const std::string first = packed(file("{\"a\":1}\n{\"b\"", "first"));
    const std::string second = packed(file(":2}\n", "second"));
    const std::string both = folder.file("both");
    ASSERT_EQ(
        shell("cat " + first + " " + second + " >" + both + "; head -c 512 /dev/zero >>" + both)
            .exit_code,
        0);
    const FakeServer server({receipt(2, 2)});

    const ProcessEnd end = append(server, both);

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(server.requests().at(0).body, "{\"a\":1}\n{\"b\":2}\n");
}

TEST_F(AppendTest, SaysHowFarItCameWithATruncatedGzipFile) {
    std::string content;
    for (int i = 0; i < 20'000; ++i) content += R"({"line":)" + std::to_string(i * 7919) + "}\n";
    const std::string path = packed(file(content));
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    const FakeServer server({receipt(4711, 4711)});

    const ProcessEnd end = append(server, path);

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.output, "");
    EXPECT_TRUE(contains(end.errors, "ends too early")) << end.errors;
    const std::string sent = server.requests().at(0).body;
    EXPECT_TRUE(content.starts_with(sent));
    EXPECT_GT(sent.size(), content.size() / 4);
    const auto lines = std::count(sent.begin(), sent.end(), '\n');
    EXPECT_TRUE(contains(end.errors, "the first " + std::to_string(lines) + " lines"))
        << end.errors;
    EXPECT_EQ(sent.back(), '\n') << "no line is sent by half";
}

TEST_F(AppendTest, DoesNotSendWhatADamagedGzipFileUnpacksTo) {
    const std::string path = packed(file(lines_of(10, 100)));
    std::fstream damaged(path, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(-8, std::ios::end) << "no checksum" << std::flush;
    const FakeServer server({});

    const ProcessEnd end = append(server, path);

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "damaged")) << end.errors;
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(AppendTest, RefusesALineWithoutAnEnd) {
    const std::string path = folder.file("endless.gz");
    ASSERT_EQ(shell("head -c 270000000 /dev/zero | tr '\\0' x | gzip -1 >" + path).exit_code, 0);
    const FakeServer server({});

    const ProcessEnd end = append(server, path);

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "line 1 is longer than 256 MiB")) << end.errors;
}

TEST_F(AppendTest, SendsWhatComesThroughAPipeAtOnce) {
    const std::string pipe = folder.file("pipe");
    ASSERT_EQ(shell("mkfifo " + pipe).exit_code, 0);
    const FakeServer server({receipt(1, 1), receipt(2, 1)});
    support::ChildProcess child(
        {"/bin/sh", "-c",
         support::freshet_program() + " append - --server " + server.url() + " <" + pipe});
    std::ofstream writer(pipe);

    writer << "first\nhal" << std::flush;
    server.await_requests(1);
    writer << "f\n" << std::flush;
    server.await_requests(2);
    writer.close();

    EXPECT_EQ(child.wait().exit_code, 0);
    EXPECT_EQ(server.requests().at(0).body, "first\n");
    EXPECT_EQ(server.requests().at(1).body, "half\n");
}

TEST_F(AppendTest, NamesTheLinesOfTheFileThatAreWrong) {
    const std::string path = file(lines_of(5, 1'000'000));
    const std::string problem =
        R"({"status":422,"detail":"2 faults in the records","line":2,"position":5,"lines":1,)"
        R"("appended":1,"duplicates":0,"ignored":0,"errors":[)"
        R"({"line":2,"pointer":"/dynamodb/Keys","detail":"is missing"},)"
        R"({"line":3,"pointer":"","detail":"is no JSON"}]})";
    const FakeServer server({receipt(4, 4), {answer_text(422, problem)}});

    const ProcessEnd end = append(server, path);

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.output, "");
    EXPECT_TRUE(contains(end.errors, path + ":6: /dynamodb/Keys: is missing\n")) << end.errors;
    EXPECT_TRUE(contains(end.errors, path + ":7: is no JSON\n")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "the first 5 lines")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "5 appended, 0 duplicates, 0 ignored")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "again is safe")) << end.errors;
}

TEST_F(AppendTest, SaysWhyTheServerRefuses) {
    const FakeServer server({{answer_text(401, R"({"status":401,"detail":"no token"})")}});

    const ProcessEnd end = append(server, file("{}\n"));

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "401: no token; put a valid token into FRESHET_TOKEN"))
        << end.errors;
}

TEST_F(AppendTest, SendsThePieceAgainUntilTheServerTakesIt) {
    const std::string busy = R"({"status":503,"detail":"the queue is full"})";
    const FakeServer server({{answer_text(503, busy, "Retry-After: 0\r\n")},
                             {answer_text(429, "")},
                             {answer_text(507, "")},
                             receipt(2, 2)});

    const ProcessEnd end = append(server, file("a\nb\n"));

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(end.output.starts_with("2 records: 2 appended")) << end.output;
    EXPECT_EQ(end.errors, "freshet append: 503: the queue is full; trying again\n");
    for (const auto& request : server.requests()) EXPECT_EQ(request.body, "a\nb\n");
}

TEST_F(AppendTest, SendsOnlyWhatDoesNotStandYet) {
    const std::string busy =
        R"({"status":503,"detail":"full","lines":2,"appended":1,"duplicates":1,"ignored":0})";
    const FakeServer server({{answer_text(503, busy)}, receipt(3, 1)});

    const ProcessEnd end = append(server, file("a\nb\nc\n"));

    EXPECT_TRUE(end.output.starts_with("3 records: 2 appended, 1 duplicate")) << end.output;
    EXPECT_EQ(server.requests().at(1).body, "c\n");
}

TEST_F(AppendTest, SendsThePieceAgainWhenTheConnectionIsCut) {
    const FakeServer server({{answer_text(200, R"({"position":2,)").substr(0, 30), true},
                             {"", true},
                             receipt(2, 2, 2)});

    const ProcessEnd end = append(server, file("a\nb\n"));

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(end.output.starts_with("2 records: 0 appended, 2 duplicates")) << end.output;
    EXPECT_EQ(server.requests().at(2).body, "a\nb\n");
}

TEST_F(AppendTest, GivesUpWhenNothingGoesOn) {
    const std::string busy = R"({"detail":"the disk is full"})";
    const FakeServer server({{answer_text(507, busy, "Retry-After: 30\r\n")}});

    const ProcessEnd end = append(server, file("a\n"), {"--timeout", "5"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "no progress within 5 s")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "the disk is full")) << end.errors;
}

TEST_F(AppendTest, SaysThatNoServerIsThere) {
    std::string url;
    {
        const FakeServer server({});
        url = server.url();
    }

    const ProcessEnd end = run({"append", file("a\n"), "--server", url, "--timeout", "1"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "cannot reach " + url)) << end.errors;
    EXPECT_TRUE(contains(end.errors, "freshet serve --config FILE")) << end.errors;
}

TEST_F(AppendTest, SaysThatThereIsNoSuchFile) {
    const FakeServer server({});

    const ProcessEnd end = append(server, folder.file("nothing"));

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, folder.file("nothing") + " cannot be opened")) << end.errors;
    EXPECT_EQ(append(server, folder.path()).exit_code, 1);
}

TEST_F(AppendTest, TakesTheTokenFromTheEnvironmentAndShowsItToNobody) {
    const FakeServer server({{answer_text(403, R"({"detail":"not you"})")}});
    const std::string command =
        support::freshet_program() + " append " + file("a\n") + " --server " + server.url();

    const ProcessEnd end = shell("FRESHET_TOKEN=s3cret " + command);

    EXPECT_TRUE(server.requests().at(0).has("\r\nAuthorization: Bearer s3cret\r\n"));
    EXPECT_FALSE(contains(end.errors + end.output, "s3cret"));
    EXPECT_EQ(shell("FRESHET_TOKEN='two words' " + command).exit_code, 2);
}

TEST(AppendToAServerTest, AppendsEachRecordOnceHoweverOftenItIsRun) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    const std::string url = "http://127.0.0.1:" + std::to_string(system.process().port());
    TempFolder folder;
    const std::string path = folder.file("records.jsonl");
    std::string content;
    for (int i = 0; i < 20'000; ++i) {
        content += inserted("order-" + std::to_string(i), 1, attribute("status", "NEW")).text();
        content += '\n';
    }
    std::ofstream(path, std::ios::binary) << content;

    const ProcessEnd first = run({"append", path, "--server", url});
    const ProcessEnd second = run({"append", path, "--server", url});

    EXPECT_EQ(first.exit_code, 0) << first.errors;
    EXPECT_TRUE(first.output.starts_with("20000 records: 20000 appended, 0 duplicates, 0 ignored"))
        << first.output;
    EXPECT_TRUE(contains(first.output, "position " + std::to_string(system.position()) + ";"));
    EXPECT_TRUE(second.output.starts_with("20000 records: 0 appended, 20000 duplicates"))
        << second.output;
    EXPECT_EQ(system.read("/views/order/order-19999")["status"].text(), "NEW");
}

TEST(AppendToAServerTest, NamesTheWrongLineOfTheFileAndSaysHowManyStand) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    TempFolder folder;
    const std::string path = folder.file("records.jsonl");
    std::ofstream file(path, std::ios::binary);
    for (int i = 1; i <= 12'345; ++i) {
        file << inserted("order-" + std::to_string(i), 1).text() << "\n";
    }
    file << "{\"eventName\":\n" << inserted("last", 1).text() << "\n" << std::flush;

    const ProcessEnd end = run({"append", path, "--server",
                                "http://127.0.0.1:" + std::to_string(system.process().port())});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, path + ":12346: ")) << end.errors;
    const std::string standing = std::to_string(system.position());
    EXPECT_TRUE(contains(end.errors, "the first " + standing + " lines")) << end.errors;
    EXPECT_EQ(system.get("/views/order/last").status, 404);
}

}  // namespace
}  // namespace freshet::systems
