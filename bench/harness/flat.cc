#include <array>
#include <cstdint>
#include <string>

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

void measure_with(const Plan& plan, std::uint64_t orders, Report& report) {
    say_progress("flat: placing " + std::to_string(orders) + " orders");
    const auto servers =
        load_servers(plan, {.seed = plan.seed, .orders = orders, .skew = Skew::uniform}, 0);
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Skew skew : skews) {
            for (const LoadedServer& loaded : servers) {
                const std::string work =
                    std::string(name_of(skew)) + ", " + std::to_string(orders) + " live";
                say_round("flat", round, work, loaded.subject.name);
                report.add({.scenario = "flat",
                            .work = work,
                            .unit = "records",
                            .subject = loaded.subject.name,
                            .series = std::string(name_of(skew)),
                            .orders = orders},
                           change(plan, loaded, skew));
            }
        }
    }
}

}  // namespace

void measure_flat(const Plan& plan, Report& report) {
    for (const std::uint64_t orders : plan.orders) measure_with(plan, orders, report);
}

}  // namespace freshet::bench
