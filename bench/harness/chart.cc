#include "bench/harness/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>

#include "bench/harness/svg.h"

namespace freshet::bench {
namespace {

// Of the picture, in pixels.
constexpr double width = 820;
constexpr double height = 400;
constexpr double left = 70;
constexpr double right = 260;  // for the names of the lines
constexpr double top = 44;
constexpr double bottom = 56;
constexpr double name_height = 18;

std::string tick_number(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return text.data();
}

// 1, 2 or 5 times a power of ten, so that about five of it reach `most`.
double step_to(double most) {
    const double rough = most / 5;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough) return factor * power;
    }
    return 10 * power;
}

// Where a value is between two ends, in [0, 1].
struct Axis {
    double begin;
    double end;
    bool is_logarithmic;

    [[nodiscard]] double share(double value) const {
        if (begin == end) return 0.5;
        if (!is_logarithmic) return (value - begin) / (end - begin);
        return std::log(std::max(value, begin) / begin) / std::log(end / begin);
    }
};

Axis x_axis(const Chart& chart) {
    return {
        .begin = chart.x_ticks.front().at, .end = chart.x_ticks.back().at, .is_logarithmic = true};
}

Axis y_axis(const Chart& chart) {
    double least = INFINITY;
    double most = 0;
    for (const ChartLine& line : chart.lines) {
        for (const auto& [x, y] : line.points) {
            least = std::min(least, std::max(y, 1e-3));
            most = std::max(most, y);
        }
    }
    most = std::max(most, 1e-2);
    if (chart.y_is_logarithmic) {
        return {.begin = std::pow(10, std::floor(std::log10(std::min(least, most)))),
                .end = std::pow(10, std::ceil(std::log10(most) + 1e-9)),
                .is_logarithmic = true};
    }
    const double step = step_to(most);
    return {.begin = 0, .end = std::ceil(most / step) * step, .is_logarithmic = false};
}

std::vector<double> y_ticks(const Axis& axis) {
    constexpr double rounding = 1e-3;
    const double step = step_to(axis.end);
    const double steps = axis.is_logarithmic ? std::log10(axis.end / axis.begin) : axis.end / step;
    std::vector<double> ticks;
    for (int i = 0; i <= static_cast<int>(steps + rounding); ++i) {
        ticks.push_back(axis.is_logarithmic ? axis.begin * std::pow(10, i) : step * i);
    }
    return ticks;
}

std::string rule(double x1, double y1, double x2, double y2) {
    return "<line class=\"grid\" x1=\"" + svg_number(x1) + "\" y1=\"" + svg_number(y1) +
           "\" x2=\"" + svg_number(x2) + "\" y2=\"" + svg_number(y2) + "\"/>\n";
}

// The plane that the lines are drawn in.
class Plane {
public:
    explicit Plane(const Chart& chart) : x_(x_axis(chart)), y_(y_axis(chart)) {}

    [[nodiscard]] double x(double value) const {
        return left + x_.share(value) * (width - left - right);
    }
    [[nodiscard]] double y(double value) const {
        return height - bottom - y_.share(value) * (height - top - bottom);
    }
    [[nodiscard]] const Axis& vertical() const { return y_; }

private:
    Axis x_;
    Axis y_;
};

std::string grid_of(const Chart& chart, const Plane& plane) {
    std::string out;
    for (const ChartTick& tick : chart.x_ticks) {
        out += rule(plane.x(tick.at), top, plane.x(tick.at), height - bottom);
        out +=
            svg_text(plane.x(tick.at), height - bottom + 18, tick.text, " text-anchor=\"middle\"");
    }
    for (const double at : y_ticks(plane.vertical())) {
        out += rule(left, plane.y(at), width - right, plane.y(at));
        out += svg_text(left - 8, plane.y(at) + 4, tick_number(at), " text-anchor=\"end\"");
    }
    return out;
}

std::string line_of(const ChartLine& line, const Plane& plane, std::size_t index) {
    const std::string colour(svg_colour(index));
    std::string points;
    std::string dots;
    for (const auto& [x, y] : line.points) {
        const std::string at_x = svg_number(plane.x(x));
        const std::string at_y = svg_number(plane.y(y));
        points.append(points.empty() ? "" : " ").append(at_x).append(",").append(at_y);
        dots.append("<circle r=\"3\" fill=\"").append(colour).append("\" cx=\"").append(at_x);
        dots.append("\" cy=\"").append(at_y).append("\"/>\n");
    }
    const double name_y = top + static_cast<double>(index) * name_height + 10;
    return "<polyline class=\"line\" stroke=\"" + colour + "\" points=\"" + points + "\"/>\n" +
           dots + "<circle r=\"5\" fill=\"" + colour + "\" cx=\"" + svg_number(width - right + 18) +
           "\" cy=\"" + svg_number(name_y - 4) + "\"/>\n" +
           svg_text(width - right + 30, name_y, line.name);
}

