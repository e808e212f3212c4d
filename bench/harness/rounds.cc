#include "bench/harness/rounds.h"

#include <algorithm>
#include <cstdint>

namespace freshet::bench {
namespace {

constexpr double seconds_of_a_turn = 2;

template <class Done>
Round round_of_any(const Done& done) {
    return {.count = static_cast<double>(done.records),
            .seconds = done.seconds,
            .server_cpu = done.server_cpu,
            .client_cpu = done.client_cpu,
            .latency = latency_of(done.latency)};
}

}  // namespace

std::deque<Workload> lanes_of(const Plan& plan, unsigned clients) {
    std::deque<Workload> lanes;
    for (unsigned i = 0; i < clients; ++i) {
        lanes.emplace_back(
            WorkloadOptions{.seed = plan.seed,
                            .orders = std::max<std::uint64_t>(1, plan.orders.front() / clients),
                            .lane = i,
                            .lanes = clients});
    }
    return lanes;
}

WorkloadOptions latency_load(const Plan& plan) {
    return {.seed = plan.seed,
            .orders = static_cast<std::uint64_t>(plan.rate * seconds_of_a_turn) + 1};
}

Round round_of(const ClosedDone& done) {
    return round_of_any(done);
}

Round watched_round(const Plan& plan, Workload& workload, Watched& watched,
                    const std::function<double()>& server_cpu_now) {
    return round_of_any(run_open(
        {.rate = plan.rate, .warm_up_seconds = warm_up_seconds(plan), .seconds = plan.seconds},
        workload, watched, server_cpu_now));
}

}  // namespace freshet::bench
