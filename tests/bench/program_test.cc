// freshet-bench as a program: that each scenario measures a server, that nothing of it stays, and
// that it says what is wrong.

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/text/json.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

// One that the tests may use, so that they run on any machine.
std::string any_core() {
    cpu_set_t cores;
    sched_getaffinity(0, sizeof cores, &cores);
    int core = 0;
    while (core < CPU_SETSIZE && !CPU_ISSET(core, &cores)) ++core;
    return std::to_string(core);
}

using Options = std::map<std::string, std::string>;

// The command that measures little, in that folder. `changed` are options that it has otherwise.
std::vector<std::string> little(const std::string& folder, const std::vector<std::string>& words,
                                const Options& changed = {}) {
    Options options = changed;
    options.merge(Options{{"--freshet", support::freshet_program()},
                          {"--folder", folder},
                          {"--rounds", "1"},
                          {"--seconds", "1"},
                          {"--records", "400"},
                          {"--orders", "50"},
                          {"--clients", "2"},
                          {"--watchers", "4"},
                          {"--server-core", any_core()},
                          {"--load-core", any_core()}});
    std::vector<std::string> command = {support::freshet_bench_program()};
    for (const auto& [name, value] : options) {
        command.push_back(name);
        command.push_back(value);
    }
    command.insert(command.end(), words.begin(), words.end());
    return command;
}

std::string read_file(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Runs the scenarios and returns "scenario: work" of each case that was measured.
std::set<std::string> cases_of(const std::vector<std::string>& scenarios) {
    const support::TempFolder folder;
    const std::string data = folder.file("data");
    std::vector<std::string> more = scenarios;
    more.insert(more.end(), {"--json", folder.file("run.json"), "--svg", folder.file("charts")});
    const auto end = support::run_program(little(data, more));
    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(fs::is_empty(data)) << "the data was left there";
    EXPECT_NE(end.output.find("| freshet"), std::string::npos) << end.output;

    std::set<std::string> cases;
    const auto document =
        support::must(engine::JsonDocument::parse(read_file(folder.file("run.json"))));
    for (const engine::JsonNode& line : *document.root().find("cases")) {
        const std::string name = std::string(line.find("scenario")->text()) + ": " +
                                 std::string(line.find("work")->text());
        EXPECT_GT(std::stod(std::string(line.find("per_second")->text())), 0) << name;
        EXPECT_GT(std::stod(std::string(line.find("server_us_each")->text())), 0) << name;
        cases.insert(name);
    }
    return cases;
}

// The server that the process has started, once it runs that program.
// 0 after a minute.
pid_t await_server_of(pid_t pid) {
    const std::string id = std::to_string(pid);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::ifstream in("/proc/" + id + "/task/" + id + "/children");
        pid_t child = 0;
        if (!(in >> child)) continue;
        const std::string command = read_file("/proc/" + std::to_string(child) + "/cmdline");
        if (command.find(std::string("\0serve", 6)) != std::string::npos) return child;
    }
    return 0;
}

// Whether it has ended, be it that nobody has taken note of it yet.
bool is_gone(pid_t pid) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    return status.empty() || status.find("State:\tZ") != std::string::npos;
}

// False after a minute, which only a process that stays will reach.
bool await_end_of(pid_t pid) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!is_gone(pid)) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

TEST(FreshetBench, MeasuresWritingReadingAndHearing) {
    EXPECT_EQ(
        cases_of({"append", "churn", "latency"}),
        (std::set<std::string>{
            "append: bulk", "append: 2 clients", "churn: page of 50: fresh board",
            "churn: page of 50: 400 records later", "churn: page of 50: 400 records later, settled",
            "churn: page of 50: empty board", "latency: append to subscriber, 1000/s"}));
}

TEST(FreshetBench, MeasuresDirectWrites) {
    EXPECT_EQ(cases_of({"direct"}), (std::set<std::string>{"direct: 2 clients"}));
}

