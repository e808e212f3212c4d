// An entry of the log as it lies on disk.
//
//     key    'r' POSITION                      facts about the log stand under 'f' and their name
//     value  CHAIN BEFORE, CHAIN, a record's bytes
//
// Threads: pure.
#pragma once

#include <rocksdb/slice.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/internal/fixed.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::storage::internal {

inline constexpr char record_prefix = 'r';

struct LogEntry {
    Position position;
    std::uint64_t chain_before;
    std::uint64_t chain;
    std::string_view bytes;
};

std::string record_key(Position position);

// The hash up to a record: over its bytes, its position and the hash up to the record before it.
std::uint64_t chain_after(std::uint64_t chain, Position position, std::string_view bytes);

// The entry looks into `value`. Fails with corrupt  if it is not what was written.
Result<LogEntry> read_entry(const rocksdb::Slice& key, const rocksdb::Slice& value);

Error missing_after(Position position);

}  // namespace freshet::storage::internal
