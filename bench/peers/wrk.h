// wrk, which loads an HTTP endpoint as fast as it can: the same body again and again, made once.
//
// So it is the bound of what feeds a function: what Freshet spends beyond it is reading records and
// making bodies of them.
//
// Threads: one.
#pragma once

#include <string>

#include "bench/harness/plan.h"
#include "bench/harness/report.h"
#include "bench/peers/peers.h"

namespace freshet::bench {

bool wrk_is_installed(const Plan& plan);
std::string wrk_version(const Plan& plan);

// With one thread, on the core for servers, for the plan's seconds, but whole ones. `server_cpu` is
// that of wrk.
Round call_by_wrk(const Plan& plan, const FunctionCalls& calls);

}  // namespace freshet::bench
