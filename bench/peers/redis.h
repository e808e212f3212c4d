// Redis Streams with an append-only file that is synced before each answer. It keeps no views.
//
// An XADD for each record, and for the latency an XREAD that blocks. The newest million entries are
// kept, so that the stream does not outgrow the memory.
#pragma once

#include "bench/harness/plan.h"
#include "bench/harness/report.h"

namespace freshet::bench {

bool redis_is_installed(const Plan& plan);

// 16 connections, each with 64 commands before it waits for their answers.
Round append_bulk_to_redis(const Plan& plan);
Round append_singles_to_redis(const Plan& plan, unsigned clients);
Round measure_latency_of_redis(const Plan& plan);

}  // namespace freshet::bench
