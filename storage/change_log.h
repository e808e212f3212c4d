// The change log: every change this process has accepted, in order, for good. The only truth.
//
// A Change enters through begin(), add(), append() and leaves through read_after() as a Record.
// There is no other way in, and everyone who follows reads by the same way out, so nobody needs one
// path for history and another for what is new. read() is for a record whose position is known.
//
// Invariants
//   - Positions increase; they need not be dense. The times of append never decrease.
//   - A batch follows the newest record, and its own records follow each other.
//   - When append() has returned, its records are on disk; from then on they never change.
//   - A batch is in the log as a whole or not at all.
//   - Each record carries a hash over itself and its predecessor's hash, so neither a flipped bit
//     nor a missing record goes unnoticed. What is read back is the disk's word: where it is wrong,
//     that is an error and not a broken invariant.
//   - What was acknowledged can be read also while no more is taken and while the log is reopened:
//     from the database that failed, then from one that is only for reading.
//
// Threads: one thread appends; any number read while it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/disk_usage.h"
#include "storage/log_scan.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/time.h"

namespace rocksdb {
class WriteBatch;
}

namespace freshet::storage {

class DataFolder;
class Watermark;
struct StorageOptions;

namespace internal {
class Rocks;
}

// Records on their way into the log: encoded, with their positions, not yet on disk.
//
// The bytes of records lie together in a few texts, of at most 64 KiB. A record that is longer than
// an eighth of the text that it would begin has one of its own instead, without room beside it. So
// what holds one record keeps at most 64 KiB of others alive, and the room that is left in all
// texts is at most half as many bytes as the records have, but for what aligns them.
class LogBatch {
public:
    // Encodes `change` at the next position and returns the record that it will be.
    const Record& add(const Change& change, const Admission& admission);
    const Record& add(const Notice& notice);

