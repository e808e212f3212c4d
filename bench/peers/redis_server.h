// A Redis of a run's own: each write is synced to its file before it is answered.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/harness/load.h"
#include "bench/harness/plan.h"
#include "bench/peers/peer_process.h"

namespace freshet::bench {

bool is_redis_here();
std::string redis_version(const Plan& plan);
PeerProcess start_redis(const Plan& plan);

// Takes so many replies at once, or none. Throws a Failure if one is an error.
AnswerTaker replies_of_redis(unsigned replies);

// A number that it knows: the reply to the command, or in a reply of names and values the value of
// `name`. Throws a Failure if it knows none.
std::uint64_t ask_redis(std::uint16_t port, const std::vector<std::string_view>& command,
                        std::string_view name = {});

}  // namespace freshet::bench
