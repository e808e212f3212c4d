// Data folders of loads that were written before, so that millions of orders need not be written
// for each round or run.
//
// Below the plan's folder for them, each load has a folder with a name of its own: its seed, orders
// and records, and who wrote it, which is the program with its configuration. For a state that
// another program has written, or that was folded at once instead of record by record, would be
// measured as that of this one. A load comes into being at once, and is never changed after that: a
// server is given links to its sorted files, which RocksDB never changes, and copies of all others.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include "bench/harness/plan.h"
#include "bench/harness/server.h"
#include "bench/harness/workload.h"

namespace freshet::bench {

// Where the load is kept that this program has written, whether it is there or not yet. Throws a
// Failure if there is no such program.
std::string kept_load(const Plan& plan, const std::string& program, const WorkloadOptions& options,
                      std::uint64_t records);

// Keeps what the server has there, and beside it, in a file of the same name with ".txt", who wrote
// it. The server is stopped meanwhile.
void keep_load(Server& server, const std::string& path, const std::string& writer);

// Who wrote it.
std::string writer_of_load(const std::string& path);

// Gives the server what is kept there instead of what it has; the workload is then as if it had
// written so many records after its orders.
void take_kept_load(Server& server, const std::string& path, Workload& workload,
                    std::uint64_t records);

}  // namespace freshet::bench
