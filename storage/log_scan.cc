#include "storage/log_scan.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <utility>

#include "storage/internal/log_entry.h"
#include "storage/internal/rocks.h"

namespace freshet::storage {
namespace {

constexpr std::size_t readahead_bytes = std::size_t{2} << 20U;
constexpr std::size_t text_bytes = std::size_t{256} << 10U;  // of records that are kept together
constexpr std::size_t alignment = 8;                         // of a record's bytes

}  // namespace

LogScan::LogScan(std::shared_ptr<internal::Rocks> rocks, const LogMark& base, const LogMark& head,
                 const Stretch& stretch)
    : rocks_(std::move(rocks)),
      is_long_(stretch.is_long),
      base_(base),
      head_(head),
      last_(std::min(stretch.up_to, head.position)),
      end_(internal::record_key(Position{last_.value + 1})),
      upper_bound_(std::make_unique<rocksdb::Slice>(end_)),
      previous_(stretch.after) {
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = upper_bound_.get();
    if (stretch.is_long) {
        options.readahead_size = readahead_bytes;
        options.fill_cache = false;
    }
    entries_.reset(rocks_->db().NewIterator(options));
    // Begins at `after` itself, whose hash the next record must carry on.
    if (previous_ == Position{}) chain_ = 0;
    if (previous_ == base_.position) chain_ = base_.chain;
    entries_->Seek(internal::record_key(previous_));
}

LogScan::~LogScan() = default;

// A text is never moved, so what looks into it may stay: it takes no more than it has room for.
Result<Record> LogScan::record_of(const internal::LogEntry& entry) {
    if (!is_long_) {
        return Record::from_bytes(entry.position, entry.chain, std::string(entry.bytes));
    }
    const std::size_t bytes = entry.bytes.size() + alignment;
    if (!text_ || text_->capacity() - text_->size() < bytes) {
        text_ = std::make_shared<std::string>();
        text_->reserve(std::max(text_bytes, bytes));
    }
    const std::size_t begin = (text_->size() + alignment - 1) / alignment * alignment;
    text_->resize(begin);
    text_->append(entry.bytes);
    return Record::within(entry.position, entry.chain, text_,
                          std::string_view(*text_).substr(begin));
}

Result<std::vector<Record>> LogScan::next(const ReadLimit& limit) {
    std::vector<Record> records;
    std::size_t bytes = 0;
    bool is_full = false;
    for (; entries_->Valid() && !is_full; entries_->Next()) {
        const auto entry = internal::read_entry(entries_->key(), entries_->value());
        if (!entry) return fail(entry.error());
        const bool is_first = entry->position == previous_;
        if (!is_first && chain_ && entry->chain_before != *chain_) {
            return fail(internal::missing_after(previous_));
        }
        chain_ = entry->chain;
        previous_ = entry->position;
        if (is_first) continue;
        auto record = record_of(*entry);
        if (!record) return fail(record.error());
        bytes += entry->bytes.size();
        records.push_back(std::move(*record));
        is_full = records.size() >= limit.records || bytes >= limit.bytes;
    }
    const rocksdb::Status status = entries_->status();
    if (!status.ok()) return fail(internal::error_of(status, "reading the log"));
    const bool is_at_head = !is_full && last_ == head_.position && head_.position > base_.position;
    if (is_at_head && previous_ != head_.position) {
        return fail(internal::missing_after(previous_));
    }
    return records;
}

}  // namespace freshet::storage
