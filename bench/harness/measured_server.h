// A server under measurement in a folder that goes with it, and what all scenarios do with one.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/plan.h"
#include "bench/harness/report.h"
#include "bench/harness/server.h"
#include "bench/harness/workload.h"

namespace freshet::bench {

class MeasuredServer {
public:
    // Started over an empty folder.
    MeasuredServer(const Plan& plan, const Subject& subject);
    ~MeasuredServer();
    MeasuredServer(const MeasuredServer&) = delete;
    MeasuredServer& operator=(const MeasuredServer&) = delete;

    [[nodiscard]] Server& server() { return server_; }

    // Places all orders of the workload.
    void fill(Workload& workload);

    // Writes so many of the records that come next, in bulk. The round has no settled_cpu yet.
    Round write(Workload& workload, std::uint64_t records);

private:
    std::string folder_;
    Server server_;
};

using More = std::vector<std::pair<std::string, double>>;

// Of the log and the state on disk, for each of so many records, and what the process holds.
More sizes_of(const Server& server, double records);

}  // namespace freshet::bench
