#include <filesystem>
#include <string>

#include "bench/harness/machine.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/scenarios.h"

namespace freshet::bench {
namespace {

// Not settled before the kill, so that there is something to find again.
constexpr std::uint64_t records_before_a_kill = 20'000;

Round start_again(Server& server) {
    const double seconds = server.start();
    const double cpu = server.cpu_seconds();
    return {.count = 1,
            .seconds = seconds,
            .server_cpu = cpu,
            .more = {{"ms", seconds * 1e3},
                     {"RSS MB", static_cast<double>(resident_bytes_of(server.pid())) / 1e6}}};
}

Case start_after(const std::string& what, const LoadedServer& loaded) {
    return {.scenario = "recover",
            .work = "after " + what,
            .unit = "starts",
            .subject = loaded.subject.name};
}

}  // namespace

// The server has both cores: nothing else has to be done meanwhile.
void measure_recover(const Plan& plan, Report& report) {
    const auto servers =
        load_servers(plan, {.seed = plan.seed, .orders = plan.orders.front(), .skew = plan.skew},
                     plan.records, {plan.server_core, plan.load_core});
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const LoadedServer& loaded : servers) {
            Server& server = loaded.server();
            say_round("recover", round, "after a stop", loaded.subject.name);
            server.stop();
            report.add(start_after("a stop", loaded), start_again(server));

            say_round("recover", round, "after kill -9", loaded.subject.name);
            loaded.measured->write(*loaded.workload, records_before_a_kill);
            server.kill();
            report.add(start_after("kill -9", loaded), start_again(server));
            server.settle();
        }
    }
}

}  // namespace freshet::bench
