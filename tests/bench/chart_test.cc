#include "bench/harness/chart.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::bench {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

Case flat_of(std::uint64_t orders, std::string subject) {
    return {.scenario = "flat",
            .work = "uniform, " + std::to_string(orders) + " live",
            .unit = "records",
            .subject = std::move(subject),
            .series = "uniform",
            .orders = orders};
}

TEST(Chart, DrawsItsLinesWithinItsAxes) {
    const Chart chart{.title = "a <b> & c",
                      .x_name = "x",
                      .y_name = "y",
                      .x_ticks = {{10, "10"}, {1'000, "1000"}},
                      .lines = {{"one", {{10, 0}, {100, 20}, {1'000, 10}}}}};

    const std::string svg = svg_of(chart);

    EXPECT_NE(svg.find("a &lt;b> &amp; c"), std::string::npos);
    EXPECT_EQ(count_of(svg, "<polyline"), 1U);
    // From the left end at the bottom, over the top in the middle, to half-way at the right.
    EXPECT_NE(svg.find("points=\"70.0,344.0 315.0,44.0 560.0,194.0\""), std::string::npos) << svg;
}

// From 0.1 to 100, one for each power of ten.
TEST(Chart, HasATickForEachPowerOfTen) {
    const std::string svg = svg_of({.title = "t",
                                    .x_name = "x",
                                    .y_name = "y",
                                    .x_ticks = {{1, "x1"}, {2, "x2"}},
                                    .y_is_logarithmic = true,
                                    .lines = {{"one", {{1, 0.3}, {2, 40}}}}});

    for (const char* const tick : {">0.1<", ">1<", ">10<", ">100<"}) {
        EXPECT_EQ(count_of(svg, tick), 1U) << tick;
    }
    EXPECT_EQ(count_of(svg, ">1000<") + count_of(svg, ">0.01<"), 0U);
}

TEST(Chart, OfCostsHasALineForEachSeriesOfEachSubject) {
    Report report;
    for (const std::uint64_t orders : {1'000'000U, 10'000U}) {
        report.add(flat_of(orders, "old"), {.count = 1e6, .seconds = 1, .server_cpu = 20});
        report.add(flat_of(orders, "new"),
                   {.count = 1e6, .seconds = 1, .server_cpu = 10, .settled_cpu = 15});
    }

    const Chart chart = cost_chart(report);

    ASSERT_EQ(chart.lines.size(), 2U);
    EXPECT_EQ(chart.lines[0].name, "uniform, old");
    EXPECT_EQ(chart.lines[0].points.front(), std::pair(10'000.0, 20.0));
    EXPECT_EQ(chart.lines[1].points.back(), std::pair(1'000'000.0, 15.0));
    ASSERT_EQ(chart.x_ticks.size(), 2U);
    EXPECT_EQ(chart.x_ticks[0].text, "10000");
    EXPECT_EQ(chart.x_ticks[1].text, "1 M");
}

TEST(Chart, OfLatenciesHasTheMediansOfTheRounds) {
    Report report;
    const Case of{.scenario = "latency", .work = "append", .unit = "records", .subject = "freshet"};
    for (const double us : {300.0, 100.0, 200.0}) {
        report.add(of, {.count = 1,
                        .seconds = 1,
                        .latency = Latency{.p50_us = us, .p99_us = 2 * us, .p999_us = 3 * us}});
    }

    const Chart chart = latency_chart(report);

    ASSERT_EQ(chart.lines.size(), 1U);
    EXPECT_EQ(chart.lines[0].name, "append");
    EXPECT_DOUBLE_EQ(chart.lines[0].points[0].second, 0.2);
    EXPECT_DOUBLE_EQ(chart.lines[0].points[2].second, 0.6);
    EXPECT_EQ(count_of(svg_of(chart), "<polyline"), 1U);
}

TEST(Chart, NamesTheSubjectsWhereThereAreSeveralAndHasWhatTheirSubscribersHear) {
    Report report;
    for (const char* subject : {"freshet", "redis"}) {
        for (const char* scenario : {"append", "latency"}) {
            report.add(
                {.scenario = scenario, .work = "1000/s", .unit = "records", .subject = subject},
                {.count = 1, .seconds = 1, .latency = Latency{.p50_us = 1, .p99_us = 2}});
        }
    }

    report.add(flat_of(10'000, "freshet"), {.count = 1, .seconds = 1});

    const Chart chart = latency_chart(report);

    EXPECT_EQ(cost_chart(report).lines.at(0).name, "uniform");  // which only one has done
    ASSERT_EQ(chart.lines.size(), 2U);
    EXPECT_EQ(chart.title, "How long it takes: 1000/s");
    EXPECT_EQ(chart.lines[0].name, "freshet");
    EXPECT_EQ(chart.lines[1].name, "redis");
}

TEST(Chart, HasNoLinesForWhatWasNotMeasured) {
    Report report;
    report.add({.scenario = "append", .work = "bulk", .unit = "records", .subject = "freshet"},
               {.count = 1, .seconds = 1});

    EXPECT_TRUE(latency_chart(report).lines.empty());
    EXPECT_TRUE(cost_chart(report).lines.empty());
}

}  // namespace
}  // namespace freshet::bench
