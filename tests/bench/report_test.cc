#include "bench/harness/report.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/text/json.h"
#include "tests/support/must.h"

namespace freshet::bench {
namespace {

Round round_of(double count, double seconds) {
    return {.count = count, .seconds = seconds, .server_cpu = seconds / 2, .client_cpu = 0.25};
}

Case bulk_by(std::string subject) {
    return {.scenario = "append", .work = "bulk", .unit = "records", .subject = std::move(subject)};
}

// The columns of the table's line that begins so.
std::vector<std::string> columns_of(const std::string& table, std::string_view begin) {
    const std::size_t at = table.find("\n| " + std::string(begin));
    std::vector<std::string> columns;
    if (at == std::string::npos) return columns;
    std::size_t from = at + 2;
    const std::size_t end = table.find('\n', from);
    while (from < end) {
        const std::size_t bar = table.find('|', from);
        if (bar > end) break;
        std::string column = table.substr(from, bar - from);
        column.erase(0, column.find_first_not_of(' '));
        column.erase(column.find_last_not_of(' ') + 1);
        columns.push_back(column);
        from = bar + 1;
    }
    return columns;
}

TEST(Median, IsTheMiddleOne) {
    EXPECT_EQ(median_of({}), 0);
    EXPECT_EQ(median_of({3, 1, 2}), 2);
    EXPECT_EQ(median_of({4, 1, 2, 3}), 2.5);
}

TEST(Latencies, AreInMicroseconds) {
    Histogram histogram;
    for (int i = 0; i < 999; ++i) histogram.add(100);
    histogram.add(5'000'000);

    const Latency latency = latency_of(histogram);

    EXPECT_DOUBLE_EQ(latency.p50_us, 0.1);
    EXPECT_DOUBLE_EQ(latency.p999_us, 0.1);
    EXPECT_DOUBLE_EQ(latency.max_us, 5'000);
}

TEST(Report, HasTheMedianOfTheRoundsAndTheirSpread) {
    Report report;
    for (const double seconds : {4.0, 1.0, 2.0}) report.add(bulk_by("old"), round_of(400, seconds));

    const auto columns = columns_of(report.table(), "append");

    ASSERT_GE(columns.size(), 8U);
    EXPECT_EQ(columns[2], "old");
    EXPECT_EQ(columns[3], "200 [100..400] records/s");
    EXPECT_EQ(columns[4], "");
    EXPECT_EQ(columns[5], "2500");  // microseconds of the server's processor for each
    EXPECT_EQ(columns[7], "625");
}

TEST(Report, TellsTheOthersAsMultiplesOfTheFirstThatDidTheSame) {
    Report report;
    report.add(bulk_by("old"), round_of(100, 1));
    report.add(bulk_by("new"), round_of(150, 1));
    Case alone = bulk_by("new");
    alone.work = "1 client";
    report.add(alone, round_of(70, 1));

    EXPECT_EQ(columns_of(report.table(), "append   | bulk     | new").at(4), "1.50x");
    EXPECT_EQ(columns_of(report.table(), "append   | 1 client | new").at(4), "");
}

TEST(Report, TellsMultiplesOfTheLatencyWhereTheRateWasGiven) {
    Report report;
    for (const double us : {100.0, 250.0}) {
        Case of = bulk_by(us < 200 ? "old" : "new");
        of.is_at_a_rate = true;
        Round round = round_of(100, 1);
        round.latency = Latency{.p50_us = us, .p99_us = 10'000 / us};
        report.add(of, round);
    }

    EXPECT_EQ(columns_of(report.table(), "append   | bulk | new").at(4), "p50 2.50x, p99 0.40x");
}

TEST(Report, HasAllRoundsInItsJson) {
    Report report;
    report.say("machine", "a \"small\" one");
    Round round = round_of(100, 0.5);
    round.settled_cpu = 0.75;
    round.latency = Latency{.p50_us = 1, .p99_us = 2, .p999_us = 3, .max_us = 4.5};
    round.more = {{"RSS MB", 12.5}};
    Case of = bulk_by("new");
    of.orders = 1'000'000;
    report.add(of, round);
    report.add(of, round_of(100, 1));

    const auto document = support::must(engine::JsonDocument::parse(report.json()));

    const engine::JsonNode& root = document.root();
    EXPECT_EQ(root.find("machine")->text(), "a \"small\" one");
    const engine::JsonNode& line = *root.find("cases")->begin();
    EXPECT_EQ(line.find("subject")->text(), "new");
    EXPECT_EQ(line.find("orders")->text(), "1000000");
    EXPECT_EQ(line.find("per_second")->text(), "150");
    EXPECT_EQ(line.find("rounds")->size(), 2U);
    const engine::JsonNode& first = *line.find("rounds")->begin();
    EXPECT_EQ(first.find("seconds")->text(), "0.5");
    EXPECT_EQ(first.find("settled_cpu_s")->text(), "0.75");
    EXPECT_EQ(first.find("max_us")->text(), "4.5");
    EXPECT_EQ(first.find("RSS MB")->text(), "12.5");
}

TEST(Report, OfNothingIsJsonAllTheSame) {
    const auto document = support::must(engine::JsonDocument::parse(Report().json()));

    EXPECT_EQ(document.root().find("cases")->size(), 0U);
}

}  // namespace
}  // namespace freshet::bench