    [[nodiscard]] const std::vector<Record>& records() const { return records_; }
    [[nodiscard]] bool empty() const { return records_.empty(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    // Of its texts, with their room.
    [[nodiscard]] std::size_t text_bytes() const { return text_bytes_; }
    [[nodiscard]] AppendTime appended() const { return appended_; }

    // The position that the next record will have.
    [[nodiscard]] Position next() const { return Position{head_.position.value + 1}; }
    // As ChangeLog::epoch_begun().
    [[nodiscard]] AppendTime epoch_begun() const { return epoch_begun_; }

    // The log's head once this batch is appended.
    [[nodiscard]] const LogMark& head() const { return head_; }

private:
    friend class ChangeLog;
    LogBatch(const LogMark& head, AppendTime appended, AppendTime epoch_begun)
        : begin_(head), head_(head), appended_(appended), epoch_begun_(epoch_begun) {}

    const Record& add(std::string_view bytes);
    // Where the bytes of a record are.
    struct Kept {
        std::shared_ptr<const std::string> text;
        std::string_view bytes;
    };
    // Puts them into a text.
    Kept keep(std::string_view bytes);

    // Whether the records are those between `begin_` and `head_`.
    [[nodiscard]] bool leads_to_head() const;

    LogMark begin_;  // the log's head when the batch was begun
    LogMark head_;
    AppendTime appended_;  // of all its records
    AppendTime epoch_begun_;
    std::vector<Record> records_;
    std::shared_ptr<std::string> text_;  // never moved; its room is not exceeded
    std::size_t bytes_ = 0;
    std::size_t text_bytes_ = 0;
};

class ChangeLog {
public:
    ~ChangeLog();
    ChangeLog(const ChangeLog&) = delete;
    ChangeLog& operator=(const ChangeLog&) = delete;

    // Starts a batch that follows the newest record and is appended at `now`, or when the newest
    // record was, if that is later: a clock may be set back. One batch at a time.
    [[nodiscard]] LogBatch begin(AppendTime now = {}) const;

    // Puts the batch on disk with one synced write.
    //
    // Fails with busy           if the disk is behind; nothing was written;
    //            unavailable    if an earlier append failed and reopen() has not succeeded since;
    //            disk_full, io  if the disk refused. Nobody knows what reached it, so the log takes
    //                           no more until reopen().
    Result<void> append(const LogBatch& batch);

    // Closes and opens the log again after a failed append. Records that reached the disk without
    // being acknowledged are part of the log from then on. Waits for reads that are under way, but
    // lets others begin, as far as the folder can be opened a second time for them.
    //
    // Fails as opening does; the log takes no records then, and reopen() may be tried again.
    Result<void> reopen();

    // Reopens the log if it takes no records, or its database has failed in its own threads. Fails
    // as reopen() does.
    Result<void> mend();

    // Whether a flush or a compaction has met a full disk since the log was opened.
    [[nodiscard]] bool is_out_of_room() const;
    // Whether append() would fail with unavailable.
    [[nodiscard]] bool takes_none() const;

    // Returns the records that follow `after`, up to and including `up_to`, oldest first.
    // An empty answer means that there are no more.
    //
    // Fails with corrupt      if a record is not what was written, or one is missing;
    //            unavailable  while the log is being reopened and cannot be read meanwhile.
    Result<std::vector<Record>> read_after(Position after, Position up_to,
                                           const ReadLimit& limit) const;

    // The same records, for who reads many of them: they are read ahead, and pass the cache by.
    // Fails with unavailable  while the log is being reopened and cannot be read meanwhile.
    Result<std::unique_ptr<LogScan>> scan(Position after, Position up_to) const;

    // The record at exactly that position; nothing if there is none.
    //
    // Fails with corrupt      if the record is not what was written;
    //            unavailable  while the log is being reopened and cannot be read meanwhile.
    Result<std::optional<Record>> read(Position position) const;

    // The newest record's mark; position 0 while the log is empty.
    [[nodiscard]] LogMark head() const;

    // When its epoch was begun, in whole milliseconds: later than the epoch before. An epoch that
    // an earlier release began is said to begin when this one first opened it for writing.
    [[nodiscard]] AppendTime epoch_begun() const;

    // Whether this log holds exactly the history that `mark` was taken of.
    // Fails as read_after() does.
    Result<bool> contains(const LogMark& mark) const;

    // Makes the watermark on disk say what head() says.
    Result<void> persist_watermark();

    // What the watermark on disk says.
    [[nodiscard]] Position watermark() const;

    // Nothing while the log takes no records.
    [[nodiscard]] std::optional<DatabaseUsage> usage() const;

private:
    friend class DataFolder;
    ChangeLog(std::string path, const StorageOptions& options, Watermark& watermark);

    Result<void> open();
    // Opens a log that is there for reading alone: nothing on the disk is changed.
    Result<void> open_for_reading();
    // Fails with log_shortened  unless the log holds the history that its watermark was taken of.
    [[nodiscard]] Result<void> check_watermark() const;
    // Goes on under a new name, above every position that was ever handed out.
    Result<void> begin_epoch();

    // The database and what is known of it at one moment.
    struct Handle {
        std::shared_ptr<internal::Rocks> rocks;  // null while it cannot be read
        bool takes_records = false;
        LogMark head;
        LogMark base;  // where this epoch begins: positions up to here belong to earlier ones
        AppendTime epoch_begun;
        AppendTime appended;  // of the newest record
        // What the folder says. What is written next is of format_version.
        std::uint32_t format = 0;
    };
    // Fails with unavailable  while it cannot be read.
    [[nodiscard]] Result<Handle> handle() const;
    [[nodiscard]] static Result<Handle> handle_of(std::shared_ptr<internal::Rocks> rocks,
                                                  bool takes_records, bool sync);
    static Result<bool> contains(const Handle& handle, const LogMark& mark);
    void take(Handle handle);
    void halt(const LogMark& head);
    void let_others_read(const LogMark& acknowledged);

    std::string path_;
    const StorageOptions& options_;
    Watermark& watermark_;
    const std::unique_ptr<rocksdb::WriteBatch> write_;  // of small batches
    mutable std::mutex mutex_;                          // guards what follows
    Handle handle_;
    std::weak_ptr<internal::Rocks> opened_;  // what was opened last to take records
    Position marked_;                        // what the watermark on disk says
};

}  // namespace freshet::storage
