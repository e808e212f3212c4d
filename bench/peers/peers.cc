#include "bench/peers/peers.h"

#include <array>
#include <string>

#include "bench/harness/progress.h"
#include "bench/peers/message_db.h"
#include "bench/peers/nats.h"
#include "bench/peers/node_and_redis.h"
#include "bench/peers/postgres.h"
#include "bench/peers/postgres_orders.h"
#include "bench/peers/postgres_server.h"
#include "bench/peers/redis.h"
#include "bench/peers/redis_server.h"
#include "bench/peers/wrk.h"

namespace freshet::bench {
namespace {

constexpr std::array all = {
    Peer{.name = "redis",
         .to_install = "apt-get install redis-server",
         .is_installed = redis_is_installed,
         .version = redis_version,
         .bulk_means = "16 x 64",
         .bulk = append_bulk_to_redis,
         .singles = append_singles_to_redis,
         .latency = measure_latency_of_redis},
    Peer{.name = "postgresql",
         .to_install = "apt-get install postgresql",
         .is_installed = postgres_is_installed,
         .version = postgres_version,
         .bulk_means = "4 x 256",
         .bulk = append_bulk_to_postgres,
         .singles = append_singles_to_postgres,
         .latency = measure_latency_of_postgres,
         .direct = write_orders_to_postgres},
    Peer{.name = "message-db",
         .to_install =
             "apt-get install postgresql npm && npm ci --prefix bench/peers --ignore-scripts",
         .is_installed = message_db_is_installed,
         .version = message_db_version,
         .bulk_means = "4 x 64",
         .bulk = append_bulk_to_message_db,
         .singles = append_singles_to_message_db,
         .latency = measure_latency_of_message_db},
    Peer{.name = "nats",
         .to_install = "apt-get install nats-server",
         .is_installed = nats_is_installed,
         .version = nats_version,
         .bulk_means = "16 x 64",
         .bulk = append_bulk_to_nats,
         .singles = append_singles_to_nats,
         .latency = measure_latency_of_nats,
         .is_durable = nats_is_durable,
         .name_unless_durable = "nats (not synced)"},
    Peer{.name = "node + redis",
         .to_install = "apt-get install redis-server nodejs npm && npm ci --prefix bench/peers "
                       "--ignore-scripts",
         .is_installed = node_and_redis_are_installed,
         .version = node_and_redis_version,
         .bulk_means = "16 x 64",
         .bulk = append_bulk_to_node_and_redis,
         .singles = append_singles_to_node_and_redis,
         .latency = measure_latency_of_node_and_redis},
    Peer{.name = "wrk",
         .to_install = "apt-get install wrk",
         .is_installed = wrk_is_installed,
         .version = wrk_version,
         .call = call_by_wrk},
};

}  // namespace

std::vector<Peer> peers_for(const Plan& plan) {
    static bool has_said_missing = false;
    std::vector<Peer> here;
    if (!plan.peers) return here;
    for (const Peer& peer : all) {
        if (peer.is_installed(plan)) {
            here.push_back(peer);
            const bool is_durable = peer.is_durable == nullptr || peer.is_durable(plan);
            if (!is_durable) here.back().name = peer.name_unless_durable;
        } else if (!has_said_missing) {
            say_progress(std::string(peer.name) + " is not here and is left out; to install it: " +
                         std::string(peer.to_install));
        }
    }
    has_said_missing = true;
    return here;
}

}  // namespace freshet::bench
