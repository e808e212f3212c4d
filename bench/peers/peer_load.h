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

namespace freshet::bench {

struct Written {
    std::uint64_t records = 0;
    std::uint64_t live = 0;  // orders that were placed and not cancelled
};

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

// Throws a Failure unless the peer `has` as many of `what` as it should: one that loses or refuses
// records would look fast.
void check_kept(const std::string& peer, const std::string& what, std::uint64_t has,
                std::uint64_t should_have);

}  // namespace freshet::bench
