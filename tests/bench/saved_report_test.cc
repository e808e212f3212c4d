#include "bench/harness/saved_report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "bench/harness/chart.h"
#include "bench/harness/failure.h"
#include "tests/disks/temp_folder.h"

namespace freshet::bench {
namespace {

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

// With all that a case and a round can have.
Report full_report() {
    Report report;
    report.say("command", "freshet-bench \"all\"");
    report.say("machine", "a small one");
    Round round{.count = 1'000, .seconds = 0.5, .server_cpu = 0.25, .client_cpu = 0.125};
    report.add({.scenario = "append", .work = "bulk", .unit = "records", .subject = "freshet"},
               round);
    round.settled_cpu = 0.75;
    round.more = {{"RSS MB", 12.5}, {"log B each", 469}};
    report.add({.scenario = "flat",
                .work = "uniform, 50 live",
                .unit = "records",
                .subject = "freshet",
                .series = "uniform",
                .orders = 50},
               round);
    round.latency = Latency{.p50_us = 100, .p99_us = 200, .p999_us = 300, .max_us = 400.5};
    for (const char* const subject : {"freshet", "redis"}) {
        report.add({.scenario = "latency",
                    .work = "append to subscriber",
                    .unit = "records",
                    .subject = subject,
                    .is_at_a_rate = true},
                   round);
    }
    return report;
}

TEST(SavedReport, IsToldAsItWasMeasured) {
    const support::TempFolder folder;
    const Report measured = full_report();
    write(folder.file("run.json"), measured.json());

    Report saved;
    add_saved(saved, folder.file("run.json"));

    EXPECT_EQ(saved.table(), measured.table());
    EXPECT_EQ(saved.json(), measured.json());
    EXPECT_EQ(svg_of(cost_chart(saved)), svg_of(cost_chart(measured)));
    EXPECT_EQ(svg_of(latency_chart(saved)), svg_of(latency_chart(measured)));
}

Report report_of(const char* command, const char* work) {
    Report report;
    report.say("command", command);
    report.say("machine", "a small one");
    report.add({.scenario = "append", .work = work, .unit = "records", .subject = "freshet"},
               {.count = 3'000, .seconds = 1});
    return report;
}

TEST(SavedReport, AddsItsCasesToThoseOfOtherFiles) {
    const support::TempFolder folder;
    write(folder.file("one.json"), report_of("one", "bulk").json());
    write(folder.file("other.json"), report_of("another one", "64 clients").json());

    Report both;
    add_saved(both, folder.file("one.json"));
    add_saved(both, folder.file("other.json"));

    EXPECT_EQ(both.lines().size(), 2U);
    EXPECT_NE(both.table().find("command 2: another one\n"), std::string::npos);
    EXPECT_EQ(both.table().find("machine 2"), std::string::npos);
}

TEST(SavedReport, RefusesACaseThatAFileBeforeItHas) {
    const support::TempFolder folder;
    write(folder.file("one.json"), report_of("one", "bulk").json());
    write(folder.file("other.json"), report_of("another one", "bulk").json());

    Report both;
    add_saved(both, folder.file("one.json"));
    const std::string before = both.json();

    EXPECT_THROW(add_saved(both, folder.file("other.json")), Failure);
    EXPECT_EQ(both.json(), before);
}

TEST(SavedReport, SaysWhatIsWrongWithAFile) {
    const support::TempFolder folder;
    write(folder.file("none.json"), "{\"machine\":\"a small one\"}");
    write(folder.file("half.json"), "{\"cases\":[");
    Report report;

    for (const char* const name : {"none.json", "half.json", "missing.json"}) {
        EXPECT_THROW(add_saved(report, folder.file(name)), Failure) << name;
    }
    EXPECT_TRUE(report.lines().empty());
}

}  // namespace
}  // namespace freshet::bench
