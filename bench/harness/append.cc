#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/http_exchange.h"
#include "bench/harness/load.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/written.h"
#include "bench/peers/peers.h"

namespace freshet::bench {
namespace {

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
    const Server& server = measured.server();
    std::deque<Workload> lanes = lanes_of(plan, clients);
    std::vector<RequestSource> sources;
    sources.reserve(lanes.size());
    for (Workload& lane : lanes) {
        sources.emplace_back([&lane](std::string& out) {
            std::string record;
            lane.next(record);
            out += post_request(record);
            return 1U;
        });
    }
    const ClosedDone done = run_closed(
        {.port = server.port(), .warm_up_seconds = warm_up_seconds(plan), .seconds = plan.seconds},
        sources, [&] { return server.cpu_seconds(); });
    check_server(subject.name, server, written_of(lanes));
    return round_of(done);
}

Case append_case(const std::string& work, std::string subject) {
    return {.scenario = "append", .work = work, .unit = "records", .subject = std::move(subject)};
}

void measure_bulk(const Plan& plan, unsigned round, Report& report) {
    for (const Subject& subject : plan.subjects) {
        say_round("append", round, "bulk", subject.name);
        report.add(append_case("bulk", subject.name), append_bulk(plan, subject));
    }
    for (const Peer& peer : peers_for(plan)) {
        if (peer.bulk == nullptr) continue;
        const std::string name = std::string(peer.name) + " " + std::string(peer.bulk_means);
        say_round("append", round, "bulk", name);
        report.add(append_case("bulk", name), peer.bulk(plan));
    }
}

void measure_singles(const Plan& plan, unsigned round, unsigned clients, Report& report) {
    const std::string work = std::to_string(clients) + (clients == 1 ? " client" : " clients");
    for (const Subject& subject : plan.subjects) {
        say_round("append", round, work, subject.name);
        report.add(append_case(work, subject.name), append_singles(plan, subject, clients));
    }
    for (const Peer& peer : peers_for(plan)) {
        if (peer.singles == nullptr) continue;
        const std::string name(peer.name);
        say_round("append", round, work, name);
        report.add(append_case(work, name), peer.singles(plan, clients));
    }
}

}  // namespace

void measure_append(const Plan& plan, Report& report) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        if (plan.records > 0) measure_bulk(plan, round, report);
        for (const unsigned clients : plan.clients) {
            measure_singles(plan, round, clients, report);
        }
    }
}

}  // namespace freshet::bench
