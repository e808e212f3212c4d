// One data folder, opened: its lock, its log and its state.
//
//     LOCK             held while a process has the folder open
//     watermark-0, -1  how far the log is known to reach (storage/watermark.h)
//     log/             the change log; holds the format version and the epoch
//     state/           the state store
//     ballast          room that is given back when a start finds none (storage/ballast.h)
//     probe            for a moment: how room is looked for (storage/disk_room.h)
//
// On a disk without room for opening, the folder is opened for reading: the log takes nothing, and
// the state is brought up to it in memory. mend() opens both on the disk once there is room.
//
// Beside state/ there may be another for a while: see storage/side_state.h.
//
// Invariants
//   - While a folder is open, no other process has it open.
//   - The folder and what it held when it was opened are for its owner alone (0700, 0600). What is
//     made later has the mode that the process gives its files.
//   - A folder opened without its state is not asked for it. Only such a folder copies and swaps
//     states; one that has its state may make a shelf.
//
// Threads: opened and closed by one thread; usage(): any; the parts say for themselves who may call
// them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "storage/ballast.h"
#include "storage/change_log.h"
#include "storage/compression.h"
#include "storage/disk_usage.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/side_state.h"
#include "storage/state_store.h"
#include "storage/watermark.h"

namespace rocksdb {
class Cache;
class FileSystem;
}  // namespace rocksdb

namespace freshet::storage {

// The failure of one that is_out_of_room().
inline Result<void> no_room() {
    return fail(Errc::disk_full, "the disk of the data folder is full");
}

// The version of what is on disk that this release writes; it opens its own and older ones.
inline constexpr std::uint32_t format_version = 5;

struct StorageOptions {
    // What files are opened through; null for the operating system's. Fault tests pass their own.
    std::shared_ptr<rocksdb::FileSystem> file_system;
    // Off only in the control run of a fault test, which must then see a loss.
    bool sync = true;
    // Go on with a log that is shorter than its watermark. Begins a new epoch.
    bool accept_loss = false;
    // How many files each database keeps open at most.
    std::size_t open_files = 512;
    // What the log and the state keep in memory of what was read, at most. A quarter of the
    // state's is for items (storage/item_cache.h), the rest for what its database reads.
    std::size_t log_cache_bytes = 32U << 20U;
    std::size_t state_cache_bytes = 256U << 20U;
    [[nodiscard]] std::size_t item_cache_bytes() const { return state_cache_bytes / 4; }
    // What the state keeps in memory of what was committed, until it is on disk. A quarter of it is
    // for the window (storage/state_window.h), which is mostly written when it is half full; the
    // other half is for that write. The rest is the database's: one memtable fills while another is
    // put on disk.
    std::size_t state_write_bytes = 128U << 20U;
    [[nodiscard]] std::size_t state_window_bytes() const { return state_write_bytes / 4; }
    // Of files that are written from now on.
    Compression compression = Compression::lz4;
    // These caches; the folder that is opened makes them.
    std::shared_ptr<rocksdb::Cache> log_cache;
    std::shared_ptr<rocksdb::Cache> state_cache;
    // Of memory for a state that cannot be brought up to its log on a full disk, at most.
    std::size_t full_disk_bytes = 256U << 20U;
    // How long a read that holds what is to be closed is waited for.
    std::chrono::milliseconds longest_read{10'000};
    // Of the file that keeps room for a full disk; 0: none is made, and one that is there goes.
    std::uint64_t ballast_bytes = 0;
    // Receives the storage engine's own log lines.
    std::function<void(std::string_view line)> log_line;
};

class DataFolder {
public:
    // Opens the folder at `path`, or makes it.
    //
    // Fails with locked         if another process has it open;
    //            newer_format   if a newer release wrote it;
    //            log_shortened  if the log lacks records that it had acknowledged, unless
    //                           `accept_loss`;
    //            corrupt, io.
    static Result<std::unique_ptr<DataFolder>> open(std::string path, StorageOptions options);

    // Opens a folder that is there, but not its state, for work on the state of a server that is
    // stopped: state(), settle() and usage() are not to be called.
    //
    // Fails with refused  if there is no such folder; and as open() does.
    static Result<std::unique_ptr<DataFolder>> open_without_state(std::string path,
                                                                  StorageOptions options);

    ~DataFolder();
    DataFolder(const DataFolder&) = delete;
    DataFolder& operator=(const DataFolder&) = delete;

    [[nodiscard]] ChangeLog& log() { return *log_; }
    [[nodiscard]] StateStore& state();

    // ---- room on the disk ----

    // Whether that many bytes more can be written without using up what is left to RocksDB. Asks
    // the file system alone, and is quick. Fails with disk_full.
    [[nodiscard]] Result<void> check_room(std::uint64_t bytes) const;

    // Whether there is room to write again, by writing a probe: of what opening the log needs, if
    // that is to be. Where nothing `can_be_read`, gives the ballast back first if there is less;
    // where something can, the probe leaves alone what RocksDB needs. Fails with disk_full or io.
    Result<void> find_room(bool can_be_read);

    // Whether the log or the state takes nothing for lack of room: RocksDB has met a full disk in
    // its own threads, a write has, or the folder is open for reading.
    [[nodiscard]] bool is_out_of_room() const;

    // Makes the ballast if it is missing and there is room for it.
    void make_ballast();

    // Flushes the state and marks how far the log reaches: after it, the next start is quick.
    Result<void> settle();

    // What is known of the folder at this moment. Neither fails nor waits for a database that is
    // being reopened.
    [[nodiscard]] FolderUsage usage() const;

    // An empty state beside the open one, for what is to be compared with it; one at a time. It has
    // neither to do with the log nor with the folder's own state. Fails with disk_full or io.
    Result<std::unique_ptr<SideState>> make_shelf();

    // ---- of a folder that was opened without its state ----

    // An empty state beside the folder's own; one at a time. Fails with disk_full or io.
    Result<std::unique_ptr<SideState>> make_side_state();

    // A copy of the folder's own state, which is only read; empty if there is none. One at a time.
    // Fails with damaged_state  if it cannot be opened; disk_full; io.
    Result<std::unique_ptr<SideState>> copy_state();

    // Puts the side state in the place of the folder's own. A crash at any moment leaves the old
    // one, the new one or none, and each of them is brought up to the log at the next start.
    //
    // Fails with disk_full or io; then the folder has its old state, or none.
    Result<void> swap_in(std::unique_ptr<SideState> side);

private:
    class Lock;

    DataFolder(std::string path, StorageOptions options);
    Result<void> open_log();
    Result<void> open_state();
    void remove_left_overs() const;
    Result<std::unique_ptr<SideState>> open_side(const std::string& name);
    Result<std::unique_ptr<SideState>> open_empty_side(const std::string& name);
    [[nodiscard]] Result<void> make_folder() const;
    void close_to_others() const;
    [[nodiscard]] Result<void> sync_folder(const std::string& path) const;
    [[nodiscard]] std::uint64_t bytes_to_open() const;
    Result<void> open_log_with_room();

    std::string path_;
    StorageOptions options_;
    std::unique_ptr<Lock> lock_;
    std::unique_ptr<Watermark> watermark_;
    Ballast ballast_;
    bool is_for_reading_ = false;  // as it was opened
    std::unique_ptr<ChangeLog> log_;
    std::unique_ptr<StateStore> state_;
};

}  // namespace freshet::storage