TEST(FreshetBench, MeasuresWritersWhileItemsExpire) {
    const std::vector<std::string> few = {"expire", "--items", "300", "--lead", "10"};
    EXPECT_EQ(cases_of(few),
              (std::set<std::string>{"expire: direct, 2 clients: none is due",
                                     "expire: direct, 2 clients: 300 items expire"}));

    std::vector<std::string> of_stream = few;
    of_stream.emplace_back("--stream");
    EXPECT_EQ(cases_of(of_stream),
              (std::set<std::string>{"expire: stream, 2 clients: none is due",
                                     "expire: stream, 2 clients: 300 items expire"}));
}

TEST(FreshetBench, MeasuresFunctions) {
    EXPECT_EQ(cases_of({"functions"}),
              (std::set<std::string>{"functions: batches of 100, factor 1",
                                     "functions: batches of 100, factor 10", "functions: 2 clients",
                                     "functions: writes, 1000/s"}));
}

TEST(FreshetBench, MeasuresWatching) {
    EXPECT_EQ(cases_of({"watch"}),
              (std::set<std::string>{
                  "watch: board: no watcher", "watch: board: 4 watchers, every 250 ms",
                  "watch: board: 4 watchers", "watch: board: 4 watchers, a tenth never reads",
                  "watch: orders: 4 watchers, one each",
                  "watch: 40 begin, one order each, and are idle"}));
}

TEST(FreshetBench, MeasuresStartsAndLargeTables) {
    EXPECT_EQ(cases_of({"rebuild", "recover", "flat"}),
              (std::set<std::string>{"rebuild: state deleted", "recover: after a stop",
                                     "recover: after kill -9, right after the last write",
                                     "recover: after kill -9, --seconds after the last write",
                                     "flat: newest, 50 live", "flat: uniform, 50 live",
                                     "flat: skewed, 50 live", "flat: new, 50 live"}));
}

// The names of what is in a folder, sorted.
std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// Changes follow the records that are kept: what they repeated would be refused as duplicates.
TEST(FreshetBench, BeginsWithDataThatItHasKept) {
    const support::TempFolder folder;
    const std::string loads = folder.file("loads");
    const auto run = [&](const Options& more) {
        Options options{{"--log", loads}, {"--skew", "uniform"}, {"--seconds", "0.1"}};
        options.insert(more.begin(), more.end());
        return support::run_program(little(folder.file("data"), {"recover"}, options));
    };

    const auto first = run({});
    const auto second = run({});

    EXPECT_EQ(first.exit_code, 0) << first.errors;
    EXPECT_NE(first.errors.find("keeping "), std::string::npos) << first.errors;
    EXPECT_EQ(second.exit_code, 0) << second.errors;
    EXPECT_NE(second.errors.find("taking "), std::string::npos) << second.errors;
    EXPECT_EQ(second.errors.find("keeping "), std::string::npos) << second.errors;
    EXPECT_NE(second.output.find("written by freshet "), std::string::npos) << second.output;
    const auto names = names_in(loads);
    ASSERT_EQ(names.size(), 2U);
    EXPECT_TRUE(names.front().starts_with("seed-1-orders-50-placed-then-400-uniform-by-"));
    EXPECT_EQ(names.back(), names.front() + ".txt");
    EXPECT_TRUE(fs::exists(loads + "/" + names.front() + "/log"));

    // A server that is configured otherwise does not begin with what this one has written.
    const auto other = run({{"--storage", "ballast_bytes = 33554432"}});
    EXPECT_EQ(other.exit_code, 0) << other.errors;
    EXPECT_EQ(other.errors.find("taking "), std::string::npos) << other.errors;
    EXPECT_EQ(names_in(loads).size(), 4U);
}

// Else what a record costs would be told for more orders than are said to be alive.
TEST(FreshetBench, BeginsEachRoundOfNewOrdersWithAsMany) {
    const support::TempFolder folder;
    const std::string json = folder.file("run.json");
    const auto end = support::run_program(little(folder.file("data"), {"flat", "--json", json},
                                                 {{"--rounds", "2"}, {"--records", "30"}}));
    ASSERT_EQ(end.exit_code, 0) << end.errors;

    const auto document = support::must(engine::JsonDocument::parse(read_file(json)));
    for (const engine::JsonNode& line : *document.root().find("cases")) {
        const bool is_of_new = line.find("work")->text() == "new, 50 live";
        EXPECT_EQ(line.find("rounds")->size(), 2U);
        for (const engine::JsonNode& round : *line.find("rounds")) {
            EXPECT_EQ(round.find("live then")->text(), is_of_new ? "80" : "50");
        }
    }
}

