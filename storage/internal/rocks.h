// One RocksDB database, opened the way Freshet needs it.
//
// Shared by whoever reads from it; a database that is to be opened again is first let go by all.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/options.h>

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
    // A state that is there, to be read only: nothing of it is changed, and others may have it
    // open. Fails with corrupt or io.
    static Result<std::shared_ptr<Rocks>> open_for_reading(const std::string& path);
    // Deletes the database at `path`, which nobody has open. Fails with io.
    static Result<void> destroy(const std::string& path, const StorageOptions& options);

    ~Rocks();
    Rocks(const Rocks&) = delete;
    Rocks& operator=(const Rocks&) = delete;

    [[nodiscard]] rocksdb::DB& db() { return *db_; }

    [[nodiscard]] DatabaseUsage usage() const;

private:
    Rocks(std::unique_ptr<rocksdb::Env> env, std::unique_ptr<rocksdb::DB> db);

    std::unique_ptr<rocksdb::Env> env_;  // null for the operating system's own
    std::unique_ptr<rocksdb::DB> db_;
};

// Waits until the last of those who read from the database has let go of it: reads are short and
// none is held across a wait. Fails with unavailable  after ten seconds.
Result<void> wait_until_closed(const std::weak_ptr<Rocks>& rocks);

// The file system that `options` name, or the operating system's.
std::shared_ptr<rocksdb::FileSystem> file_system(const StorageOptions& options);

Error error_of(const rocksdb::Status& status, const std::string& doing);

}  // namespace freshet::storage::internal
