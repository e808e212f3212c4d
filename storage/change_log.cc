#include "storage/change_log.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "storage/data_folder.h"
#include "storage/internal/fixed.h"
#include "storage/internal/log_entry.h"
#include "storage/internal/record_codec.h"
#include "storage/internal/rocks.h"
#include "storage/invariant.h"
#include "storage/watermark.h"

namespace freshet::storage {
namespace {

using internal::chain_after;
using internal::LogEntry;
using internal::missing_after;
using internal::read_entry;
using internal::record_key;

// The facts about the log; see storage/internal/log_entry.h.
constexpr const char* format_key = "fformat";
constexpr const char* epoch_key = "fepoch";
constexpr const char* begun_key = "fepoch-begun";
constexpr const char* base_key = "fbase";

// How far the positions of a new epoch begin above the watermark, which may lag about a second
// behind what was handed out.
constexpr std::uint64_t epoch_distance = std::uint64_t{1} << 32U;

// Of records, in one text: see LogBatch.
constexpr std::size_t text_bytes_max = 64U << 10U;
constexpr std::size_t least_records = 8;
constexpr std::size_t record_alignment = 8;  // FlatBuffers are read where they lie

// The memory in which a batch is encoded is kept for the next, if it is no more than this. A larger
// one takes what it needs at once, and gives it back.
constexpr std::size_t write_bytes_kept = 1U << 20U;
constexpr std::size_t entry_bytes = 64;  // of a record's entry beside the record, at most

// The entry at that position, which looks into `value`; nothing if there is none.
Result<std::optional<LogEntry>> find_entry(rocksdb::DB& db, Position position,
                                           rocksdb::PinnableSlice& value) {
    const std::string key = record_key(position);
    const rocksdb::Status status =
        db.Get(rocksdb::ReadOptions(), db.DefaultColumnFamily(), key, &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return fail(internal::error_of(status, "reading the log"));
    const auto entry = read_entry(key, value);
    if (!entry) return fail(entry.error());
    return *entry;
}

Error shortened(Position head, Position acknowledged) {
    return Error{Errc::log_shortened,
                 "the log ends at position " + std::to_string(head.value) +
                     " and does not hold what it had acknowledged up to position " +
                     std::to_string(acknowledged.value) +
                     ": restore log/ from a backup, or accept the loss with --accept-loss"};
}

std::uint64_t random_epoch() {
    std::random_device random;
    std::uint64_t epoch = 0;
    while (epoch == 0) epoch = (std::uint64_t{random()} << 32U) | random();
    return epoch;
}

std::string fixed(std::uint64_t value) {
    std::string bytes;
    internal::append_fixed(bytes, value);
    return bytes;
}

// Reads a fact of `count` integers; nothing if the log does not have it.
Result<std::optional<std::vector<std::uint64_t>>> read_fact(rocksdb::DB& db, const char* key,
                                                            std::size_t count) {
    std::string bytes;
    const rocksdb::Status status = db.Get(rocksdb::ReadOptions(), key, &bytes);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return fail(internal::error_of(status, "reading the log"));
    if (bytes.size() != count * internal::fixed_bytes) {
        return fail(Errc::corrupt, std::string("the log's fact ") + key + " is damaged");
    }
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(internal::read_fixed(bytes, i * internal::fixed_bytes));
    }
    return values;
}

// Makes the write that of the records, which follow the record with that hash.
rocksdb::Status encode(const std::vector<Record>& records, std::uint64_t chain_before,
                       rocksdb::WriteBatch& write) {
    write.Clear();
    std::string header;
    for (const Record& record : records) {
        header.clear();
        internal::append_fixed(header, chain_before);
        internal::append_fixed(header, record.chain());
        chain_before = record.chain();
        const std::string key = record_key(record.position());
        const rocksdb::Slice key_slice(key);
        const std::array<rocksdb::Slice, 2> value{rocksdb::Slice(header),
                                                  rocksdb::Slice(record.bytes())};
        rocksdb::Status status =
            write.Put(rocksdb::SliceParts(&key_slice, 1), rocksdb::SliceParts(value.data(), 2));
        if (!status.ok()) return status;
    }
    return rocksdb::Status::OK();
}

// The time at which an epoch begins now, behind one that began at `earlier`.
AppendTime begun_after(AppendTime earlier) {
    using std::chrono::milliseconds;
    const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    return std::max<AppendTime>(now, std::chrono::floor<milliseconds>(earlier) + milliseconds(1));
}

// Where an epoch begins, and under which name.
struct Facts {
    std::uint64_t epoch = 0;
    LogMark base;
    AppendTime begun;  // the clock's epoch where a release did not keep it
    std::uint32_t format = format_version;
};

std::string fixed(AppendTime time) {
    return fixed(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

// What a release did not keep that began the epoch. Its format stays as it is until a record comes.
Result<void> write_begun(rocksdb::DB& db, AppendTime begun, bool sync) {
    rocksdb::WriteOptions options;
    options.sync = sync;
    const rocksdb::Status status = db.Put(options, begun_key, fixed(begun));
    if (!status.ok()) return fail(internal::error_of(status, "noting when the epoch began"));
    return {};
}

Result<void> write_facts(rocksdb::DB& db, const Facts& facts, bool sync) {
    rocksdb::WriteBatch batch;
    rocksdb::Status status = batch.Put(format_key, fixed(format_version));
    if (status.ok()) status = batch.Put(epoch_key, fixed(facts.epoch));
    const std::string base = fixed(facts.base.position.value) + fixed(facts.base.chain);
    if (status.ok()) status = batch.Put(base_key, base);
    if (status.ok()) status = batch.Put(begun_key, fixed(facts.begun));
    rocksdb::WriteOptions options;
    options.sync = sync;
    if (status.ok()) status = db.Write(options, &batch);
    if (!status.ok()) return fail(internal::error_of(status, "beginning the log"));
    return {};
}

Result<std::optional<Facts>> read_facts(rocksdb::DB& db) {
    const auto format = read_fact(db, format_key, 1);
    if (!format) return fail(format.error());
    if (!format->has_value()) return std::nullopt;
    if ((*format)->at(0) > format_version) {
        return fail(Errc::newer_format,
                    "the data folder has format " + std::to_string((*format)->at(0)) +
                        ", this release reads up to " + std::to_string(format_version));
    }
    const auto epoch = read_fact(db, epoch_key, 1);
    if (!epoch) return fail(epoch.error());
    const auto base = read_fact(db, base_key, 2);
    if (!base) return fail(base.error());
    if (!epoch->has_value() || !base->has_value()) {
        return fail(Errc::corrupt, "the log does not say which epoch it is of");
    }
    const auto begun = read_fact(db, begun_key, 1);
    if (!begun) return fail(begun.error());
    const std::uint64_t name = (*epoch)->at(0);
    const std::chrono::microseconds since(begun->has_value() ? (*begun)->at(0) : 0);
    return Facts{
        .epoch = name,
        .base = {.epoch = name, .position = Position{(*base)->at(0)}, .chain = (*base)->at(1)},
        .begun = AppendTime(since),
        .format = static_cast<std::uint32_t>((*format)->at(0))};
}

// The newest record's mark and time; `base` while there is none above it.
struct Head {
    LogMark mark;
    AppendTime appended;
};

Result<Head> read_head(rocksdb::DB& db, const LogMark& base) {
    const std::unique_ptr<rocksdb::Iterator> last(db.NewIterator(rocksdb::ReadOptions()));
    last->SeekForPrev(record_key(Position{~std::uint64_t{0}}));
    if (!last->status().ok()) return fail(internal::error_of(last->status(), "reading the log"));
    if (!last->Valid() || last->key()[0] != internal::record_prefix) return Head{base, {}};
    const auto entry = read_entry(last->key(), last->value());
    if (!entry) return fail(entry.error());
    const auto record =
        Record::from_bytes(entry->position, entry->chain, std::string(entry->bytes));
    if (!record) return fail(record.error());
    Head head{base, record->appended()};
    if (entry->position > base.position) {
        head.mark = {.epoch = base.epoch, .position = entry->position, .chain = entry->chain};
    }
    return head;
}

}  // namespace

const Record& LogBatch::add(const Change& change, const Admission& admission) {
    const Record& record = add(internal::encode_record(change, admission, appended_));
    internal::end_record();
    return record;
}

const Record& LogBatch::add(const Notice& notice) {
    return add(internal::encode_notice(notice, appended_));
}

const Record& LogBatch::add(std::string_view encoded) {
    invariant(leads_to_head(), "a batch that was moved from takes no more records");
    auto [text, bytes] = keep(encoded);
    head_.position.value += 1;
    head_.chain = chain_after(head_.chain, head_.position, bytes);
    bytes_ += bytes.size();
    records_.push_back(Record(head_.position, head_.chain, std::move(text), bytes));
    return records_.back();
}

// A text that is closed has less room than an eighth of the next one, whose own is a quarter of the
// bytes before it, or 64 KiB.
LogBatch::Kept LogBatch::keep(std::string_view bytes) {
    const auto aligned = [](std::size_t size) {
        return (size + record_alignment - 1) / record_alignment * record_alignment;
    };
    if (!text_ || text_->capacity() < aligned(text_->size()) + bytes.size()) {
        const std::size_t room = std::min(bytes_ / 4, text_bytes_max);
        if (bytes.size() > room / least_records) {
            auto own = std::make_shared<const std::string>(bytes);
            text_bytes_ += own->capacity();
            const std::string_view kept = *own;
            return {std::move(own), kept};
        }
        text_ = std::make_shared<std::string>();
        text_->reserve(room);
        text_bytes_ += text_->capacity();
    }
    const std::size_t begin = aligned(text_->size());
    text_->resize(begin);
    text_->append(bytes);
    return {text_, std::string_view(*text_).substr(begin)};
}

bool LogBatch::leads_to_head() const {
    const std::uint64_t last_chain = records_.empty() ? begin_.chain : records_.back().chain();
    return head_.position.value == begin_.position.value + records_.size() &&
           head_.chain == last_chain;
}

ChangeLog::ChangeLog(std::string path, const StorageOptions& options, Watermark& watermark)
    : path_(std::move(path)),
      options_(options),
      watermark_(watermark),
      write_(std::make_unique<rocksdb::WriteBatch>()) {
    if (watermark_.mark()) marked_ = watermark_.mark()->position;
}

ChangeLog::~ChangeLog() = default;

Result<ChangeLog::Handle> ChangeLog::handle() const {
    const std::lock_guard lock(mutex_);
    if (!handle_.rocks) return fail(Errc::unavailable, "the log is being reopened");
    return handle_;
}

LogBatch ChangeLog::begin(AppendTime now) const {
    const std::lock_guard lock(mutex_);
    return {handle_.head, std::max(now, handle_.appended), handle_.epoch_begun};
}

AppendTime ChangeLog::epoch_begun() const {
    const std::lock_guard lock(mutex_);
    return handle_.epoch_begun;
}

LogMark ChangeLog::head() const {
    const std::lock_guard lock(mutex_);
    return handle_.head;
}

// Takes no more. What was acknowledged can still be read.
void ChangeLog::halt(const LogMark& head) {
    const std::lock_guard lock(mutex_);
    handle_.takes_records = false;
    handle_.head = head;
}

Result<ChangeLog::Handle> ChangeLog::handle_of(std::shared_ptr<internal::Rocks> rocks,
                                               bool takes_records, bool sync) {
    rocksdb::DB& db = rocks->db();
    auto facts = read_facts(db);
    if (!facts) return fail(facts.error());
    if (!facts->has_value() && !takes_records) {
        return fail(Errc::disk_full, "the log has not begun, and there is no room to begin it");
    }
    if (!facts->has_value()) {
        const std::uint64_t epoch = random_epoch();
        *facts = Facts{.epoch = epoch,
                       .base = {.epoch = epoch, .position = {}, .chain = 0},
                       .begun = begun_after({})};
        const auto written = write_facts(db, **facts, sync);
        if (!written) return fail(written.error());
    } else if ((*facts)->begun == AppendTime() && takes_records) {
        (*facts)->begun = begun_after({});
        const auto written = write_begun(db, (*facts)->begun, sync);
        if (!written) return fail(written.error());
    }
    const auto head = read_head(db, (*facts)->base);
    if (!head) return fail(head.error());
    return Handle{.rocks = std::move(rocks),
                  .takes_records = takes_records,
                  .head = head->mark,
                  .base = (*facts)->base,
                  .epoch_begun = (*facts)->begun,
                  .appended = head->appended,
                  .format = (*facts)->format};
}

Result<void> ChangeLog::open() {
    auto rocks = internal::Rocks::open(path_, internal::Purpose::log, options_);
    if (!rocks) return fail(rocks.error());
    auto handle = handle_of(*std::move(rocks), true, options_.sync);
    if (!handle) return fail(handle.error());
    take(*std::move(handle));
    return {};
}

// Reads and writes by that database from now on.
void ChangeLog::take(Handle handle) {
    Handle earlier;  // closed, if this is the last to hold it, without the lock
    const std::lock_guard lock(mutex_);
    opened_ = handle.rocks;
    earlier = std::exchange(handle_, std::move(handle));
}

Result<void> ChangeLog::open_for_reading() {
    auto rocks = internal::Rocks::open_for_reading(path_, internal::Purpose::log, options_);
    if (!rocks) return fail(rocks.error());
    auto handle = handle_of(*std::move(rocks), false, options_.sync);
    if (!handle) return fail(handle.error());
    const std::lock_guard lock(mutex_);
    handle_ = *std::move(handle);
    return {};
}

Result<void> ChangeLog::check_watermark() const {
    const std::optional<LogMark>& mark = watermark_.mark();
    if (!mark) return {};
    const auto held = contains(*mark);
    if (!held) return fail(held.error());
    if (*held) return {};
    return fail(shortened(head().position, mark->position));
}

Result<void> ChangeLog::begin_epoch() {
    const auto handle = this->handle();
    if (!handle) return fail(handle.error());
    if (!handle->takes_records) return fail(Errc::disk_full, "there is no room to begin an epoch");
    const Position marked = watermark_.mark() ? watermark_.mark()->position : Position{};
    const std::uint64_t epoch = random_epoch();
    const Position first{std::max(handle->head.position, marked).value + epoch_distance};
    const LogMark base{.epoch = epoch, .position = first, .chain = handle->head.chain};

    const AppendTime begun = begun_after(handle->epoch_begun);
    const auto written = write_facts(handle->rocks->db(),
                                     {.epoch = epoch, .base = base, .begun = begun}, options_.sync);
    if (!written) return fail(written.error());
    {
        const std::lock_guard lock(mutex_);
        handle_.base = base;
        handle_.epoch_begun = begun;
        handle_.head = base;
        handle_.format = format_version;
    }
    return persist_watermark();
}

Result<void> ChangeLog::append(const LogBatch& batch) {
    const auto handle = this->handle();
    if (!handle) return fail(handle.error());
    if (!handle->takes_records) return fail(Errc::unavailable, "the log waits to be reopened");
    invariant(batch.begin_ == handle->head, "a batch follows the newest record of the log");
    invariant(batch.leads_to_head(), "positions increase by one up to the head of a batch");
    invariant(batch.appended_ >= handle->appended, "the times of append never decrease");

    const std::size_t bytes = batch.bytes_ + entry_bytes * batch.records_.size();
    std::optional<rocksdb::WriteBatch> large;
    if (bytes > write_bytes_kept) large.emplace(bytes);
    rocksdb::WriteBatch& write = large ? *large : *write_;
    rocksdb::Status status = encode(batch.records_, batch.begin_.chain, write);
    // An earlier release must not open the folder from here on: it would not know these records.
    const bool raises_format = handle->format < format_version;
    if (status.ok() && raises_format) status = write.Put(format_key, fixed(format_version));
    rocksdb::WriteOptions options;
    options.sync = options_.sync;
    options.no_slowdown = true;  // a disk that is behind is the writers' to know, not to wait for
    if (status.ok()) status = handle->rocks->db().Write(options, &write);
    if (!status.ok()) {
        const Error error = handle->rocks->write_error(status, "appending to the log");
        if (error.code != Errc::busy) halt(batch.begin_);
        return fail(error);
    }
    const std::lock_guard lock(mutex_);
    handle_.head = batch.head_;
    handle_.appended = batch.appended_;
    handle_.format = format_version;
    return {};
}

// Lets go of the database that is to be closed, and has those who read meanwhile read another of
// the same files. Without one, as of files that cannot be read now, there is none to read.
void ChangeLog::let_others_read(const LogMark& acknowledged) {
    auto rocks = internal::Rocks::open_for_reading(path_, internal::Purpose::log, options_);
    auto handle = rocks ? handle_of(*std::move(rocks), false, options_.sync)
                        : Result<Handle>(fail(rocks.error()));
    const auto held = handle ? contains(*handle, acknowledged) : Result<bool>(false);
    Handle closed;  // if this is the last to hold it, without the lock
    const std::lock_guard lock(mutex_);
    closed = handle_;
    handle_.rocks = held && *held ? std::move(handle->rocks) : nullptr;
    handle_.takes_records = false;
    handle_.head = acknowledged;
}

Result<void> ChangeLog::reopen() {
    const LogMark acknowledged = head();
    halt(acknowledged);
    std::weak_ptr<internal::Rocks> old;
    {
        const std::lock_guard lock(mutex_);
        old = opened_;
    }
    if (!old.expired() || !this->handle()) let_others_read(acknowledged);
    const auto closed = internal::wait_until_closed(old, options_.longest_read);
    if (!closed) return fail(closed.error());

    auto rocks = internal::Rocks::open(path_, internal::Purpose::log, options_);
    if (!rocks) return fail(rocks.error());
    auto handle = handle_of(*std::move(rocks), true, options_.sync);
    if (!handle) return fail(handle.error());
    const auto held = contains(*handle, acknowledged);
    if (!held) return fail(held.error());
    if (!*held) return fail(shortened(handle->head.position, acknowledged.position));
    take(*std::move(handle));
    return {};
}

Result<void> ChangeLog::mend() {
    bool is_sound = false;
    {
        const std::lock_guard lock(mutex_);
        is_sound = handle_.rocks && handle_.takes_records && !handle_.rocks->has_failed();
    }
    return is_sound ? Result<void>() : reopen();
}

bool ChangeLog::is_out_of_room() const {
    const std::lock_guard lock(mutex_);
    return handle_.rocks && handle_.rocks->is_out_of_room();
}

bool ChangeLog::takes_none() const {
    const std::lock_guard lock(mutex_);
    return !handle_.takes_records;
}

Result<std::vector<Record>> ChangeLog::read_after(Position after, Position up_to,
                                                  const ReadLimit& limit) const {
    const auto handle = this->handle();
    if (!handle) return fail(handle.error());
    if (after >= std::min(up_to, handle->head.position)) return std::vector<Record>();
    return LogScan(handle->rocks, handle->base, handle->head, {.after = after, .up_to = up_to})
        .next(limit);
}

Result<std::unique_ptr<LogScan>> ChangeLog::scan(Position after, Position up_to) const {
    const auto handle = this->handle();
    if (!handle) return fail(handle.error());
    const LogScan::Stretch stretch{.after = after, .up_to = up_to, .is_long = true};
    return std::unique_ptr<LogScan>(
        new LogScan(handle->rocks, handle->base, handle->head, stretch));
}

Result<std::optional<Record>> ChangeLog::read(Position position) const {
    const auto handle = this->handle();
    if (!handle) return fail(handle.error());
    if (position > handle->head.position) return std::nullopt;
    rocksdb::PinnableSlice value;
    const auto entry = find_entry(handle->rocks->db(), position, value);
    if (!entry) return fail(entry.error());
    if (!*entry) return std::nullopt;
    auto record = Record::from_bytes(position, (*entry)->chain, std::string((*entry)->bytes));
    if (!record) return fail(record.error());
    return *std::move(record);
}

Result<bool> ChangeLog::contains(const LogMark& mark) const {
    const auto handle = this->handle();
    if (!handle) return fail(handle.error());
    return contains(*handle, mark);
}

Result<bool> ChangeLog::contains(const Handle& handle, const LogMark& mark) {
    const LogMark& base = handle.base;
    if (mark.epoch != base.epoch || mark.position > handle.head.position) return false;
    if (mark.position == base.position) return mark.chain == base.chain;

    rocksdb::PinnableSlice value;
    const auto entry = find_entry(handle.rocks->db(), mark.position, value);
    if (!entry) return fail(entry.error());
    return *entry && (*entry)->chain == mark.chain;
}

Result<void> ChangeLog::persist_watermark() {
    const LogMark reached = head();
    const auto written = watermark_.write(reached);
    if (!written) return fail(written.error());
    const std::lock_guard lock(mutex_);
    marked_ = reached.position;
    return {};
}

Position ChangeLog::watermark() const {
    const std::lock_guard lock(mutex_);
    return marked_;
}

std::optional<DatabaseUsage> ChangeLog::usage() const {
    const auto handle = this->handle();
    if (!handle || !handle->takes_records) return std::nullopt;
    return handle->rocks->usage();
}

}  // namespace freshet::storage
