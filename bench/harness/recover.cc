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

class Recovery {
public:
    Recovery(const Plan& plan, unsigned round, const LoadedServer& loaded, Report& report)
        : plan_(plan), round_(round), loaded_(loaded), report_(report) {}

    void after_stop() {
        loaded_.server().stop();
        measure("after a stop");
    }
    void after_kill() {
        write();
        loaded_.server().kill();
        measure("after kill -9, right after the last write");
    }
    void after_pause_and_kill() {
        constexpr unsigned ms_of_second = 1'000;
        write();
        pause_ms(static_cast<unsigned>(plan_.seconds * ms_of_second));
        loaded_.server().kill();
        measure("after kill -9, --seconds after the last write");
    }

private:
    void write() {
        loaded_.server().settle();
        loaded_.measured->write(*loaded_.workload, records_before_a_kill);
    }
    void measure(const std::string& work) {
        say_round("recover", round_, work, loaded_.subject.name);
        report_.add({.scenario = "recover",
                     .work = work,
                     .unit = "starts",
                     .subject = loaded_.subject.name},
                    start_again(loaded_.server()));
    }

    const Plan& plan_;
    unsigned round_;
    const LoadedServer& loaded_;
    Report& report_;
};

}  // namespace

// The server has both cores: nothing else has to be done meanwhile.
void measure_recover(const Plan& plan, Report& report) {
    const auto servers =
        load_servers(plan, {.seed = plan.seed, .orders = plan.orders.front(), .skew = plan.skew},
                     plan.records, report, {plan.server_core, plan.load_core});
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const LoadedServer& loaded : servers) {
            Recovery recovery(plan, round, loaded, report);
            recovery.after_stop();
            recovery.after_kill();
            recovery.after_pause_and_kill();
        }
    }
}

}  // namespace freshet::bench
