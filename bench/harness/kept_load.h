// Data folders of loads that were written before, so that millions of orders need not be written
// for each run.
//
// Below the plan's folder for them, each load has a folder with a name of its own: its seed, orders
// and records. It comes into being at once, and is never changed after that: a server is given
// links to its sorted files, which RocksDB never changes, and copies of all others.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include "bench/harness/plan.h"
#include "bench/harness/server.h"
#include "bench/harness/workload.h"

namespace freshet::bench {

// Where the load is kept, whether it is there or not yet.
std::string kept_load(const Plan& plan, const WorkloadOptions& options, std::uint64_t records);

// Keeps what the server has there. The server is stopped meanwhile.
void keep_load(Server& server, const std::string& path);

// Gives the server what is kept there instead of what it has; the workload is then as if it had
// written so many records after its orders.
void take_kept_load(Server& server, const std::string& path, Workload& workload,
                    std::uint64_t records);

}  // namespace freshet::bench
