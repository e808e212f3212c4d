#include "storage/internal/rocks.h"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <string_view>
#include <thread>
#include <utility>

#include "storage/disk_room.h"
#include "storage/thread_turns.h"

namespace freshet::storage::internal {
namespace {

constexpr std::size_t mebibyte = 1U << 20U;
constexpr std::size_t entries_looked_at = 8'192;  // of a file, together
constexpr std::size_t kept_batch_bytes_max = 4 * mebibyte;
constexpr std::uint64_t room_to_take_ahead = std::uint64_t{1'024} * mebibyte;

// Takes RocksDB's own log lines. Without it a full disk ends the process: RocksDB would write them
// to a file, and Debian's build asserts that those writes succeed.
class LineLogger : public rocksdb::Logger {
public:
    explicit LineLogger(std::function<void(std::string_view)> line)
        : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), line_(std::move(line)) {}

    using rocksdb::Logger::Logv;
    void Logv(const char* format, va_list arguments) override {
        if (!line_) return;
        std::array<char, 1'024> text{};
        if (std::vsnprintf(text.data(), text.size(), format, arguments) <= 0) return;
        std::string_view line = text.data();
        while (line.ends_with('\n')) line.remove_suffix(1);
        line_(line);
    }

private:
    std::function<void(std::string_view)> line_;
};

rocksdb::CompressionType type_of(Compression compression) {
    switch (compression) {
        case Compression::none:
            return rocksdb::kNoCompression;
        case Compression::zstd:
            return rocksdb::kZSTD;
        default:
            return rocksdb::kLZ4Compression;
    }
}

// Which keys are put into a memtable near the one before: all but those with which a deletion of a
// whole range may begin. RocksDB keeps such deletions in a list of their own, and (7.8.3) takes the
// same hint for both, so one list would be searched from a place in the other. Such a range is of a
// projection or a table, and begins with its name and a NUL.
class HintedKeys : public rocksdb::SliceTransform {
public:
    [[nodiscard]] const char* Name() const override { return "freshet.hinted_keys"; }
    [[nodiscard]] rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
        return {key.data(), 0};
    }
    [[nodiscard]] bool InDomain(const rocksdb::Slice& key) const override {
        return !key.empty() && key[key.size() - 1] != '\0';
    }
};

rocksdb::Options options_for(Purpose purpose, const StorageOptions& storage, rocksdb::Env* env) {
    rocksdb::Options options;
    options.create_if_missing = true;
    if (env != nullptr) options.env = env;
    options.info_log = std::make_shared<LineLogger>(storage.log_line);
    options.max_open_files = static_cast<int>(storage.open_files);
    options.compression = type_of(storage.compression);
    options.max_background_flushes = 1;  // 7.8: a failed flush may delete a concurrent one's file
    options.max_background_compactions = 1;
    options.stats_dump_period_sec = 0;

    rocksdb::BlockBasedTableOptions table;
    table.block_size = std::size_t{16} * 1'024;
    table.format_version = 5;
    if (purpose == Purpose::log) {
        // The default would open a log with a damaged middle as a shorter one.
        options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
        options.track_and_verify_wals_in_manifest = true;
        options.max_total_wal_size = 256 * mebibyte;
        options.write_buffer_size = 32 * mebibyte;
        table.block_cache = storage.log_cache;
    } else if (purpose == Purpose::shelf) {
        options.write_buffer_size = 8 * mebibyte;
        options.max_write_buffer_number = 2;
        table.block_cache = rocksdb::NewLRUCache(8 * mebibyte);
    } else {
        // What is written again before it is flushed is flushed once, and what is flushed has to be
        // merged, again and again in a large state: so a larger memtable costs less. What is in it
        // is folded again after a crash (StateStore::flush_if_due).
        options.max_write_buffer_number = 2;
        // A memtable is full only behind a write, which is mostly of half a window.
        options.write_buffer_size = storage.state_window_bytes();
        // Writes are in the order of keys, so each entry is put near the one before it, which takes
        // a few steps where a search from the top takes twenty.
        options.memtable_insert_with_hint_prefix_extractor = std::make_shared<HintedKeys>();
        // Most items and rows that are looked for here and are not known elsewhere are new.
        options.memtable_whole_key_filtering = true;
        options.memtable_prefix_bloom_size_ratio = 0.02;
        // What was just flushed is soon merged with more: compressing it does not pay.
        options.compression_per_level.assign(static_cast<std::size_t>(options.num_levels),
                                             options.compression);
        options.compression_per_level.front() = rocksdb::kNoCompression;
        // An item is found in the block that has it, and little else is decompressed for it.
        table.block_size = std::size_t{8} * 1'024;
        table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
        // Rows come and go, often at the same end of a list. A file that is full of deletions
        // somewhere is compacted soon, or readers there would go around them, and step over those
        // between rows that are near each other. Rows that move leave a deletion each, and as much
        // is put: so half of the entries is not yet full.
        options.table_properties_collector_factories.push_back(
            rocksdb::NewCompactOnDeletionCollectorFactory(entries_looked_at,
                                                          entries_looked_at / 4 * 3));
        table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
        table.block_cache = storage.state_cache;
    }
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

// Whether there was no room, or no more than a quota allows, which RocksDB knows as any failure.
bool is_of_full_disk(const rocksdb::Status& status) {
    return status.IsNoSpace() || status.ToString().find("Disk quota exceeded") != std::string::npos;
}

std::uint64_t property(rocksdb::DB& db, const std::string& name) {
    std::uint64_t value = 0;
    db.GetIntProperty(name, &value);  // false only for a name that it does not know
    return value;
}

// RocksDB makes the threads of its pools when it first needs them. Where that is not possible any
// more, it throws through a write, so they are made while a failure can still be told. Nobody waits
// for what they do, unless they fall far behind.
void make_threads(rocksdb::Env& env) {
    for (const auto priority : {rocksdb::Env::LOW, rocksdb::Env::HIGH}) {
        env.Schedule([](void*) { take_few_turns(); }, nullptr, priority);
    }
}

std::unique_ptr<rocksdb::Env> env_for(const StorageOptions& options) {
    return options.file_system ? rocksdb::NewCompositeEnv(options.file_system) : nullptr;
}

}  // namespace

// Hears of what RocksDB does in its own threads.
class Rocks::RoomWatch : public rocksdb::EventListener {
public:
    void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                           rocksdb::Status* error) override {
        if (is_of_full_disk(*error)) is_out_of_room_ = true;
        has_failed_ = true;
    }
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status error,
                              bool* recovers_by_itself) override {
        if (is_of_full_disk(error)) *recovers_by_itself = false;
    }

    void OnCompactionCompleted(rocksdb::DB* /*db*/,
                               const rocksdb::CompactionJobInfo& /*info*/) override {
        ++compactions_;
    }

    [[nodiscard]] std::uint64_t compactions() const { return compactions_; }
    [[nodiscard]] bool has_failed() const { return has_failed_; }
    [[nodiscard]] bool is_out_of_room() const { return is_out_of_room_; }

