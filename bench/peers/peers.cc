#include "bench/peers/peers.h"

#include <array>
#include <string>

#include "bench/harness/progress.h"
#include "bench/peers/postgres.h"
#include "bench/peers/redis.h"

namespace freshet::bench {
namespace {

constexpr std::array all = {
    Peer{.name = "redis",
         .package = "redis-server",
         .is_installed = redis_is_installed,
         .bulk_means = "16 x 64",
         .bulk = append_bulk_to_redis,
         .singles = append_singles_to_redis,
         .latency = measure_latency_of_redis},
    Peer{.name = "postgresql",
         .package = "postgresql",
         .is_installed = postgres_is_installed,
         .bulk_means = "4 x 256",
         .bulk = append_bulk_to_postgres,
         .singles = append_singles_to_postgres,
         .latency = nullptr},
};

}  // namespace

std::vector<Peer> peers_for(const Plan& plan) {
    static bool has_said_missing = false;
    std::vector<Peer> here;
    if (!plan.peers) return here;
    for (const Peer& peer : all) {
        if (peer.is_installed()) {
            here.push_back(peer);
        } else if (!has_said_missing) {
            say_progress(std::string(peer.name) + " is not here and is left out; to install it: " +
                         "apt-get install " + std::string(peer.package));
        }
    }
    has_said_missing = true;
    return here;
}

}  // namespace freshet::bench
