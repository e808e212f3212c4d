#include <algorithm>
#include <filesystem>
#include <string>

#include "bench/harness/measured_server.h"
#include "bench/harness/scenarios.h"

namespace freshet::bench {
namespace {

Round rebuild(const LoadedServer& loaded) {
    Server& server = loaded.server();
    server.stop();
    std::filesystem::remove_all(server.data_path("state"));
    const double seconds = server.start();
    const double cpu = server.cpu_seconds();
    server.settle();
    const auto records = static_cast<double>(loaded.workload->records());
    return {.count = records,
            .seconds = seconds,
            .server_cpu = cpu,
            .settled_cpu = server.cpu_seconds(),
            .more = sizes_of(server, records)};
}

}  // namespace

// The server has both cores: nothing else has to be done meanwhile.
void measure_rebuild(const Plan& plan, Report& report) {
    const auto servers =
        load_servers(plan, {.seed = plan.seed, .orders = plan.orders.front(), .skew = plan.skew},
                     plan.records, report, {plan.server_core, plan.load_core});
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const LoadedServer& loaded : servers) {
            say_round("rebuild", round, "a log of " + std::to_string(loaded.workload->records()),
                      loaded.subject.name);
            report.add({.scenario = "rebuild",
                        .work = "state deleted",
                        .unit = "records",
                        .subject = loaded.subject.name},
                       rebuild(loaded));
        }
    }
}

}  // namespace freshet::bench
