// Who loses its place when connections run short.
//
//     a connection comes, and there is hardly room  ->  Shortage  ->  each worker: evict()
//
//     1. those that have not even sent a head yet, the oldest first, but for the newest few
//     2. those of the network that has most of what it may have: the idle, then the newest
//
// Records that have been handed in are answered. A stream is told to come again, and misses
// nothing.
//
// Threads: a Shortage is immutable; the rest on the thread of the connections.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_set>

#include "http/limits/networks.h"
#include "http/serving/connection.h"

namespace freshet::http {

struct Shortage {
    std::size_t too_many = 0;        // connections on each worker
    std::size_t spared = 0;          // of the silent ones on each worker: those that have just come
    std::optional<Network> fullest;  // if that has too many to be one client
};

using Connections = std::unordered_set<std::shared_ptr<Connection>>;

// Closes as many of the connections as are too many, as far as there are some that may go.
void evict(const Connections& connections, const Shortage& shortage, const Service& service);

}  // namespace freshet::http
