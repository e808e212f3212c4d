// Reads a stretch of the log in its order, slice by slice, and checks on the way that no record is
// missing and that each is what was written.
//
// Invariants
//   - A slice follows the one before it without a gap, the first one what the scan begins after.
//   - It sees the log as it was when the scan was begun.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"

namespace rocksdb {
class Iterator;
class Slice;
}  // namespace rocksdb

namespace freshet::storage {

namespace internal {
class Rocks;
struct LogEntry;
}  // namespace internal

// How much one read may return; at least one record is returned if there is one.
struct ReadLimit {
    std::size_t records = 1'000;
    std::size_t bytes = 1U << 20U;  // of encoded records
};

class LogScan {
public:
    ~LogScan();
    LogScan(const LogScan&) = delete;
    LogScan& operator=(const LogScan&) = delete;

    // The next records, oldest first. An empty answer means that there are no more.
    // Fails with corrupt  if a record is not what was written, or one is missing.
    Result<std::vector<Record>> next(const ReadLimit& limit);

private:
    friend class ChangeLog;

    struct Stretch {
        Position after;
        Position up_to;
        // Reads ahead, leaves the cache to others, and keeps records together that were read
        // together.
        bool is_long = false;
    };
    // Of the log whose epoch begins at `base`.
    LogScan(std::shared_ptr<internal::Rocks> rocks, const LogMark& base, const LogMark& head,
            const Stretch& stretch);

    Result<Record> record_of(const internal::LogEntry& entry);

    std::shared_ptr<internal::Rocks> rocks_;
    const bool is_long_;
    const LogMark base_;
    const LogMark head_;
    const Position last_;
    std::string end_;
    std::unique_ptr<rocksdb::Slice> upper_bound_;
    std::unique_ptr<rocksdb::Iterator> entries_;
    Position previous_;                   // what was read last
    std::shared_ptr<std::string> text_;   // of the newest records of a long scan
    std::optional<std::uint64_t> chain_;  // up to there; nothing: it is read first
};

}  // namespace freshet::storage
