#include "bench/harness/saved_report.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "bench/harness/failure.h"
#include "engine/text/json.h"

namespace freshet::bench {
namespace {

using engine::JsonNode;
using engine::JsonType;

std::string text_in(const JsonNode& node, std::string_view name) {
    const JsonNode* const found = node.find(name);
    return found == nullptr ? "" : std::string(found->text());
}

double number_of(const JsonNode& node) {
    return std::strtod(std::string(node.text()).c_str(), nullptr);
}

double number_in(const JsonNode& node, std::string_view name) {
    const JsonNode* const found = node.find(name);
    return found == nullptr ? 0 : number_of(*found);
}

bool truth_in(const JsonNode& node, std::string_view name) {
    const JsonNode* const found = node.find(name);
    return found != nullptr && found->truth();
}

// Those of a round that have a place of their own; all others are what more it has.
constexpr std::array<std::string_view, 9> own_names = {
    "count",  "seconds", "server_cpu_s", "client_cpu_s", "settled_cpu_s",
    "p50_us", "p99_us",  "p999_us",      "max_us"};

bool has_own_place(std::string_view name) {
    for (const std::string_view own : own_names) {
        if (own == name) return true;
    }
    return false;
}

Round round_in(const JsonNode& node) {
    Round round{.count = number_in(node, "count"),
                .seconds = number_in(node, "seconds"),
                .server_cpu = number_in(node, "server_cpu_s"),
                .client_cpu = number_in(node, "client_cpu_s")};
    if (node.find("settled_cpu_s") != nullptr) round.settled_cpu = number_in(node, "settled_cpu_s");
    if (node.find("p50_us") != nullptr) {
        round.latency = Latency{.p50_us = number_in(node, "p50_us"),
                                .p99_us = number_in(node, "p99_us"),
                                .p999_us = number_in(node, "p999_us"),
                                .max_us = number_in(node, "max_us")};
    }
    for (const JsonNode& member : node) {
        if (has_own_place(member.name())) continue;
        round.more.emplace_back(std::string(member.name()), number_of(member));
    }
    return round;
}

Case case_in(const JsonNode& line) {
    return {.scenario = text_in(line, "scenario"),
            .work = text_in(line, "work"),
            .unit = text_in(line, "unit"),
            .subject = text_in(line, "subject"),
            .is_at_a_rate = truth_in(line, "at_a_rate"),
            .series = text_in(line, "series"),
            .orders = static_cast<std::uint64_t>(number_in(line, "orders"))};
}

// Rounds of two runs are no rounds of one line: only what one run has measured can be compared.
void check_is_new(const Report& report, const Case& of, const std::string& path) {
    for (const Report::Line& line : report.lines()) {
        if (line.of == of) {
            throw Failure("--from " + path + ": a file before it has " + of.scenario + ", " +
                          of.work + ", " + of.subject +
                          ", too, and two runs make no one line; leave one of the files out");
        }
    }
}

}  // namespace

void add_saved(Report& report, const std::string& path) {
    std::ifstream in(path);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (text.empty()) throw Failure("--from " + path + ": there is nothing in such a file");
    const auto document = engine::JsonDocument::parse(std::move(text));
    if (!document) throw Failure("--from " + path + ": " + document.error().message);
    const JsonNode* const cases = document->root().find("cases");
    if (cases == nullptr || !cases->is(JsonType::array)) {
        throw Failure("--from " + path + ": it has no cases; name a file that --json has written");
    }
    for (const JsonNode& line : *cases) check_is_new(report, case_in(line), path);
    for (const JsonNode& fact : document->root()) {
        if (fact.is(JsonType::string)) {
            report.say(std::string(fact.name()), std::string(fact.text()));
        }
    }
    for (const JsonNode& line : *cases) {
        const JsonNode* const rounds = line.find("rounds");
        if (rounds == nullptr) continue;
        for (const JsonNode& round : *rounds) report.add(case_in(line), round_in(round));
    }
}

}  // namespace freshet::bench
