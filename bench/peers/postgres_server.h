// A PostgreSQL of a run's own: every commit is synced before it is answered.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string_view>

#include "bench/harness/local_socket.h"
#include "bench/harness/plan.h"
#include "bench/peers/peer_process.h"

namespace freshet::bench {

bool is_postgres_here();
PeerProcess start_postgres(const Plan& plan);

// A connection with a session of its one user, in the database of the same name.
LocalSocket postgres_session(std::uint16_t port);
void begin_postgres_session(LocalSocket& socket);

// Runs statements of SQL as one transaction.
void run_sql(LocalSocket& session, std::string_view sql);

}  // namespace freshet::bench
