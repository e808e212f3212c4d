// How far the log is known to reach, kept outside of it.
//
// A write-ahead log that was cut in half opens without complaint: the cut looks like the torn end
// of a last write. So the log's head is noted beside it, about once a second, at every flush and
// at a clean stop, and a log that no longer contains its watermark is refused rather than served.
//
// Two files written in turn, each whole and synced: a torn write spoils one and leaves the other.
//
// Invariants
//   - The mark never goes back, and one position has one mark, whatever the epoch.
//   - A write is numbered one above the newest that was read or written, so it never spoils the
//     slot of the mark that still counts.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "storage/position.h"
#include "storage/result.h"

namespace rocksdb {
class FileSystem;
}

namespace freshet::storage {

class Watermark {
public:
    // Reads the newer of the two valid slots in `folder`.
    // Fails with corrupt  if both are damaged, unless `accept_loss`: then there is no mark; io.
    static Result<std::unique_ptr<Watermark>> open(std::string folder,
                                                   std::shared_ptr<rocksdb::FileSystem> files,
                                                   bool accept_loss = false);

    // Nothing before the first write.
    [[nodiscard]] const std::optional<LogMark>& mark() const { return mark_; }

    // Fails with io; the older mark then still stands.
    Result<void> write(const LogMark& mark);

private:
    Watermark(std::string folder, std::shared_ptr<rocksdb::FileSystem> files);

    std::string folder_;
    std::shared_ptr<rocksdb::FileSystem> files_;
    std::optional<LogMark> mark_;
    std::uint64_t writes_ = 0;  // numbers the writes: the parity picks the slot
};

}  // namespace freshet::storage