private:
    std::atomic<std::uint64_t> compactions_ = 0;
    std::atomic<bool> has_failed_ = false;
    std::atomic<bool> is_out_of_room_ = false;
};

Result<std::shared_ptr<Rocks>> Rocks::open(const std::string& path, Purpose purpose,
                                           const StorageOptions& options) {
    // RocksDB would make the folder too, but not without calling it an error that there is none.
    rocksdb::Status status =
        file_system(options)->CreateDirIfMissing(path, rocksdb::IOOptions(), nullptr);
    if (!status.ok()) return fail(error_of(status, "making " + path));
    std::unique_ptr<rocksdb::Env> env = env_for(options);
    rocksdb::Options tuned = options_for(purpose, options, env.get());
    // Files take room ahead of what is written to them, but not where others are short of it.
    const auto free_bytes = free_bytes_of(path);
    tuned.allow_fallocate = free_bytes && *free_bytes >= room_to_take_ahead;
    const auto watch = std::make_shared<RoomWatch>();
    tuned.listeners.push_back(watch);
    rocksdb::DB* db = nullptr;
    try {
        status = rocksdb::DB::Open(tuned, path, &db);
        if (!status.ok()) return fail(error_of(status, "opening " + path));
        std::shared_ptr<Rocks> opened(
            new Rocks(std::move(env), watch, std::unique_ptr<rocksdb::DB>(db)));
        make_threads(*db->GetEnv());
        return opened;
    } catch (const std::system_error& error) {
        return fail(Errc::io, "opening " + path + ": a thread cannot be made: " + error.what());
    }
}

