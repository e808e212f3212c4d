#include "bench/peers/peer_load.h"

#include <deque>
#include <vector>

#include "bench/harness/failure.h"
#include "bench/harness/rounds.h"

namespace freshet::bench {

Round run_peer_load(const Plan& plan, const PeerLoad& load) {
    std::deque<Workload> lanes = lanes_of(plan, load.clients);
    std::vector<RequestSource> sources;
    sources.reserve(lanes.size());
    for (Workload& lane : lanes) {
        sources.emplace_back([&lane, &load](std::string& out) { return load.next(lane, out); });
    }
    const ClosedDone done = run_closed({.port = load.port,
                                        .warm_up_seconds = warm_up_seconds(plan),
                                        .seconds = plan.seconds,
                                        .greet = load.greet,
                                        .take_answer = load.take_answer},
                                       sources, load.cpu_now);
    Written written;
    for (const Workload& lane : lanes) {
        written.records += lane.records();
        written.live += lane.live();
    }
    load.check(written);
    return round_of(done);
}

void check_kept(const std::string& peer, const std::string& what, std::uint64_t has,
                std::uint64_t should_have) {
    if (has == should_have) return;
    throw Failure(peer + " has " + std::to_string(has) + " " + what + " instead of " +
                  std::to_string(should_have) + ", so its figures are void");
}

}  // namespace freshet::bench
