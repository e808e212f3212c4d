// A PostgreSQL of a run's own: every commit is synced before it is answered.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/local_socket.h"
#include "bench/harness/plan.h"
#include "bench/peers/peer_process.h"

namespace freshet::bench {

// Of names such as "9.6" and "15", the one of the newest release; empty of none.
std::string newest_postgres(const std::vector<std::string>& names);

bool is_postgres_here();
std::string postgres_version(const Plan& plan);
PeerProcess start_postgres(const Plan& plan);

// A connection with a session of its one user, in the database of the same name.
LocalSocket postgres_session(std::uint16_t port);
void begin_postgres_session(LocalSocket& socket);

// Runs statements of SQL as one transaction.
void run_sql(LocalSocket& session, std::string_view sql);

}  // namespace freshet::bench
