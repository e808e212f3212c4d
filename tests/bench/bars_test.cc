#include "bench/harness/bars.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace freshet::bench {
namespace {

void add_rates(Report& report, const std::string& work, const std::string& subject,
               const std::vector<double>& rates) {
    for (const double rate : rates) {
        report.add({.scenario = "append", .work = work, .unit = "records", .subject = subject},
                   {.count = rate, .seconds = 1});
    }
}

TEST(Bars, OfRatesHaveAGroupForEachWorkWithTheMedianOfEach) {
    Report report;
    add_rates(report, "bulk", "freshet", {100'000, 1'200'000, 300'000});
    add_rates(report, "1 client", "freshet", {1'000});
    add_rates(report, "bulk", "redis", {150'000});
    add_rates(report, "1 client", "redis", {500});
    add_rates(report, "64 clients", "freshet", {5'000});  // which nobody else has done
    report.add({.scenario = "latency", .work = "bulk", .unit = "records", .subject = "redis"},
               {.count = 1, .seconds = 1});

    const BarChart chart = rates_chart(report);

    ASSERT_EQ(chart.groups.size(), 2U);
    EXPECT_EQ(chart.groups[0].name, "bulk");
    ASSERT_EQ(chart.groups[0].bars.size(), 2U);
    EXPECT_EQ(chart.groups[0].bars[0].text, "300,000");
    EXPECT_EQ(chart.groups[0].bars[1].name, "redis");
    EXPECT_EQ(chart.groups[1].bars[1].text, "500");
}

TEST(Bars, AreAsLongAsTheirShareOfTheLongestOfTheirGroup) {
    const std::string svg = svg_of(BarChart{
        .title = "a <b>",
        .groups = {{.name = "small", .bars = {{"one", 2, "2"}, {"two", 1, "1"}}},
                   {.name = "large", .bars = {{"one", 500, "500"}, {"two", 2'000, "2,000"}}}}});

    std::vector<std::string> lengths;
    const std::string mark = "\" width=\"";
    for (std::size_t at = 0; (at = svg.find(mark, at)) != std::string::npos; ++at) {
        const std::size_t begin = at + mark.size();
        lengths.push_back(svg.substr(begin, svg.find('"', begin) - begin));
    }
    EXPECT_EQ(lengths, (std::vector<std::string>{"470.0", "235.0", "117.5", "470.0"})) << svg;
    EXPECT_NE(svg.find("a &lt;b>"), std::string::npos);
}

// The drawing's colours are told apart on both grounds; text and grid have one for each.
TEST(Bars, CanBeReadOnLightAndOnDarkGround) {
    const std::string svg =
        svg_of(BarChart{.title = "t", .groups = {{.name = "g", .bars = {{"one", 1, "1"}}}}});

    const std::size_t dark = svg.find("@media(prefers-color-scheme:dark)");
    ASSERT_NE(dark, std::string::npos);
    EXPECT_LT(svg.find("fill:#222"), dark);
    EXPECT_NE(svg.find("fill:#ddd", dark), std::string::npos);
    EXPECT_EQ(svg.find("<rect width=\"100%\""), std::string::npos) << "it has a ground of its own";
}

}  // namespace
}  // namespace freshet::bench
