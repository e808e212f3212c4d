#include <algorithm>
#include <deque>

#include "bench/harness/http_exchange.h"
#include "bench/harness/load.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/scenarios.h"

namespace freshet::bench {
namespace {

constexpr double warm_up_share = 0.1;

// With the server's processor time until it is settled and has ended in order, so that what it had
// put off is counted, too.
Round append_bulk(const Plan& plan, const Subject& subject) {
    MeasuredServer measured(plan, subject);
    Server& server = measured.server();
    Workload workload({.seed = plan.seed, .orders = plan.orders.front(), .skew = plan.skew});
    measured.fill(workload);
    server.settle();

    const double before = server.cpu_seconds();
    Round round = measured.write(workload, plan.records);
    server.settle();
    round.more = sizes_of(server, static_cast<double>(workload.records()));
    round.settled_cpu = server.stop() - before;
    return round;
}

Round append_singles(const Plan& plan, const Subject& subject, unsigned clients) {
    MeasuredServer measured(plan, subject);
    Server& server = measured.server();
    std::deque<Workload> workloads;
    std::vector<RequestSource> sources;
    for (unsigned i = 0; i < clients; ++i) {
        workloads.emplace_back(
            WorkloadOptions{.seed = plan.seed,
                            .orders = std::max<std::uint64_t>(1, plan.orders.front() / clients),
                            .skew = Skew::life,
                            .lane = i,
                            .lanes = clients});
        Workload& workload = workloads.back();
        sources.emplace_back([&workload](std::string& out) {
            std::string record;
            workload.next(record);
            out += post_request(record);
            return 1U;
        });
    }
    const ClosedDone done = run_closed({.port = server.port(),
                                        .warm_up_seconds = plan.seconds * warm_up_share,
                                        .seconds = plan.seconds},
                                       sources, [&] { return server.cpu_seconds(); });
    return {.count = static_cast<double>(done.records),
            .seconds = done.seconds,
            .server_cpu = done.server_cpu,
            .client_cpu = done.client_cpu,
            .latency = latency_of(done.latency)};
}

}  // namespace

void measure_append(const Plan& plan, Report& report) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Subject& subject : plan.subjects) {
            if (plan.records == 0) break;
            say_round("append", round, "bulk", subject);
            report.add(
                {.scenario = "append", .work = "bulk", .unit = "records", .subject = subject.name},
                append_bulk(plan, subject));
        }
        for (const unsigned clients : plan.clients) {
            const std::string work =
                std::to_string(clients) + (clients == 1 ? " client" : " clients");
            for (const Subject& subject : plan.subjects) {
                say_round("append", round, work, subject);
                report.add({.scenario = "append",
                            .work = work,
                            .unit = "records",
                            .subject = subject.name},
                           append_singles(plan, subject, clients));
            }
        }
    }
}

}  // namespace freshet::bench
