// The program freshet-bench: reads the command line, measures, and says what came of it.

#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/harness/bars.h"
#include "bench/harness/chart.h"
#include "bench/harness/failure.h"
#include "bench/harness/machine.h"
#include "bench/harness/plan.h"
#include "bench/harness/progress.h"
#include "bench/harness/report.h"
#include "bench/harness/saved_report.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/version.h"
#include "bench/peers/peers.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

constexpr int exit_done = 0;
constexpr int exit_fault = 1;
constexpr int exit_usage = 2;

constexpr const char* about =
    "Measures how fast a freshet server takes changes in, shows them and tells of them.";

constexpr const char* footer = R"(
Scenarios; all of them if none is named:
  append    --records in bulk on one connection, then single records by each of --clients for
            --seconds; each sends the next when the last is answered
  rebuild   --records in the log, the state deleted: records a second until /readyz. This and
            recover measure a server that has both cores
  recover   --records in the log: from the start to /readyz, after a stop, after kill -9 right after
            20,000 records more, and the same --seconds after them
  flat      for each of --orders: that many live orders, then --records of changes to the newest
            1 %, to any order, and of new orders
  churn     a page of 50 of a board of 1,000 orders: fresh; after --records, with which a fifth as
            many orders come and go; and once all have left it
  latency   --rate records a second for --seconds, whatever the server does: from the intended time
            to the subscriber that hears of it
  direct    writes of items by each of --clients for --seconds: PUT to a table that is written
            directly, POST of a record with the same item, PUT with an Idempotency-Key, and a
            transaction of ten such writes. `PUTs` and `server us x` are what each costs as a
            multiple of a PUT, by the rate and by the server's processor. Of the peers, PostgreSQL
            takes part: UPDATE by itself, and a transaction of ten
  watch     the rate of latency, from the intended time to the answer: while nobody watches; while --watchers
            watch a page of 50 of a board that each record changes, every 250 ms, at each read
            point, and so that a tenth of them never reads, until the server cuts these after five
            seconds; while each watches an order of its own.
            `late` is how long ago the oldest record was acknowledged that a watcher lacked before
            it was told. Then ten times as many begin, 10,000 at most, and are idle
  expire    the writes of direct by each of --clients, beside --items that all expire in the same
            second, --lead seconds after they began to be loaded: for --seconds before that, and
            then until the last has gone. PUT and a table that is written directly; with --stream,
            single records of a stream. `max ms longer` is how much longer the longest wait was
            than before. It is to be 100 ms at most, and `s until gone` 60
  functions --records of a log to an endpoint that answers at once, in batches of 100, with a
            parallelization_factor of 1 and of 10; with --peers, wrk in place of the server, for
            --seconds, with one of the bodies that the function was sent, on 1 and 10 connections.
            `of wrk` is the server's rate as a multiple of wrk's. Then single records by each of
            --clients, with no function and with one that is paused: `seconds x` and `server us x`
            are what a record costs as a multiple of that with none. Then --rate records a second,
            from the intended time to the answer, with no function and with ten whose endpoint
            answers after 200 ms

The server has one core, with threads = 1, and this program another. A line of the table is the
median of --rounds, with the least and the most. `server us` and `client us` are processor time for
each that is counted; `until settled` has what is flushed and compacted after the last answer, too.
The machine's noise is in every figure: compare only what one run has measured. With several
--freshet, each round asks one after the other. --peers does the same with what is installed of
Redis Streams, Message DB and NATS JetStream, which keep no views, and of PostgreSQL with a trigger
and a handler in Node.js with Redis, which keep the same ones. Each syncs to the disk before it
answers, but for NATS before 2.10, and a run fails if anybody has not all that it acknowledged. In
bulk they take records for --seconds, by connections x records in flight, as their names say.

Examples:
  freshet-bench append --records 3000000
  freshet-bench append --clients 64 --freshet old=/tmp/before/freshet --freshet new=build/release/freshet
  freshet-bench flat --orders 10000,1000000,5000000 --records 500000 --log /var/tmp/loads
  freshet-bench append --peers --json append.json
  freshet-bench --from append.json --from flat.json --svg docs

Exit codes: 0 done, 1 could not measure, 2 used wrongly.)";

struct CommandLine {
    std::vector<std::string> scenarios;
    std::vector<std::string> programs;
    std::string skew = "life";
    std::string folder;
    std::vector<std::string> saved;
    std::string json_path;
    std::string svg_folder;
    bool keep = false;
    Plan plan;
};

// Where this program was built: build/PRESET.
fs::path build_folder() {
    std::error_code code;
    return fs::read_symlink("/proc/self/exe", code).parent_path().parent_path();
}

