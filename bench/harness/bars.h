// Bars as SVG: what several have done of the same work, side by side.
//
// The longest bar of each group is as long as that of any other, so works of different sizes stand
// in one picture; the figure is beside each bar.
//
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "bench/harness/report.h"

namespace freshet::bench {

struct Bar {
    std::string name;
    double value = 0;
    std::string text;  // beside it
};

struct BarGroup {
    std::string name;
    std::vector<Bar> bars;
};

struct BarChart {
    std::string title;
    std::vector<BarGroup> groups;
};

std::string svg_of(const BarChart& chart);

// Records a second of each work of `append`, by each who did it, as the median of the rounds.
// Without groups if there is nothing to compare.
BarChart rates_chart(const Report& report);

}  // namespace freshet::bench
