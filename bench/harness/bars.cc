#include "bench/harness/bars.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "bench/harness/svg.h"

namespace freshet::bench {
namespace {

// In pixels.
constexpr double width = 820;
constexpr double head_height = 34;
constexpr double group_height = 34;  // of its name, and the room before it
constexpr double bar_height = 20;
constexpr double bars_left = 190;
constexpr double longest_bar = 470;

double height_of(const BarChart& chart) {
    double height = head_height + 12;
    for (const BarGroup& group : chart.groups) {
        height += group_height + bar_height * static_cast<double>(group.bars.size());
    }
    return height;
}

double greatest_of(const BarGroup& group) {
    double greatest = 0;
    for (const Bar& bar : group.bars) greatest = std::max(greatest, bar.value);
    return greatest;
}

std::string bar_at(double y, const Bar& bar, double greatest, std::size_t index) {
    const double length = greatest > 0 ? bar.value / greatest * longest_bar : 0;
    return svg_text(bars_left - 8, y + 14, bar.name, " text-anchor=\"end\"") + "<rect x=\"" +
           svg_number(bars_left) + "\" y=\"" + svg_number(y + 2) + "\" width=\"" +
           svg_number(length) + "\" height=\"" + svg_number(bar_height - 4) + "\" fill=\"" +
           std::string(svg_colour(index)) + "\"/>\n" +
           svg_text(bars_left + length + 6, y + 14, bar.text);
}

// "1,234,567"
std::string grouped(double value) {
    std::string digits = std::to_string(std::llround(value));
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

double median_rate(const Report::Line& line) {
    std::vector<double> rates;
    for (const Round& round : line.rounds) {
        if (round.seconds > 0) rates.push_back(round.count / round.seconds);
    }
    return median_of(std::move(rates));
}

}  // namespace

std::string svg_of(const BarChart& chart) {
    std::string out = svg_head(width, height_of(chart), chart.title);
    out += svg_text(20, 22, chart.title, " class=\"title\"");
    double y = head_height;
    for (const BarGroup& group : chart.groups) {
        y += group_height;
        out += svg_text(20, y - 8, group.name);
        const double greatest = greatest_of(group);
        for (std::size_t i = 0; i < group.bars.size(); ++i) {
            out += bar_at(y, group.bars[i], greatest, i);
            y += bar_height;
        }
    }
    return out + "</svg>\n";
}

BarChart rates_chart(const Report& report) {
    BarChart chart{.title = "Records a second, by what takes them", .groups = {}};
    for (const Report::Line& line : report.lines()) {
        if (line.of.scenario != "append") continue;
        auto at = std::find_if(chart.groups.begin(), chart.groups.end(),
                               [&](const BarGroup& group) { return group.name == line.of.work; });
        if (at == chart.groups.end()) {
            at = chart.groups.insert(at, {.name = line.of.work, .bars = {}});
        }
        const double rate = median_rate(line);
        at->bars.push_back({.name = line.of.subject, .value = rate, .text = grouped(rate)});
    }
    std::erase_if(chart.groups, [](const BarGroup& group) { return group.bars.size() < 2; });
    return chart;
}

}  // namespace freshet::bench