bool has_latency(const Report::Line& line) {
    return line.rounds.front().latency.has_value();
}

bool is_of_orders(const Report::Line& line) {
    return line.of.orders > 0;
}

// Subjects are named only where there is more than one of what is shown.
bool has_more_subjects(const Report& report, bool (*is_shown)(const Report::Line& line)) {
    const Report::Line* first = nullptr;
    for (const Report::Line& line : report.lines()) {
        if (!is_shown(line)) continue;
        if (first == nullptr) first = &line;
        if (line.of.subject != first->of.subject) return true;
    }
    return false;
}

// In milliseconds.
double median_latency(const Report::Line& line, double Latency::*part) {
    std::vector<double> numbers;
    for (const Round& round : line.rounds) {
        if (round.latency) numbers.push_back((*round.latency).*part / 1e3);
    }
    return median_of(std::move(numbers));
}

double median_cost(const Report::Line& line) {
    std::vector<double> numbers;
    for (const Round& round : line.rounds) {
        const double cpu = round.settled_cpu.value_or(round.server_cpu);
        if (round.count > 0) numbers.push_back(cpu * 1e6 / round.count);
    }
    return median_of(std::move(numbers));
}

}  // namespace

std::string svg_of(const Chart& chart) {
    const Plane plane(chart);
    std::string out = svg_head(width, height, chart.title);
    out += svg_text(left, 20, chart.title, " class=\"title\"");
    out += svg_text(left, top - 8, chart.y_name);
    out +=
        svg_text((left + width - right) / 2, height - 14, chart.x_name, " text-anchor=\"middle\"");
    out += grid_of(chart, plane);
    for (std::size_t i = 0; i < chart.lines.size(); ++i) out += line_of(chart.lines[i], plane, i);
    return out + "</svg>\n";
}

// By the share that took longer, from half of them to one in a thousand. With several subjects only
// what subscribers hear, so that the lines can be told apart.
Chart latency_chart(const Report& report) {
    Chart chart{.title = "How long it takes",
                .x_name = "percentile",
                .y_name = "milliseconds",
                .x_ticks = {{2, "50"}, {100, "99"}, {1'000, "99.9"}},
                .y_is_logarithmic = true};
    const bool names_subjects = has_more_subjects(report, has_latency);
    for (const Report::Line& line : report.lines()) {
        const bool is_shown =
            line.of.scenario == "latency" || (line.of.scenario == "append" && !names_subjects);
        if (!is_shown || !has_latency(line)) continue;
        if (names_subjects) chart.title = "How long it takes: " + line.of.work;
        chart.lines.push_back({.name = names_subjects ? line.of.subject : line.of.work,
                               .points = {{2, median_latency(line, &Latency::p50_us)},
                                          {100, median_latency(line, &Latency::p99_us)},
                                          {1'000, median_latency(line, &Latency::p999_us)}}});
    }
    return chart;
}

Chart cost_chart(const Report& report) {
    Chart chart{.title = "What a record costs as the number of live orders grows",
                .x_name = "live orders",
                .y_name =
                    "microseconds of the server's processor for a record, all flushed and "
                    "compacted"};
    const bool names_subjects = has_more_subjects(report, is_of_orders);
    std::map<double, std::string> ticks;
    for (const Report::Line& line : report.lines()) {
        if (!is_of_orders(line)) continue;
        const auto orders = static_cast<double>(line.of.orders);
        ticks[orders] = line.of.orders % 1'000'000 == 0
                            ? std::to_string(line.of.orders / 1'000'000) + " M"
                            : tick_number(orders);
        const std::string name = line.of.series + (names_subjects ? ", " + line.of.subject : "");
        auto at = std::find_if(chart.lines.begin(), chart.lines.end(),
                               [&](const ChartLine& other) { return other.name == name; });
        if (at == chart.lines.end()) {
            at = chart.lines.insert(chart.lines.end(), {.name = name, .points = {}});
        }
        at->points.emplace_back(orders, median_cost(line));
    }
    for (auto& [at, text] : ticks) chart.x_ticks.push_back({.at = at, .text = std::move(text)});
    for (ChartLine& line : chart.lines) std::sort(line.points.begin(), line.points.end());
    return chart;
}

}  // namespace freshet::bench
