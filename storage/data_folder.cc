#include "storage/data_folder.h"

#include <fcntl.h>
#include <rocksdb/file_system.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "storage/internal/rocks.h"

namespace freshet::storage {
namespace {

// Nothing if the folder cannot be listed. Files come and go meanwhile.
std::optional<std::uint64_t> bytes_in(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code error;
    std::uint64_t bytes = 0;
    for (auto at = fs::directory_iterator(folder, error); !error && at != fs::end(at);
         at.increment(error)) {
        std::error_code gone;
        const std::uintmax_t size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    if (error) return std::nullopt;
    return bytes;
}

std::optional<std::uint64_t> free_bytes(const std::string& folder) {
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

}  // namespace

// Held through the operating system, so it ends with the process, however that ends.
class DataFolder::Lock {
public:
    static Result<std::unique_ptr<Lock>> take(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (file < 0) {
            return fail(Errc::io, "opening " + path + ": " + std::system_category().message(errno));
        }
        std::unique_ptr<Lock> lock(new Lock(file));
        if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
            return fail(Errc::locked, path + " is held: another process has this data folder open");
        }
        return lock;
    }

    ~Lock() { ::close(file_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    explicit Lock(int file) : file_(file) {}

    int file_;
};

DataFolder::DataFolder(std::string path, StorageOptions options)
    : path_(std::move(path)), options_(std::move(options)) {}

DataFolder::~DataFolder() = default;

Result<std::unique_ptr<DataFolder>> DataFolder::open(std::string path, StorageOptions options) {
    std::unique_ptr<DataFolder> folder(new DataFolder(std::move(path), std::move(options)));
    const auto opened = folder->open_parts();
    if (!opened) return fail(opened.error());
    return folder;
}

// Makes the entries of a folder durable: a file's own sync does not say where to find it.
Result<void> DataFolder::sync_folder(const std::string& path) const {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    const rocksdb::IOOptions io;
    rocksdb::IOStatus status =
        internal::file_system(options_)->NewDirectory(path, io, &folder, nullptr);
    if (status.ok()) status = folder->Fsync(io, nullptr);
    if (!status.ok()) return fail(internal::error_of(status, "syncing the folder " + path));
    return {};
}

// Makes the folder and those above it that are missing, each durable in the one it is made in.
Result<void> DataFolder::make_folder() const {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::path folder = fs::absolute(path_, error).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();  // of a path that ends in a slash
    std::vector<std::string> parents{folder.parent_path().string()};
    for (fs::path above = folder.parent_path(); !error && !fs::exists(above, error);) {
        above = above.parent_path();
        parents.push_back(above.string());
    }
    if (!error) fs::create_directories(folder, error);
    if (error) return fail(Errc::io, "making the folder " + path_ + ": " + error.message());
    for (const std::string& parent : parents) {
        if (auto synced = sync_folder(parent); !synced) return synced;
    }
    return {};
}

Result<void> DataFolder::open_parts() {
    const auto made = make_folder();
    if (!made) return fail(made.error());

    auto lock = Lock::take(path_ + "/LOCK");
    if (!lock) return fail(lock.error());
    lock_ = std::move(*lock);

    auto watermark = Watermark::open(path_, internal::file_system(options_), options_.accept_loss);
    if (!watermark) return fail(watermark.error());
    watermark_ = std::move(*watermark);

    log_.reset(new ChangeLog(path_ + "/log", options_, *watermark_));
    const auto log_opened = log_->open();
    if (!log_opened) return fail(log_opened.error());
    if (auto synced = sync_folder(path_); !synced) return synced;
    const auto whole = options_.accept_loss ? log_->begin_epoch() : log_->check_watermark();
    if (!whole) return fail(whole.error());

    state_.reset(new StateStore(path_ + "/state", options_));
    auto state_opened = state_->open();
    if (state_opened || state_opened.error().code == Errc::locked) return state_opened;
    // The state is a cache: one that cannot be opened is thrown away and folded again.
    return state_->clear();
}

Result<void> DataFolder::settle() {
    const auto flushed = state_->flush();
    if (!flushed) return fail(flushed.error());
    return log_->persist_watermark();
}

FolderUsage DataFolder::usage() const {
    // The watermark first: it never runs ahead of the head.
    const Position watermark = log_->watermark();
    return {.log = log_->usage(),
            .state = state_->usage(),
            .disk_free_bytes = free_bytes(path_),
            .log_bytes = bytes_in(path_ + "/log"),
            .state_bytes = bytes_in(path_ + "/state"),
            .head = log_->head(),
            .watermark = watermark};
}

}  // namespace freshet::storage
