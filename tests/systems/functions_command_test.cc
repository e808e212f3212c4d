// Functions that are processes of the server: what becomes of one that dies, hangs or says what it
// was not asked, what it can see, and when it is ended.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/systems/functions_shop.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

namespace fs = std::filesystem;

// A shell that answers every line, and notes it in the file `taken`.
const std::string well = R"(while read -r line; do echo "$line" >> taken; echo null >&3; done)";

// Whether there is a process of that number that runs: one that has ended may still have to be
// waited for by somebody else.
bool runs(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t state = stat.rfind(") ");
    return state != std::string::npos && stat[state + 2] != 'Z' && stat[state + 2] != 'X';
}

class FunctionCommands : public ::testing::Test {
protected:
    // A server in whose folder the script is run as function `all`, with these lines more.
    void serve(const std::string& script, const std::string& more = {}) {
        serve_command(R"(["/bin/sh", "script"])", script, more);
    }
    void serve_command(const std::string& command, const std::string& script,
                       const std::string& more = {}) {
        system.emplace(support::server_section + "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n" +
                       "[[function]]\nname = \"all\"\ntable = \"orders\"\nbatch_size = 1\n" +
                       "command = " + command + "\n" + more + "\n");
        std::ofstream(file("script")) << script << "\n";
        ASSERT_TRUE(system->start());
    }
    void post(std::uint64_t first, std::uint64_t count = 1) {
        system->append(event_of(new_orders(first, count)));
    }

    [[nodiscard]] std::string file(const std::string& name) const {
        return fs::path(system->config_path()).parent_path() / name;
    }
    [[nodiscard]] std::vector<std::string> lines(const std::string& name) const {
        std::vector<std::string> all;
        std::ifstream stream(file(name));
        for (std::string line; std::getline(stream, line);) all.push_back(line);
        return all;
    }
    // The sequence numbers of what was taken.
    [[nodiscard]] std::vector<std::string> taken() const {
        std::vector<std::string> sequences;
        for (const std::string& line : lines("taken")) {
            const auto event = JsonValue::parse(line);
            if (!event) continue;  // it is being written
            for (const JsonValue& record : (*event)["Records"].elements()) {
                sequences.push_back(record["dynamodb"]["SequenceNumber"].text());
            }
        }
        return sequences;
    }
    void await_taken(const std::vector<std::string>& sequences) {
        EXPECT_TRUE(comes_true([&] { return told("taken") == std::to_string(sequences.size()); }))
            << system->get("/functions/all").body;
        EXPECT_EQ(taken(), sequences);
    }
    std::string told(const std::string& member) {
        return system->read("/functions/all")[member].text();
    }
    // What the log has of it, each line once, after many calls that it did not answer.
    std::set<std::string> printed_by_many() {
        post(1, 30);
        EXPECT_TRUE(comes_true([&] { return std::stoi(told("failed_calls")) >= 10; }));
        system->begin_to_stop();
        const ProcessEnd end = system->process().wait();
        std::set<std::string> all;
        const std::string mark = "function all: ";
        for (std::size_t at = 0; (at = end.errors.find(mark, at)) != std::string::npos;) {
            at += mark.size();
            all.insert(end.errors.substr(at, end.errors.find('\n', at) - at));
        }
        return all;
    }
    // The first line of a file, once it is there.
    std::string await_line(const std::string& name) {
        EXPECT_TRUE(comes_true([&] { return !lines(name).empty(); })) << name;
        const auto all = lines(name);
        return all.empty() ? "" : all.front();
    }

    std::optional<System> system;
};

TEST_F(FunctionCommands, TakeOneLineForEachCall) {
    serve("echo $$ >> pids\n" + well);

    post(1);
    post(2, 3);

    await_taken(sequences_from(1, 4));
    EXPECT_EQ(lines("pids").size(), 1U) << "one process takes one call after the other";
    EXPECT_EQ(told("calls"), "4");
    EXPECT_EQ(told("failed_calls"), "0");
}

TEST_F(FunctionCommands, OneThatDiesIsStartedAgainAndThatWasAnAttempt) {
    serve("echo $$ >> pids\nif [ $(wc -l < pids) -le 2 ]; then read -r line; exit 3; fi\n" + well,
          "maximum_retry_attempts = 2");

    post(1, 2);

    await_taken(sequences_from(1, 2));
    EXPECT_EQ(lines("pids").size(), 3U);
    EXPECT_EQ(told("failed_calls"), "2");
    EXPECT_EQ(told("throttled_calls"), "0");
}

