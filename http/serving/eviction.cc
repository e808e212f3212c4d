#include "http/serving/eviction.h"

#include <algorithm>
#include <vector>

namespace freshet::http {

namespace {

using Candidates = std::vector<Connection*>;

// Those that have said nothing, the oldest first, without the newest few.
Candidates silent_ones(const Connections& connections, std::size_t spared) {
    Candidates silent;
    for (const auto& connection : connections) {
        const bool is_silent = connection->is_silent() && connection->may_be_evicted();
        if (is_silent) silent.push_back(connection.get());
    }
    std::sort(silent.begin(), silent.end(),
              [](const Connection* a, const Connection* b) { return a->came_at() < b->came_at(); });
    silent.resize(silent.size() - std::min(spared, silent.size()));
    return silent;
}

// The idle ones of the network, and then the newest; no more than half of them, since others may
// have more than it has then.
Candidates ones_of(const Network& network, const Connections& connections) {
    Candidates of_network;
    for (const auto& connection : connections) {
        const Peer& peer = connection->peer();
        if (!peer.is_counted || !network.contains(peer.address)) continue;
        if (connection->may_be_evicted()) of_network.push_back(connection.get());
    }
    std::sort(of_network.begin(), of_network.end(), [](const Connection* a, const Connection* b) {
        if (a->is_idle() != b->is_idle()) return a->is_idle();
        return a->came_at() > b->came_at();
    });
    of_network.resize((of_network.size() + 1) / 2);
    return of_network;
}

// Closes them, so many at most; returns how many.
std::size_t evict_first(const Candidates& candidates, std::size_t most, Eviction why,
                        const Service& service) {
    const std::size_t count = std::min(candidates.size(), most);
    for (std::size_t i = 0; i < count; ++i) {
        candidates[i]->evict();
        service.metrics.count_eviction(why);
    }
    return count;
}

}  // namespace

void evict(const Connections& connections, const Shortage& shortage, const Service& service) {
    const Candidates silent = silent_ones(connections, shortage.spared);
    const std::size_t gone = evict_first(silent, shortage.too_many, Eviction::silent, service);
    const std::size_t left = shortage.too_many - gone;
    if (left == 0 || !shortage.fullest) return;
    evict_first(ones_of(*shortage.fullest, connections), left, Eviction::network, service);
}

}  // namespace freshet::http
