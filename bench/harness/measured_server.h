// A server under measurement in a folder that goes with it, and what all scenarios do with one.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/harness/plan.h"
#include "bench/harness/report.h"
#include "bench/harness/server.h"
#include "bench/harness/workload.h"

namespace freshet::bench {

// "round 2, bulk, freshet", after the scenario.
void say_round(std::string_view scenario, unsigned round, const std::string& work,
               const std::string& subject);

class MeasuredServer {
public:
    // Started over an empty folder; on the plan's core for servers unless others are named.
    // `limits` are lines of [limits].
    MeasuredServer(const Plan& plan, const Subject& subject,
                   const std::vector<unsigned>& cores = {},
                   const std::vector<std::string>& limits = {}, const TableOptions& table = {});
    ~MeasuredServer();
    MeasuredServer(const MeasuredServer&) = delete;
    MeasuredServer& operator=(const MeasuredServer&) = delete;

    [[nodiscard]] Server& server() { return server_; }

    // Places all orders of the workload; none if it is one of lives.
    void fill(Workload& workload);

    // Writes so many of the records that come next, in bulk. The round has no settled_cpu yet.
    Round write(Workload& workload, std::uint64_t records);

private:
    std::string folder_;
    Server server_;
};

// One of each subject's, all alive at the same time, with the load that has been written to it.
struct LoadedServer {
    const Subject& subject;
    std::unique_ptr<MeasuredServer> measured;
    std::unique_ptr<Workload> workload;

    [[nodiscard]] Server& server() const { return measured->server(); }
};

// Each with the orders of its load placed, unless it is one of lives, and so many records after
// that. Where the plan has a folder for loads, what is kept there is taken, and what is not is
// kept; the report then says who wrote it.
std::vector<LoadedServer> load_servers(const Plan& plan, const WorkloadOptions& options,
                                       std::uint64_t records, Report& report,
                                       const std::vector<unsigned>& cores = {});

using More = std::vector<std::pair<std::string, double>>;

// Of the log and the state on disk, for each of so many records, and what the process holds.
More sizes_of(const Server& server, double records);

}  // namespace freshet::bench
