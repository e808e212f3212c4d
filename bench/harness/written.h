// What was written and acknowledged, which has to be there: one that loses or refuses
// records would look fast.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "bench/harness/local_socket.h"
#include "bench/harness/server.h"
#include "bench/harness/workload.h"

namespace freshet::bench {

struct Written {
    std::uint64_t records = 0;
    std::uint64_t live = 0;  // orders that were placed and not cancelled
};

Written written_of(const Workload& workload);
Written written_of(const std::deque<Workload>& lanes);

// Throws a Failure unless `name` has as many of `what` as it should.
void check_kept(const std::string& name, const std::string& what, std::uint64_t has,
                std::uint64_t should_have);

// The rows of a list, or of a partition of it, of which this is a page: "/views/all?limit=1000".
// They have an `id`.
std::uint64_t rows_of(LocalSocket& socket, const std::string& page);

// Asks a server for the rows of all customers' lists: each live order is in one of them. Throws a
// Failure if that is not what was written.
void check_live_orders(const std::string& name, const Server& server, const Written& written);

// The same of a server whose log began empty and has nothing but what was written: asks for its
// log's position, too.
void check_server(const std::string& name, const Server& server, const Written& written);

}  // namespace freshet::bench