Result<std::shared_ptr<Rocks>> Rocks::open_for_reading(const std::string& path, Purpose purpose,
                                                       const StorageOptions& options) {
    std::unique_ptr<rocksdb::Env> env = env_for(options);
    rocksdb::Options tuned = options_for(purpose, options, env.get());
    tuned.create_if_missing = false;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(tuned, path, &db);
    if (!status.ok()) return fail(error_of(status, "opening " + path));
    return std::shared_ptr<Rocks>(
        new Rocks(std::move(env), std::make_shared<RoomWatch>(), std::unique_ptr<rocksdb::DB>(db)));
}

Result<void> Rocks::destroy(const std::string& path, const StorageOptions& options) {
    const std::unique_ptr<rocksdb::Env> env = env_for(options);
    const rocksdb::Status status =
        rocksdb::DestroyDB(path, options_for(Purpose::state, options, env.get()));
    if (!status.ok()) return fail(error_of(status, "deleting " + path));
    return {};
}

Rocks::Rocks(std::unique_ptr<rocksdb::Env> env, std::shared_ptr<RoomWatch> watch,
             std::unique_ptr<rocksdb::DB> db)
    : env_(std::move(env)), watch_(std::move(watch)), db_(std::move(db)) {}

Rocks::~Rocks() = default;

bool Rocks::is_out_of_room() const {
    return watch_->is_out_of_room();
}

bool Rocks::has_failed() const {
    return watch_->has_failed();
}

std::uint64_t Rocks::compactions() const {
    return watch_->compactions();
}

rocksdb::WriteBatch& Rocks::empty_batch() {
    if (batch_.Data().capacity() > kept_batch_bytes_max) batch_ = rocksdb::WriteBatch();
    batch_.Clear();
    return batch_;
}

Error Rocks::write_error(const rocksdb::Status& status, const std::string& doing) const {
    Error error = error_of(status, doing);
    if (is_out_of_room()) error.code = Errc::disk_full;
    return error;
}

DatabaseUsage Rocks::usage() const {
    using Properties = rocksdb::DB::Properties;
    rocksdb::DB& db = *db_;
    return {.write_stopped = property(db, Properties::kIsWriteStopped) != 0,
            .delayed_write_rate_bytes = property(db, Properties::kActualDelayedWriteRate),
            .memtable_bytes = property(db, Properties::kCurSizeAllMemTables),
            .live_sst_bytes = property(db, Properties::kLiveSstFilesSize),
            .pending_compaction_bytes = property(db, Properties::kEstimatePendingCompactionBytes),
            .running_compactions = property(db, Properties::kNumRunningCompactions),
            .running_flushes = property(db, Properties::kNumRunningFlushes),
            .block_cache_bytes = property(db, Properties::kBlockCacheUsage)};
}

StorageOptions with_caches(StorageOptions options) {
    options.log_cache = rocksdb::NewLRUCache(options.log_cache_bytes);
    options.state_cache =
        rocksdb::NewLRUCache(options.state_cache_bytes - options.item_cache_bytes());
    return options;
}

Result<void> wait_until_closed(const std::weak_ptr<Rocks>& rocks,
                               std::chrono::milliseconds longest) {
    const auto deadline = std::chrono::steady_clock::now() + longest;
    while (!rocks.expired()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return fail(Errc::unavailable, "a read has held the database for " +
                                               std::to_string(longest.count()) + " ms");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
}

std::shared_ptr<rocksdb::FileSystem> file_system(const StorageOptions& options) {
    return options.file_system ? options.file_system : rocksdb::FileSystem::Default();
}

Error error_of(const rocksdb::Status& status, const std::string& doing) {
    Errc code = Errc::io;
    const std::string text = status.ToString();
    const bool is_lock = text.find("While lock file") != std::string::npos ||
                         text.find("lock hold by") != std::string::npos;
    if (status.IsCorruption()) code = Errc::corrupt;
    if (status.IsIncomplete()) code = Errc::busy;
    if (is_of_full_disk(status)) code = Errc::disk_full;
    if (status.IsIOError() && is_lock) code = Errc::locked;
    return Error{code, doing + ": " + text};
}

}  // namespace freshet::storage::internal
