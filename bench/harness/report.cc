#include "bench/harness/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "engine/text/json.h"

namespace freshet::bench {
namespace {

// With the digits that a measurement has.
std::string number(double value) {
    std::array<char, 40> text{};
    int digits = 2;
    if (std::abs(value) >= 10) digits = 1;
    if (std::abs(value) >= 100 || value == 0) digits = 0;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string exact(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.9g", std::isfinite(value) ? value : 0.0);
    return text.data();
}

double per_second(const Round& round) {
    return round.seconds > 0 ? round.count / round.seconds : 0;
}

double us_each(const Round& round, double cpu_seconds) {
    return round.count > 0 ? cpu_seconds * 1e6 / round.count : 0;
}

template <class Of>
std::vector<double> of_rounds(const Report::Line& line, const Of& of) {
    std::vector<double> numbers;
    numbers.reserve(line.rounds.size());
    for (const Round& round : line.rounds) numbers.push_back(of(round));
    return numbers;
}

template <class Of>
double median(const Report::Line& line, const Of& of) {
    return median_of(of_rounds(line, of));
}

// "median [least..most]"
std::string spread(std::vector<double> numbers) {
    const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
    return number(median_of(numbers)) + " [" + number(*least) + ".." + number(*most) + "]";
}

const Report::Line& first_at_it(const std::vector<Report::Line>& lines, const Case& work) {
    return *std::find_if(lines.begin(), lines.end(), [&](const Report::Line& line) {
        Case of = line.of;
        of.subject = work.subject;
        return of == work;
    });
}

Latency latency_in(const Round& round) {
    return round.latency.value_or(Latency{});
}

std::string text_of_latency(const Report::Line& line) {
    if (!line.rounds.front().latency) return "";
    const auto middle = [&](double Latency::*part) {
        return number(median(line, [&](const Round& round) { return latency_in(round).*part; }));
    };
    return middle(&Latency::p50_us) + " / " + middle(&Latency::p99_us) + " / " +
           middle(&Latency::p999_us) + " / " + middle(&Latency::max_us);
}

// Of the rate; where the rate was given, of the latency.
std::string text_of_multiple(const Report::Line& line, const Report::Line& first) {
    if (&first == &line) return "";
    const auto multiple = [&](const auto& of) {
        const double base = median(first, of);
        return base > 0 ? number(median(line, of) / base) + "x" : "";
    };
    if (!line.of.is_at_a_rate) return multiple(per_second);
    return "p50 " + multiple([](const Round& round) { return latency_in(round).p50_us; }) +
           ", p99 " + multiple([](const Round& round) { return latency_in(round).p99_us; });
}

using Cells = std::vector<std::string>;

Cells cells_of(const Report::Line& line, const std::vector<Report::Line>& all) {
    Cells cells{line.of.scenario, line.of.work, line.of.subject};
    cells.push_back(spread(of_rounds(line, per_second)) + " " + line.of.unit + "/s");
    cells.push_back(text_of_multiple(line, first_at_it(all, line.of)));
    cells.push_back(
        number(median(line, [](const Round& round) { return us_each(round, round.server_cpu); })));
    cells.push_back(line.rounds.front().settled_cpu
                        ? number(median(line,
                                        [](const Round& round) {
                                            return us_each(round, round.settled_cpu.value_or(0));
                                        }))
                        : "");
    cells.push_back(
        number(median(line, [](const Round& round) { return us_each(round, round.client_cpu); })));
    cells.push_back(text_of_latency(line));
    std::string more;
    for (std::size_t i = 0; i < line.rounds.front().more.size(); ++i) {
        const std::string& name = line.rounds.front().more[i].first;
        const double middle =
            median(line, [i](const Round& round) { return round.more.at(i).second; });
        more.append(more.empty() ? "" : ", ").append(name).append(" ").append(number(middle));
    }
    cells.push_back(more);
    return cells;
}

void append_row(std::string& out, const Cells& cells, const std::vector<std::size_t>& widths) {
    out += '|';
    for (std::size_t i = 0; i < cells.size(); ++i) {
        out += ' ' + cells[i] + std::string(widths[i] - cells[i].size(), ' ') + " |";
    }
    out += '\n';
}

// The members of an object, one after the other.
class Members {
public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }

    std::string& name(std::string_view name) {
        if (out_.back() != '{') out_ += ',';
        engine::append_json_string(out_, name);
        out_ += ':';
        return out_;
    }
    void add(std::string_view member, double value) { name(member) += exact(value); }
    void add(std::string_view member, std::string_view text) {
        engine::append_json_string(name(member), text);
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
};

void append_json_round(std::string& out, const Round& round) {
    Members members(out);
    members.add("count", round.count);
    members.add("seconds", round.seconds);
    members.add("server_cpu_s", round.server_cpu);
    members.add("client_cpu_s", round.client_cpu);
    if (round.settled_cpu) members.add("settled_cpu_s", *round.settled_cpu);
    if (round.latency) {
        members.add("p50_us", round.latency->p50_us);
        members.add("p99_us", round.latency->p99_us);
        members.add("p999_us", round.latency->p999_us);
        members.add("max_us", round.latency->max_us);
    }
    for (const auto& [name, value] : round.more) members.add(name, value);
    members.end();
}

void append_json_line(std::string& out, const Report::Line& line) {
    Members members(out);
    members.add("scenario", line.of.scenario);
    members.add("work", line.of.work);
    members.add("subject", line.of.subject);
    members.add("unit", line.of.unit);
    if (line.of.is_at_a_rate) members.name("at_a_rate") += "true";
    if (!line.of.series.empty()) members.add("series", line.of.series);
    if (line.of.orders > 0) members.add("orders", static_cast<double>(line.of.orders));
    members.add("per_second", median(line, per_second));
    members.add("server_us_each",
                median(line, [](const Round& round) { return us_each(round, round.server_cpu); }));
    members.name("rounds") += '[';
    for (const Round& round : line.rounds) {
        if (out.back() != '[') out += ',';
        append_json_round(out, round);
    }
    out += ']';
    members.end();
}

}  // namespace

Latency latency_of(const Histogram& histogram) {
    const auto us_at = [&](double share) {
        return static_cast<double>(histogram.at_share(share)) / 1e3;
    };
    return {.p50_us = us_at(0.5),
            .p99_us = us_at(0.99),
            .p999_us = us_at(0.999),
            .max_us = static_cast<double>(histogram.max()) / 1e3};
}

double median_of(std::vector<double> numbers) {
    if (numbers.empty()) return 0;
    std::sort(numbers.begin(), numbers.end());
    const std::size_t middle = numbers.size() / 2;
    if (numbers.size() % 2 == 1) return numbers[middle];
    return (numbers[middle - 1] + numbers[middle]) / 2;
}

void Report::say(const std::string& name, const std::string& what) {
    std::string free_name = name;
    for (unsigned number = 2;; ++number) {
        const auto at = std::find_if(facts_.begin(), facts_.end(),
                                     [&](const auto& fact) { return fact.first == free_name; });
        if (at == facts_.end()) break;
        if (at->second == what) return;
        free_name = name + " " + std::to_string(number);
    }
    facts_.emplace_back(free_name, what);
}

void Report::add(const Case& of, Round round) {
    auto at =
        std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) { return line.of == of; });
    if (at == lines_.end()) at = lines_.insert(lines_.end(), Line{.of = of, .rounds = {}});
    at->rounds.push_back(std::move(round));
}

std::string Report::table() const {
    std::string out;
    for (const auto& [name, what] : facts_) out.append(name).append(": ").append(what) += '\n';
    std::vector<Cells> rows{{"scenario", "work", "by", "rate", "to the first", "server us",
                             "until settled us", "client us", "p50 / p99 / p99.9 / max us",
                             "more"}};
    for (const Line& line : lines_) rows.push_back(cells_of(line, lines_));

    std::vector<std::size_t> widths(rows.front().size());
    for (const Cells& cells : rows) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            widths[i] = std::max(widths[i], cells[i].size());
        }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        append_row(out, rows[i], widths);
        if (i > 0) continue;
        out += '|';
        for (const std::size_t width : widths) out += std::string(width + 2, '-') + '|';
        out += '\n';
    }
    return out;
}

std::string Report::json() const {
    std::string out;
    Members members(out);
    for (const auto& [name, what] : facts_) members.add(name, what);
    members.name("cases") += '[';
    for (const Line& line : lines_) {
        if (out.back() != '[') out += ',';
        append_json_line(out, line);
    }
    out += ']';
    members.end();
    return out + '\n';
}

}  // namespace freshet::bench