TEST(FreshetBench, TellsASavedRunAgain) {
    const support::TempFolder folder;
    const std::string saved = folder.file("run.json");
    const auto measured = support::run_program(
        little(folder.path(), {"append", "--json", saved}, {{"--records", "0"}}));
    ASSERT_EQ(measured.exit_code, 0) << measured.errors;

    const auto told = support::run_program(
        {support::freshet_bench_program(), "--from", saved, "--svg", folder.file("charts")});
    const auto refused =
        support::run_program({support::freshet_bench_program(), "append", "--from", saved});
    const auto pooled =
        support::run_program({support::freshet_bench_program(), "--from", saved, "--from", saved});

    EXPECT_EQ(told.exit_code, 0) << told.errors;
    EXPECT_EQ(told.output, measured.output);
    EXPECT_TRUE(fs::exists(folder.file("charts/latency.svg")));
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.errors.find("leave the scenarios out"), std::string::npos);
    EXPECT_EQ(pooled.exit_code, 1);
    EXPECT_NE(pooled.errors.find("leave one of the files out"), std::string::npos);
}

TEST(FreshetBench, TakesItsServerAlongWhenItIsKilled) {
    const support::TempFolder folder;
    support::ChildProcess bench(
        little(folder.path(), {"append"}, {{"--records", "0"}, {"--seconds", "1000"}}));
    ASSERT_TRUE(bench.await_error_line("2 clients"));
    const pid_t server = await_server_of(bench.pid());
    ASSERT_GT(server, 0);

    bench.send(SIGKILL);

    EXPECT_EQ(bench.wait().signal, SIGKILL);
    const bool has_ended = await_end_of(server);
    EXPECT_TRUE(has_ended);
    if (!has_ended) ::kill(server, SIGKILL);
}

TEST(FreshetBench, TellsWhatItHasMeasuredAndClearsUpWhenItIsStopped) {
    const support::TempFolder folder;
    support::ChildProcess bench(
        little(folder.path(), {"append"}, {{"--records", "0"}, {"--rounds", "1000"}}));
    ASSERT_TRUE(bench.await_error_line("round 2, 2 clients"));

    bench.send(SIGTERM);
    const auto end = bench.wait();

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_NE(end.errors.find("stopped by a signal"), std::string::npos) << end.errors;
    EXPECT_NE(end.output.find("| append   | 2 clients | freshet |"), std::string::npos)
        << end.output;
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(FreshetBench, SaysWhatIsWrong) {
    const support::TempFolder folder;
    const auto errors_of = [&](const std::vector<std::string>& words, const Options& changed) {
        const auto end = support::run_program(little(folder.path(), words, changed));
        return std::to_string(end.exit_code) + " " + end.errors;
    };
    const auto says = [&](const std::string& errors, const std::string& what) {
        EXPECT_NE(errors.find(what), std::string::npos) << errors;
    };

    says(errors_of({"speed"}, {}), "2 scenarios: speed not in");
    says(errors_of({}, {{"--freshet", "/no/freshet"}}), "1 freshet-bench: --freshet /no/freshet");
    says(errors_of({"append"}, {{"--freshet", "/bin/false"}}), "name a freshet program");
    says(errors_of({}, {{"--server-core", "4095"}}), "name one of them");
    says(errors_of({"--freshet", "/bin/true"}, {}), "two of --freshet have the name freshet");
    says(errors_of({"expire", "--items", "100", "--lead", "1"}, {{"--seconds", "60"}}),
         "give a longer --lead");
    says(errors_of({"append", "--peers"}, {{"--skew", "uniform"}}), "--peers get lives of orders");
    says(errors_of({}, {{"--folder", "/proc/none"}}), "name a folder that can be written to");
}

}  // namespace
}  // namespace freshet::bench