TEST_F(FunctionCommands, OneThatDiesEachTimeParksWhatItWasGiven) {
    serve("read -r line\nexit 3", "maximum_retry_attempts = 1");

    post(1);

    JsonValue parked;
    EXPECT_TRUE(comes_true([&] {
        parked = system->read("/functions/all/parked")["parked"][0];
        return parked.exists();
    }));
    EXPECT_EQ(parked["attempts"].text(), "2");
    EXPECT_TRUE(contains(parked["error"].text(), "ended without an answer")) << parked;
}

TEST_F(FunctionCommands, OneThatThrowsFails) {
    serve(R"(read -r line; echo '{"errorType":"E","errorMessage":"no \"oven\""}' >&3)"
          "\n" +
          well);

    post(1);

    await_taken(sequences_from(1, 1));
    EXPECT_EQ(told("failed_calls"), "1");
}

TEST_F(FunctionCommands, OneThatHangsIsKilledWithAllThatItHasStarted) {
    serve(
        "if [ ! -e hung ]; then\n sleep 1000 &\n echo $! > grandchild\n echo $$ > child\n"
        " touch hung\n read -r line\n sleep 1000\nfi\n" +
            well,
        "timeout_s = 1");

    post(1);

    const std::string grandchild = await_line("grandchild");
    const std::string child = await_line("child");
    EXPECT_TRUE(runs(grandchild));
    await_taken(sequences_from(1, 1));
    EXPECT_TRUE(comes_true([&] { return !runs(child) && !runs(grandchild); }));
    EXPECT_EQ(told("failed_calls"), "1");
}

// Whatever it prints is for the log, and no answer.
TEST_F(FunctionCommands, WhatItPrintsIsNoAnswer) {
    serve(R"(while read -r line; do echo "$line" >> taken
echo '{"errorType":"printed"}'; echo 'a complaint' >&2; echo null >&3; done)");

    post(1, 2);

    await_taken(sequences_from(1, 2));
    EXPECT_EQ(told("failed_calls"), "0");
    const auto printed = system->process().await_error_line("function all: ");
    EXPECT_EQ(printed, R"({"errorType":"printed"})");
    EXPECT_TRUE(system->process().await_error_line("function all: a complaint"));
}

// 16 MB, and a line of one megabyte.
TEST_F(FunctionCommands, HoweverMuchItPrintsItIsNotHeldUp) {
    serve(R"(while read -r line; do echo "$line" >> taken
head -c 1000000 /dev/zero | tr '\0' x; echo; yes 'too much' | head -c 16000000; echo null >&3; done)");

    post(1, 2);

    await_taken(sequences_from(1, 2));
    EXPECT_EQ(told("failed_calls"), "0");
    system->stop();
}

TEST_F(FunctionCommands, OneThatAnswersWhatIsNoJsonFails) {
    serve("if [ ! -e once ]; then touch once; read -r line; echo done >&3; fi\n" + well);

    post(1);

    await_taken(sequences_from(1, 1));
    EXPECT_EQ(told("failed_calls"), "1");
}

// What it says unasked would be taken for the answer to the next call.
TEST_F(FunctionCommands, OneThatAnswersUnaskedIsStartedAgain) {
    serve(R"(echo $$ >> pids
while read -r line; do echo "$line" >> taken; echo null >&3; echo '{"errorType":"late"}' >&3; done)");

    for (std::uint64_t i = 1; i <= 3; ++i) {
        post(i);
        await_taken(sequences_from(1, i));
    }

    EXPECT_EQ(lines("pids").size(), 3U);
    EXPECT_EQ(told("failed_calls"), "0");
}

TEST_F(FunctionCommands, OneThatAnswersWithoutEndIsEnded) {
    serve(
        "if [ ! -e once ]; then touch once; read -r line\n"
        "yes x | tr -d '\\n' >&3; fi\n" +
        well);

    post(1);

    await_taken(sequences_from(1, 1));
    EXPECT_EQ(told("failed_calls"), "1");
}

// Nobody got the call.
TEST_F(FunctionCommands, OneThatIsNotThereIsWaitedFor) {
    serve_command(R"(["./to-be-installed"])", well, "maximum_retry_attempts = 0");

    post(1);
    ASSERT_TRUE(comes_true([&] { return std::stoi(told("failures_in_a_row")) >= 2; }));
    EXPECT_TRUE(contains(told("error"), "cannot start ./to-be-installed: No such file"))
        << told("error");
    EXPECT_EQ(told("parked"), "0");

    const std::string program = file("to-be-installed");
    std::ofstream(file("new")) << "#!/bin/sh\n" << well << "\n";
    fs::permissions(file("new"), fs::perms::owner_all);
    fs::rename(file("new"), program);
    await_taken(sequences_from(1, 1));
}

