// The file descriptors of the process, and who gets how many.
//
// A connection takes one, and so does each file that the log and the state keep open. If
// connections took the last one, the log could not open its next file and every write would fail.
// So storage has its share from the start, and connections get what is left.
//
// Threads: one, before the others begin.
#pragma once

#include <cstddef>
#include <string>

#include "storage/result.h"

namespace freshet::http {

struct DescriptorShares {
    std::size_t limit = 0;               // all that the process may have
    std::size_t files_per_database = 0;  // that a database keeps open
    std::size_t connections = 0;         // no more than were asked for
};

// Lets the process have as many descriptors as it may give itself: the soft limit becomes the hard
// one. Returns what it may have from then on.
std::size_t raise_descriptor_limit();

// Shares `limit` descriptors out, for a server with that many threads, calls of functions at a
// time and, at most, connections.
// Fails with refused  if no server can work with so few.
Result<DescriptorShares> share_descriptors(std::size_t limit, unsigned threads,
                                           std::size_t connections, std::size_t calls = 0);

// What a person has to hear where so many connections were asked for and there is room for fewer;
// empty if there is room for all.
std::string shortage(const DescriptorShares& shares, std::size_t connections);

}  // namespace freshet::http