std::string default_program() {
    std::error_code code;
    const fs::path beside = build_folder() / "freshet";
    return fs::exists(beside, code) ? beside.string() : "freshet";
}

std::string default_peers_folder() {
    return (build_folder().parent_path().parent_path() / "bench/peers").string();
}

// Files of a data folder are measured where a data folder would be: /tmp may be in memory.
std::string default_folder() {
    const char* const temporary = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
    return temporary != nullptr ? temporary : "/var/tmp";
}

// "NAME=PATH" or "PATH".
Subject subject_of(const std::string& text) {
    const std::size_t at = text.find('=');
    const std::string path = at == std::string::npos ? text : text.substr(at + 1);
    const std::string name = at == std::string::npos ? "freshet" : text.substr(0, at);
    if (path.find('/') == std::string::npos) return {.name = name, .program = path};
    if (!fs::exists(path)) throw Failure("--freshet " + path + ": there is no such program");
    return {.name = name, .program = fs::absolute(path).string()};
}

std::vector<Subject> subjects_of(const std::vector<std::string>& programs) {
    std::vector<Subject> subjects;
    for (const std::string& text : programs) {
        Subject subject = subject_of(text);
        for (const Subject& other : subjects) {
            if (other.name == subject.name) {
                throw Failure("two of --freshet have the name " + subject.name +
                              "; give them names: --freshet old=PATH --freshet new=PATH");
            }
        }
        subjects.push_back(std::move(subject));
    }
    return subjects;
}

