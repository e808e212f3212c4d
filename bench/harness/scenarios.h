// The scenarios: each does its work for every subject, round by round, and adds to the report.
//
//     append    bulk NDJSON on one connection; single records by so many clients, closed loop
//     rebuild   the state deleted, records a second until /readyz
//     recover   from the start to /readyz: after a stop in order, after kill -9
//     flat      the cost of a record as the number of live orders grows
//     churn     a page of a board: fresh, and after orders have come and gone
//     latency   from an append to the subscriber that hears of it, at a rate, open loop
//     direct    writes of items against records of the same content, and against ten of them in a
//               transaction, closed loop
//     watch     the same rate, answered, while many watch a live board
//     expire    how long writers wait, closed loop, while very many items expire at once
//     functions how fast functions are fed, and what paused and slow ones cost writers
//
// Each server has a folder of its own, which is removed with it. What fails is thrown as a Failure.
//
// Threads: one.
#pragma once

#include <span>
#include <string_view>

#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

void measure_append(const Plan& plan, Report& report);
void measure_rebuild(const Plan& plan, Report& report);
void measure_recover(const Plan& plan, Report& report);
void measure_flat(const Plan& plan, Report& report);
void measure_churn(const Plan& plan, Report& report);
void measure_latency(const Plan& plan, Report& report);
void measure_direct(const Plan& plan, Report& report);
void measure_watch(const Plan& plan, Report& report);
void measure_expire(const Plan& plan, Report& report);
void measure_functions(const Plan& plan, Report& report);

struct Scenario {
    std::string_view name;
    void (*measure)(const Plan& plan, Report& report);
};

// In the order in which they run.
std::span<const Scenario> scenarios();

}  // namespace freshet::bench
