#include "storage/internal/memory_overlay.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace freshet::storage::internal {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

using Budget = std::atomic<std::int64_t>;

class BoundedFile : public rocksdb::FSWritableFileOwnerWrapper {
public:
    BoundedFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Budget> left)
        : FSWritableFileOwnerWrapper(std::move(file)), left_(std::move(left)) {}

    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options,
                    IODebugContext* debug) override {
        if ((*left_ -= static_cast<std::int64_t>(bytes.size())) < 0) {
            return IOStatus::NoSpace("the disk is full, and memory has no room for the state");
        }
        return target()->Append(bytes, options, debug);
    }
    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options,
                    const rocksdb::DataVerificationInfo& /*verification*/,
                    IODebugContext* debug) override {
        return Append(bytes, options, debug);
    }

private:
    std::shared_ptr<Budget> left_;
};

class MemoryOverlay : public rocksdb::FileSystemWrapper {
public:
    MemoryOverlay(std::shared_ptr<rocksdb::FileSystem> disk, std::uint64_t bytes_max)
        : FileSystemWrapper(std::move(disk)),
          env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
          memory_(env_->GetFileSystem()),
          left_(std::make_shared<Budget>(static_cast<std::int64_t>(bytes_max))) {}

    const char* Name() const override { return "MemoryOverlay"; }

    // ---- reading: memory, else the disk ----

    IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSSequentialFile>* file,
                               IODebugContext* debug) override {
        if (is_gone(path)) return not_found(path);
        return holder_of(path).NewSequentialFile(path, options, file, debug);
    }
    IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                 IODebugContext* debug) override {
        if (is_gone(path)) return not_found(path);
        return holder_of(path).NewRandomAccessFile(path, options, file, debug);
    }
    IOStatus FileExists(const std::string& path, const IOOptions& options,
                        IODebugContext* debug) override {
        if (is_gone(path)) return not_found(path);
        return holder_of(path).FileExists(path, options, debug);
    }
    IOStatus GetFileSize(const std::string& path, const IOOptions& options, std::uint64_t* bytes,
                         IODebugContext* debug) override {
        if (is_gone(path)) return not_found(path);
        return holder_of(path).GetFileSize(path, options, bytes, debug);
    }
    IOStatus GetFileModificationTime(const std::string& path, const IOOptions& options,
                                     std::uint64_t* time, IODebugContext* debug) override {
        if (is_gone(path)) return not_found(path);
        return holder_of(path).GetFileModificationTime(path, options, time, debug);
    }
    IOStatus GetChildren(const std::string& folder, const IOOptions& options,
                         std::vector<std::string>* names, IODebugContext* debug) override {
        std::set<std::string> found;
        std::vector<std::string> some;
        const IOStatus on_disk = target()->GetChildren(folder, options, &some, debug);
        for (const std::string& name : some) {
            if (!is_gone(folder + '/' + name)) found.insert(name);
        }
        some.clear();
        const IOStatus in_memory = memory_->GetChildren(folder, options, &some, debug);
        found.insert(some.begin(), some.end());
        names->assign(found.begin(), found.end());
        return on_disk.ok() ? on_disk : in_memory;
    }
    IOStatus GetChildrenFileAttributes(const std::string& folder, const IOOptions& options,
                                       std::vector<rocksdb::FileAttributes>* files,
                                       IODebugContext* debug) override {
        return FileSystem::GetChildrenFileAttributes(folder, options, files, debug);
    }

    // ---- changing: memory alone ----

    IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override {
        std::unique_ptr<rocksdb::FSWritableFile> kept;
        const IOStatus status = memory_->NewWritableFile(path, options, &kept, debug);
        if (status.ok()) *file = std::make_unique<BoundedFile>(std::move(kept), left_);
        return status;
    }
    IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                        IODebugContext* debug) override {
        if (is_gone(path)) return not_found(path);
        const bool is_kept = is_in_memory(path);
        const IOStatus status = is_kept ? memory_->DeleteFile(path, options, debug)
                                        : target()->FileExists(path, options, debug);
        const std::lock_guard lock(mutex_);
        gone_.insert(path);
        return status;
    }
    IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                        IODebugContext* debug) override {
        return memory_->RenameFile(from, to, options, debug);
    }
    IOStatus Truncate(const std::string& path, std::size_t size, const IOOptions& options,
                      IODebugContext* debug) override {
        return memory_->Truncate(path, size, options, debug);
    }
    IOStatus CreateDir(const std::string& path, const IOOptions& options,
                       IODebugContext* debug) override {
        return memory_->CreateDir(path, options, debug);
    }
    IOStatus CreateDirIfMissing(const std::string& path, const IOOptions& options,
                                IODebugContext* debug) override {
        return memory_->CreateDirIfMissing(path, options, debug);
    }
    IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                          std::unique_ptr<rocksdb::FSDirectory>* folder,
                          IODebugContext* debug) override {
        return memory_->NewDirectory(path, options, folder, debug);
    }
    IOStatus LockFile(const std::string& path, const IOOptions& options, rocksdb::FileLock** lock,
                      IODebugContext* debug) override {
        return memory_->LockFile(path, options, lock, debug);
    }
    IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions& options,
                        IODebugContext* debug) override {
        return memory_->UnlockFile(lock, options, debug);
    }

    // Ways to write that a state does not use.
    IOStatus ReopenWritableFile(const std::string& /*path*/, const FileOptions& /*options*/,
                                std::unique_ptr<rocksdb::FSWritableFile>* /*file*/,
                                IODebugContext* /*debug*/) override {
        return IOStatus::NotSupported("reopening a file of a state in memory");
    }
    IOStatus ReuseWritableFile(const std::string& /*path*/, const std::string& /*old_path*/,
                               const FileOptions& /*options*/,
                               std::unique_ptr<rocksdb::FSWritableFile>* /*file*/,
                               IODebugContext* /*debug*/) override {
        return IOStatus::NotSupported("reusing a file of a state in memory");
    }
    IOStatus NewRandomRWFile(const std::string& /*path*/, const FileOptions& /*options*/,
                             std::unique_ptr<rocksdb::FSRandomRWFile>* /*file*/,
                             IODebugContext* /*debug*/) override {
        return IOStatus::NotSupported("writing within a file of a state in memory");
    }
    IOStatus LinkFile(const std::string& /*from*/, const std::string& /*to*/,
                      const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return IOStatus::NotSupported("linking a file of a state in memory");
    }
    IOStatus DeleteDir(const std::string& /*path*/, const IOOptions& /*options*/,
                       IODebugContext* /*debug*/) override {
        return IOStatus::OK();
    }

private:
    static IOStatus not_found(const std::string& path) { return IOStatus::NotFound(path); }

    [[nodiscard]] bool is_in_memory(const std::string& path) const {
        return memory_->FileExists(path, IOOptions(), nullptr).ok();
    }
    [[nodiscard]] bool is_gone(const std::string& path) const {
        const std::lock_guard lock(mutex_);
        return gone_.contains(path) && !is_in_memory(path);
    }
    [[nodiscard]] rocksdb::FileSystem& holder_of(const std::string& path) const {
        return is_in_memory(path) ? *memory_ : *target();
    }

    std::unique_ptr<rocksdb::Env> env_;
    std::shared_ptr<rocksdb::FileSystem> memory_;
    std::shared_ptr<Budget> left_;
    mutable std::mutex mutex_;
    std::set<std::string> gone_;  // of the disk; guarded by mutex_
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> memory_overlay(std::shared_ptr<rocksdb::FileSystem> disk,
                                                    std::uint64_t bytes_max) {
    return std::make_shared<MemoryOverlay>(std::move(disk), bytes_max);
}

}  // namespace freshet::storage::internal
