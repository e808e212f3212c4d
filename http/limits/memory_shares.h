// The memory of the process, and who may come to have how much of it.
//
//     what the machine, its control group or `memory_bytes` says  ->  share_memory()  ->  the
//     limits that the server begins with, and what a person has to hear
//
// Each budget bounds what clients can have the server hold. Together they have to fit, or the
// system ends the process when clients ask for all of them at once. Where the file does not say how
// large one is, it becomes smaller until they do.
//
// Threads: one, before the others begin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "engine/observing/machine.h"

namespace freshet::http {

struct MemoryShare {
    std::string_view name;  // the key of `[limits]`, or what it is for
    std::uint64_t bytes = 0;
};

struct MemoryShares {
    std::uint64_t limit = 0;  // 0: nobody knows, and all is as it was asked for
    std::string limit_from;   // who says so
    std::vector<MemoryShare> shares;
    std::uint64_t planned = 0;  // all of them together
    std::uint64_t needed = 0;   // the least that `limit` may be for them to fit, in whole MiB

    engine::LimitSettings limits;  // with what is to be
    std::size_t log_cache_bytes = 0;
    std::size_t state_cache_bytes = 0;
    std::size_t state_write_bytes = 0;
    std::size_t full_disk_bytes = 0;  // of a state that is folded in memory for lack of room

    // Which have become smaller than they would be elsewhere, to fit, and than what: "limits.…
    // 620 (of 10000), the cache of the state 25 MiB (of 256 MiB)". Empty if none has.
    std::string smaller;
    std::string warning;  // what does not fit, and what would make it fit; empty if all does

    // "at most 448 MiB of the 512 MiB that the machine lets it have"; or that it is more than that.
    [[nodiscard]] std::string text() const;
};

// For a server with that configuration, whose `server.threads` is the number of its threads.
MemoryShares share_memory(const engine::Machine& machine, const engine::Config& config);

}  // namespace freshet::http