TEST_F(FunctionCommands, SeeOnlyWhatTheyAreGiven) {
    ::setenv("FUNCTIONS_TEST_NAMED", "a value = with signs", 1);
    ::setenv("FUNCTIONS_TEST_SECRET", "not for functions", 1);
    serve(
        "tr '\\0' '\\n' < /proc/$$/environ > environment\npwd > folder\n"
        "ps -o pgid= -p $$ > group\necho $$ > pid\n" +
            well,
        "environment = [\"FUNCTIONS_TEST_NAMED\", \"FUNCTIONS_TEST_NOT_SET\"]");
    ::unsetenv("FUNCTIONS_TEST_NAMED");
    ::unsetenv("FUNCTIONS_TEST_SECRET");

    post(1);

    await_taken(sequences_from(1, 1));
    auto environment = lines("environment");
    std::sort(environment.begin(), environment.end());
    ASSERT_EQ(environment.size(), 3U) << ::testing::PrintToString(environment);
    EXPECT_EQ(environment[0], "FRESHET_FUNCTION=all");
    EXPECT_EQ(environment[1], "FUNCTIONS_TEST_NAMED=a value = with signs");
    EXPECT_TRUE(environment[2].starts_with("PATH=")) << environment[2];
    EXPECT_EQ(lines("folder").at(0), fs::canonical(file(".")).string());
    EXPECT_EQ(std::stol(lines("group").at(0)), std::stol(lines("pid").at(0)));
}

// It lists its own descriptors: the four that it was given, and the folder that it reads.
TEST_F(FunctionCommands, InheritNoDescriptorOfTheServer) {
    serve_command(R"(["/bin/ls", "/proc/self/fd"])", "", "parallelization_factor = 10");

    EXPECT_EQ(printed_by_many(), (std::set<std::string>{"0", "1", "2", "3", "4"}));
}

// Of signals 1 to 31; the system's library keeps the two after them for itself.
TEST_F(FunctionCommands, BeginWithNoSignalHeldOrIgnored) {
    serve_command(R"(["/bin/grep", "-E", "SigBlk|SigIgn", "/proc/self/status"])", "",
                  "parallelization_factor = 10");

    const auto all = printed_by_many();
    EXPECT_GE(all.size(), 2U);
    for (const std::string& line : all) {
        ASSERT_GE(line.size(), 16U);
        const std::string mask = line.substr(line.size() - 16);
        EXPECT_EQ(std::stoull(mask, nullptr, 16) & 0x7fff'ffffU, 0U) << line;
    }
}

TEST_F(FunctionCommands, AreEndedWithTheServer) {
    serve("sleep 1000 &\necho $! > grandchild\necho $$ > child\n" + well);
    post(1);
    await_taken(sequences_from(1, 1));
    const std::string child = await_line("child");
    const std::string grandchild = await_line("grandchild");
    EXPECT_TRUE(runs(child));
    EXPECT_TRUE(runs(grandchild));

    system->stop();

    EXPECT_TRUE(comes_true([&] { return !runs(child) && !runs(grandchild); }));
}

TEST_F(FunctionCommands, OneThatHangsIsEndedWithTheServer) {
    serve("echo $$ > child\nread -r line\nsleep 1000\n");
    post(1);
    const std::string child = await_line("child");
    ASSERT_TRUE(comes_true([&] { return told("under_way") == "1"; }));

    system->stop();

    EXPECT_TRUE(comes_true([&] { return !runs(child); }));
}

// Its stdin ends, by which it knows.
TEST_F(FunctionCommands, OneThatReadsEndsWhenTheServerIsKilled) {
    serve("echo $$ > child\n" + well);
    post(1);
    await_taken(sequences_from(1, 1));
    const std::string child = await_line("child");

    system->kill();

    EXPECT_TRUE(comes_true([&] { return !runs(child); }));
    ASSERT_TRUE(system->start());
    post(2);
    EXPECT_TRUE(comes_true([&] { return taken().back() == "2"; }));
}

TEST_F(FunctionCommands, HaveOneProcessForEachLane) {
    serve(
        "echo $$ >> pids\nwhile read -r line; do echo \"$line\" >> taken; sleep 0.05\n"
        "echo null >&3; done",
        "parallelization_factor = 4");

    post(1, 40);

    EXPECT_TRUE(comes_true([&] { return told("taken") == "40"; }));
    EXPECT_EQ(lines("pids").size(), 4U);
    EXPECT_EQ(taken().size(), 40U);
}

}  // namespace
}  // namespace freshet::systems
