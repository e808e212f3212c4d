// What all who are measured have in common: the load of single records, and what a run of it says.
//
// Threads: pure.
#pragma once

#include <deque>
#include <functional>

#include "bench/harness/load.h"
#include "bench/harness/open_load.h"
#include "bench/harness/plan.h"
#include "bench/harness/report.h"
#include "bench/harness/workload.h"

namespace freshet::bench {

// Before what is counted.
inline double warm_up_seconds(const Plan& plan) {
    return plan.seconds / 10;
}

// Lives of orders, for so many clients that write at the same time: a share of the orders for each.
std::deque<Workload> lanes_of(const Plan& plan, unsigned clients);

// Lives of as many orders as have a record in two seconds: so no order often waits for itself.
WorkloadOptions latency_load(const Plan& plan);

Round round_of(const ClosedDone& done);

// Records at the plan's rate, and when a subscriber heard of them.
Round watched_round(const Plan& plan, Workload& workload, Watched& watched,
                    const std::function<double()>& server_cpu_now);

}  // namespace freshet::bench
