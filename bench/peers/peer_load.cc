#include "bench/peers/peer_load.h"

#include <deque>
#include <vector>

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
    load.check(written_of(lanes));
    return round_of(done);
}

}  // namespace freshet::bench
