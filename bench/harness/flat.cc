#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/measured_server.h"
#include "bench/harness/progress.h"
#include "bench/harness/scenarios.h"

namespace freshet::bench {
namespace {

// New orders last: they add to those that are alive.
constexpr std::array skews = {Skew::newest, Skew::uniform, Skew::skewed, Skew::fresh};

Round change(const Plan& plan, const LoadedServer& loaded, Skew skew) {
    Server& server = loaded.server();
    loaded.workload->change_skew(skew);
    const double before = server.cpu_seconds();
    Round round = loaded.measured->write(*loaded.workload, plan.records);
    server.settle();
    round.settled_cpu = server.cpu_seconds() - before;
    round.more = sizes_of(server, static_cast<double>(loaded.workload->records()));
    return round;
}

// What a record cost at the first number of orders, in seconds, by who did what.
using FirstCosts = std::map<std::pair<std::string, Skew>, std::vector<double>>;

// Adds how many times as much the record costs now.
void compare(Round& round, std::vector<double>& first_costs, bool is_first) {
    const double cost = round.settled_cpu.value_or(0) / round.count;
    if (is_first) {
        first_costs.push_back(cost);
    } else {
        round.more.emplace_back("until settled x", cost / median_of(first_costs));
    }
}

void measure_with(const Plan& plan, std::uint64_t orders, FirstCosts& costs, Report& report) {
    say_progress("flat: placing " + std::to_string(orders) + " orders");
    const auto servers =
        load_servers(plan, {.seed = plan.seed, .orders = orders, .skew = Skew::uniform}, 0);
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Skew skew : skews) {
            for (const LoadedServer& loaded : servers) {
                const std::string work =
                    std::string(name_of(skew)) + ", " + std::to_string(orders) + " live";
                say_round("flat", round, work, loaded.subject.name);
                Round changed = change(plan, loaded, skew);
                compare(changed, costs[{loaded.subject.name, skew}], orders == plan.orders.front());
                report.add({.scenario = "flat",
                            .work = work,
                            .unit = "records",
                            .subject = loaded.subject.name,
                            .series = std::string(name_of(skew)),
                            .orders = orders},
                           changed);
            }
        }
    }
}

}  // namespace

void measure_flat(const Plan& plan, Report& report) {
    FirstCosts costs;
    for (const std::uint64_t orders : plan.orders) measure_with(plan, orders, costs, report);
}

}  // namespace freshet::bench
