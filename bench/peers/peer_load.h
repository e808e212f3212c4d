// What all peers have in common: the load of records, and whether they were all kept.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bench/harness/load.h"
#include "bench/harness/plan.h"
#include "bench/harness/report.h"
#include "bench/harness/workload.h"
#include "bench/harness/written.h"

namespace freshet::bench {

struct PeerLoad {
    std::uint16_t port = 0;
    unsigned clients = 0;
    // Appends a client's next request; how many records it has.
    std::function<unsigned(Workload& lane, std::string& out)> next;
    AnswerTaker take_answer;
    std::function<void(LocalSocket& socket)> greet = {};  // before the first request, if at all
    std::function<double()> cpu_now;                      // the peer's, in seconds
    // Called when all was answered. Throws a Failure if the peer does not have all of it.
    std::function<void(const Written& written)> check;
};

// Clients in a closed loop for the plan's seconds.
Round run_peer_load(const Plan& plan, const PeerLoad& load);

}  // namespace freshet::bench
