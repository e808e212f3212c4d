// What was measured: rounds of cases, as a table, as JSON, and as figures of charts.
//
//     Case   what was done, by whom      Round   what came of it once
//
// The table has one line for a case: the median of its rounds with the least and the most. If
// several did the same work, each is also told as a multiple of the first.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/histogram.h"

namespace freshet::bench {

// Work that several may do: all of it but `subject` is the same then.
struct Case {
    std::string scenario;       // "append"
    std::string work;           // "64 clients"
    std::string unit;           // of what is counted: "records"
    std::string subject;        // who did it: "freshet"
    bool is_at_a_rate = false;  // what is told as a multiple is the latency, not the rate
    std::string series = {};    // of a chart against `orders`
    std::uint64_t orders = 0;   // that were alive; 0 if that is not what the scenario is about

    bool operator==(const Case&) const = default;
};

struct Latency {
    double p50_us = 0;
    double p99_us = 0;
    double p999_us = 0;
    double max_us = 0;
};

Latency latency_of(const Histogram& histogram);

struct Round {
    double count = 0;
    double seconds = 0;
    double server_cpu = 0;  // seconds, while it was counted
    double client_cpu = 0;
    std::optional<double> settled_cpu = {};  // the server's until all is flushed and compacted
    std::optional<Latency> latency = {};
    std::vector<std::pair<std::string, double>> more = {};  // "rss MB"
};

// The middle one; of an even number the mean of both. 0 of none.
double median_of(std::vector<double> numbers);

class Report {
public:
    // Facts about the run, for the head of the table and the JSON. One that is there already is
    // not said again; another one of the same name gets a number.
    void say(const std::string& name, const std::string& what);

    void add(const Case& of, Round round);

    [[nodiscard]] std::string table() const;
    [[nodiscard]] std::string json() const;

    struct Line {
        Case of;
        std::vector<Round> rounds;
    };
    [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

private:
    std::vector<std::pair<std::string, std::string>> facts_;
    std::vector<Line> lines_;
};

}  // namespace freshet::bench
