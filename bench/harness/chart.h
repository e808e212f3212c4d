// Charts as SVG: lines over a logarithmic axis, as docs/performance.md shows them.
//
// Threads: pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/harness/report.h"

namespace freshet::bench {

struct ChartLine {
    std::string name;
    std::vector<std::pair<double, double>> points;  // by x
};

struct ChartTick {
    double at = 0;
    std::string text;
};

struct Chart {
    std::string title;
    std::string x_name;
    std::string y_name;
    std::vector<ChartTick> x_ticks;  // the first and the last are the ends of the axis; above 0
    bool y_is_logarithmic = false;   // otherwise it begins at 0
    std::vector<ChartLine> lines;
};

std::string svg_of(const Chart& chart);

// What the report has for a chart; without lines if it has nothing.
Chart latency_chart(const Report& report);  // percentiles of single appends, and of what is heard
Chart cost_chart(const Report& report);     // the server's time for a record, by live orders

}  // namespace freshet::bench
