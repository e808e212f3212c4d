// A file system that knows what a power cut would leave of one folder.
//
// Everything goes on to the operating system's, but for syncs, which are only noted: the tests are
// as quick on a slow disk as on a fast one. clone() writes what would be left at that moment into
// another folder, which is then opened with the ordinary file system.
//
// The model
//   - Of a file stays what was synced, and of what was written after that a random beginning.
//     A file that was cut short or written anew without a sync may also be as it was before.
//   - Of a folder stay the entries of its last sync, and of the changes after that (creations,
//     renames, deletions, folders among them) a random beginning. Not any selection: file systems
//     journal such changes in order, and RocksDB counts on it between its manifest and CURRENT.
//   - Asking for a range to be synced promises nothing, as with the operating system.
//
// Threads: any.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>

namespace freshet::support {

class PowerLossFileSystem : public rocksdb::FileSystemWrapper {
public:
    // Called before each operation that changes something, with its number, counted from 1; from
    // the thread of the operation, so several calls may run at once.
    using Hook = std::function<void(std::uint64_t operation)>;

    // `root` is a folder that is there and empty. What lies outside of it is not remembered.
    PowerLossFileSystem(std::string root, Hook before_operation);
    ~PowerLossFileSystem() override;

    // How many operations have begun.
    [[nodiscard]] std::uint64_t operations() const;

    // Writes what a power cut now would leave of `root` into the folder `path`, which is made.
    void clone(const std::string& path, std::mt19937_64& random) const;

    const char* Name() const override { return "PowerLossFileSystem"; }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus ReopenWritableFile(const std::string& path,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus Truncate(const std::string& path, std::size_t size,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                                 const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus CreateDir(const std::string& path, const rocksdb::IOOptions& options,
                                rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const rocksdb::IOOptions& options,
                                         rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus DeleteDir(const std::string& path, const rocksdb::IOOptions& options,
                                rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* folder,
                                   rocksdb::IODebugContext* debug) override;

    // Ways to write that Freshet does not use and the model does not know: not supported.
    rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file,
                                        rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                      rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus NewMemoryMappedFileBuffer(
        const std::string& path, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* buffer) override;

    class Disk;

private:
    std::shared_ptr<Disk> disk_;  // shared with the files that are open
};

}  // namespace freshet::support
