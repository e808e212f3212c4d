// What a data folder takes of disk and memory, as it can be seen at one moment.
//
// For those who run the server. What cannot be known just then, such as of a database that is being
// reopened, is left out rather than waited for.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/position.h"

namespace freshet::storage {

// Of one RocksDB database.
struct DatabaseUsage {
    bool write_stopped = false;  // until flushes or compactions have caught up
    std::uint64_t delayed_write_rate_bytes =
        0;                             // a second that writes are slowed to; 0: they are not
    std::uint64_t memtable_bytes = 0;  // not yet flushed
    std::uint64_t live_sst_bytes = 0;
    std::uint64_t pending_compaction_bytes = 0;
    std::uint64_t running_compactions = 0;
    std::uint64_t running_flushes = 0;
    std::uint64_t block_cache_bytes = 0;
};

struct FolderUsage {
    std::optional<DatabaseUsage> log;    // nothing while it is closed
    std::optional<DatabaseUsage> state;  // likewise
    std::optional<std::uint64_t> disk_free_bytes;
    std::uint64_t ballast_bytes = 0;         // that can be given back
    std::optional<std::uint64_t> log_bytes;  // of all its files
    std::optional<std::uint64_t> state_bytes;
    LogMark head;        // of the log, shown or not
    Position watermark;  // how far the log is noted to reach outside of itself
};

}  // namespace freshet::storage