void add_options(CLI::App& app, CommandLine& line) {
    Plan& plan = line.plan;
    app.option_defaults()->always_capture_default();
    std::vector<std::string> names;
    for (const Scenario& scenario : scenarios()) names.emplace_back(scenario.name);
    app.add_option("scenarios", line.scenarios, "What to measure; see below")
        ->check(CLI::IsMember(names));
    app.add_option("--freshet", line.programs,
                   "The program to measure, or NAME=PATH; several to compare them")
        ->type_name("PATH")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--records", plan.records, "Records of a bulk; 0: none");
    app.add_option("--orders", plan.orders,
                   "Live orders; flat takes several, and append has so many in the making")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
    app.add_option("--skew", line.skew,
                   "Which order of a bulk changes next: life, from one to the next as they are "
                   "placed, made and ended; uniform; newest, of 1 %; skewed, Zipf; new orders only")
        ->check(CLI::IsMember({"life", "uniform", "newest", "skewed", "new"}));
    app.add_option("--clients", plan.clients, "Connections with single records")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1U, 10'000U));
    app.add_option("--rate", plan.rate, "Records a second of latency, watch and functions")
        ->check(CLI::Range(1.0, 1e6));
    app.add_option("--watchers", plan.watchers, "Who watch the board")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{9'000}));
    app.add_option("--items", plan.items, "How many items expire at once")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
    app.add_option("--lead", plan.lead_seconds, "Seconds to load them, before they expire")
        ->check(CLI::Range(1.0, 86'400.0));
    app.add_flag("--stream", plan.is_stream, "They are records of a stream, not direct writes");
    app.add_option("--seconds", plan.seconds, "How long single records are sent")
        ->check(CLI::Range(0.1, 86'400.0));
    app.add_option("--rounds", plan.rounds, "How often each is measured")
        ->check(CLI::Range(1U, 1'000U));
    app.add_option("--seed", plan.seed, "Another one: other orders");
    app.add_option("--storage", plan.storage, "A line for [storage] of the server's configuration")
        ->type_name("'KEY = VALUE'")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--server-core", plan.server_core, "The core of what is measured");
    app.add_option("--load-core", plan.load_core, "The core of this program");
    app.add_option("--folder", line.folder, "Where the data goes, on the disk to measure")
        ->type_name("FOLDER");
    app.add_flag("--keep", line.keep, "Leave the logs and configurations of the servers there");
    app.add_option(
           "--log", plan.log_folder,
           "Where rebuild, recover and flat keep the data that they begin with, and take it "
           "from when it is there")
        ->type_name("FOLDER");
    app.add_option("--from", line.saved,
                   "Measure nothing: read what --json has written, and tell it again; several are "
                   "told as one")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--json", line.json_path, "A file for all rounds of all cases")
        ->type_name("FILE");
    app.add_flag(
        "--peers", plan.peers,
        "Give the same records to peers in append, latency and direct; in functions, have wrk "
        "call");
    app.add_option("--peers-folder", plan.peers_folder, "Where npm has put packages of peers")
        ->type_name("FOLDER");
    app.add_option("--svg", line.svg_folder,
                   "A folder for charts of what was measured: rates.svg, latency.svg, cost.svg")
        ->type_name("FOLDER");
    app.footer(footer);
}

std::string machine_text() {
    utsname system{};
    uname(&system);
    std::ifstream info("/proc/cpuinfo");
    std::string line;
    std::string model = system.machine;
    while (std::getline(info, line)) {
        if (!line.starts_with("model name")) continue;
        model = line.substr(line.find(':') + 2);
        break;
    }
    return model + ", Linux " + system.release;
}

// How fast the records are made when nobody takes them.
std::string dry_rate(const Plan& plan) {
    constexpr std::uint64_t records = 100'000;
    Workload workload({.seed = plan.seed, .orders = 1'000});
    std::string text;
    std::uint64_t bytes = 0;
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < records; ++i) {
        text.clear();
        workload.next(text);
        bytes += text.size();
    }
    const double rate = static_cast<double>(records) / seconds_since(begin);
    return std::to_string(static_cast<std::uint64_t>(rate)) + " records/s of " +
           std::to_string(bytes / records) + " B";
}

bool is_wanted(const CommandLine& line, std::string_view name) {
    return line.scenarios.empty() ||
           std::find(line.scenarios.begin(), line.scenarios.end(), name) != line.scenarios.end();
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream out(path);
    out << text;
    if (!out.flush()) throw Failure("cannot write " + path);
}

void draw_charts(const std::string& folder, const Report& report) {
    const Chart latency = latency_chart(report);
    const Chart cost = cost_chart(report);
    const BarChart rates = rates_chart(report);
    fs::create_directories(folder);
    if (!rates.groups.empty()) write_file(folder + "/rates.svg", svg_of(rates));
    if (!latency.lines.empty()) write_file(folder + "/latency.svg", svg_of(latency));
    if (!cost.lines.empty()) write_file(folder + "/cost.svg", svg_of(cost));
}

void tell(const CommandLine& line, const Report& report) {
    std::fputs(report.table().c_str(), stdout);
    if (!line.json_path.empty()) write_file(line.json_path, report.json());
    if (!line.svg_folder.empty()) draw_charts(line.svg_folder, report);
}

void measure(CommandLine& line, const std::string& words) {
    Plan& plan = line.plan;
    check_core("--server-core", plan.server_core);
    check_core("--load-core", plan.load_core);
    plan.subjects = subjects_of(line.programs);
    plan.skew = skew_of(line.skew).value_or(Skew::life);
    if (plan.peers && plan.skew != Skew::life && plan.records > 0 && is_wanted(line, "append")) {
        throw Failure(
            "--peers get lives of orders, which nothing but --skew life can be compared "
            "with; leave one of both out, or the bulk by --records 0");
    }
    hear_stops();
    pin_to(plan.load_core);
    const ScratchFolder folder(line.folder, line.keep);
    plan.folder = folder.path();

    Report report;
    report.say("command", words);
    report.say("machine", machine_text());
    report.say("load alone", dry_rate(plan));
    for (const Subject& subject : plan.subjects) {
        report.say(subject.name, version_of(plan, subject.program));
    }
    for (const Peer& peer : peers_for(plan)) {
        report.say(std::string(peer.name), peer.version(plan));
    }
    // What took hours is told, whatever keeps the rest from being measured.
    std::optional<Failure> failure;
    try {
        for (const Scenario& scenario : scenarios()) {
            if (is_wanted(line, scenario.name)) scenario.measure(plan, report);
        }
    } catch (const Failure& caught) {
        failure = caught;
    }
    if (!report.lines().empty()) tell(line, report);
    if (failure) throw Failure(*failure);
}

// What was measured before, as one report.
void tell_again(const CommandLine& line) {
    if (!line.scenarios.empty()) {
        throw Failure("--from measures nothing; leave the scenarios out");
    }
    Report report;
    for (const std::string& path : line.saved) add_saved(report, path);
    tell(line, report);
}

int run(int argc, char** argv) {
    CommandLine line;
    line.programs = {default_program()};
    line.folder = default_folder();
    line.plan.peers_folder = default_peers_folder();
    CLI::App app(about, "freshet-bench");
    add_options(app, line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_usage;
    }
    if (!line.saved.empty()) {
        tell_again(line);
        return exit_done;
    }
    std::string words = "freshet-bench";
    for (int i = 1; i < argc; ++i) words += ' ' + std::string(argv[i]);
    measure(line, words);
    return exit_done;
}

}  // namespace
}  // namespace freshet::bench

int main(int argc, char** argv) {
    try {
        return freshet::bench::run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "freshet-bench: %s\n", error.what());
        return freshet::bench::exit_fault;
    }
}
