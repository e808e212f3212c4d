// One RocksDB database, opened the way Freshet needs it.
//
// Shared by whoever reads from it; a database that is to be opened again is first let go by all.
//
// RocksDB would try by itself to write again after its disk was full, while its owner does so, too.
// So it is kept from that, and is opened again instead: to have it continue where it was can hang.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "storage/data_folder.h"
#include "storage/disk_usage.h"
#include "storage/result.h"

namespace freshet::storage::internal {

// What a database is for decides how it is tuned.
enum class Purpose { log, state, shelf };

class Rocks {
public:
    // Fails with corrupt or io; with locked  if another process has the database.
    static Result<std::shared_ptr<Rocks>> open(const std::string& path, Purpose purpose,
                                               const StorageOptions& options);
    // A database that is there, to be read only: nothing of it is changed, and others may have it
    // open. Fails with corrupt or io.
    static Result<std::shared_ptr<Rocks>> open_for_reading(const std::string& path, Purpose purpose,
                                                           const StorageOptions& options);
    // Deletes the database at `path`, which nobody has open. Fails with io.
    static Result<void> destroy(const std::string& path, const StorageOptions& options);

    ~Rocks();
    Rocks(const Rocks&) = delete;
    Rocks& operator=(const Rocks&) = delete;

    [[nodiscard]] rocksdb::DB& db() { return *db_; }

    [[nodiscard]] DatabaseUsage usage() const;

    // Whether a flush or a compaction has failed, since when none is tried; and whether that was
    // for lack of room.
    [[nodiscard]] bool has_failed() const;
    [[nodiscard]] bool is_out_of_room() const;

    // Counts what was merged: deletions may have gone with it.
    [[nodiscard]] std::uint64_t compactions() const;

    // An empty batch for the one that writes, with the room that its last one took.
    [[nodiscard]] rocksdb::WriteBatch& empty_batch();

    // The error that a write has met: where the database is out of room, that is why.
    [[nodiscard]] Error write_error(const rocksdb::Status& status, const std::string& doing) const;

private:
    class RoomWatch;

    Rocks(std::unique_ptr<rocksdb::Env> env, std::shared_ptr<RoomWatch> watch,
          std::unique_ptr<rocksdb::DB> db);

    std::unique_ptr<rocksdb::Env> env_;  // null for the operating system's own
    std::shared_ptr<RoomWatch> watch_;
    std::unique_ptr<rocksdb::DB> db_;
    rocksdb::WriteBatch batch_;
};

// Waits until the last of those who read from the database has let go of it: reads are short and
// none is held across a wait. Fails with unavailable  after that time.
Result<void> wait_until_closed(const std::weak_ptr<Rocks>& rocks,
                               std::chrono::milliseconds longest);

// The same options with the caches of the log and the state, which all databases that are opened
// with them share: one that is opened while another is still read takes no second share of memory.
StorageOptions with_caches(StorageOptions options);

// The file system that `options` name, or the operating system's.
std::shared_ptr<rocksdb::FileSystem> file_system(const StorageOptions& options);

Error error_of(const rocksdb::Status& status, const std::string& doing);

}  // namespace freshet::storage::internal
