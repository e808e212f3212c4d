#include "storage/data_folder.h"

#include <fcntl.h>
#include <rocksdb/file_system.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "storage/disk_room.h"
#include "storage/internal/rocks.h"
#include "storage/invariant.h"
#include "storage/scratch_folder.h"

namespace freshet::storage {
namespace {

// Of the folder's files, or of those with this extension; nothing if it cannot be listed. Files
// come and go meanwhile.
std::optional<std::uint64_t> bytes_in(const std::string& folder, std::string_view extension = "") {
    namespace fs = std::filesystem;
    std::error_code error;
    std::uint64_t bytes = 0;
    for (auto at = fs::directory_iterator(folder, error); !error && at != fs::end(at);
         at.increment(error)) {
        std::error_code gone;
        const bool counts = extension.empty() || at->path().extension() == extension;
        const std::uintmax_t size = counts && at->is_regular_file(gone) ? at->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    if (error) return std::nullopt;
    return bytes;
}

constexpr const char* own_state = "/state";
constexpr const char* rebuilt_state = "/state.rebuilt";
constexpr const char* copied_state = "/state.copy";
constexpr const char* replaced_state = "/state.replaced";
constexpr const char* shelf_state = "/state.shelf";

// Copies a database that nobody has open. Tables are never written to again, only deleted, so the
// copy can share them.
std::error_code copy_database(const std::string& from, const std::string& to) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::exists(from, error)) return error;
    fs::create_directory(to, error);
    for (auto at = fs::directory_iterator(from, error); !error && at != fs::end(at);
         at.increment(error)) {
        const fs::path name = to / at->path().filename();
        if (at->path().extension() == ".sst") {
            fs::create_hard_link(at->path(), name, error);
            if (!error) continue;  // there are file systems without links
        }
        fs::copy_file(at->path(), name, error);
        if (error) return error;
    }
    return error;
}

// Of the write-ahead logs of a database, which are written once more when it is opened.
std::uint64_t unflushed_bytes_in(const std::string& folder) {
    return bytes_in(folder, ".log").value_or(0);
}

// What opening writes besides: a manifest, options, and the beginnings of files.
constexpr std::uint64_t opening_bytes = 4U << 20U;

std::string text_of_mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20U) + " MiB";
}

}  // namespace

// Held through the operating system, so it ends with the process, however that ends.
class DataFolder::Lock {
public:
    static Result<std::unique_ptr<Lock>> take(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
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
    : path_(std::move(path)),
      options_(internal::with_caches(std::move(options))),
      ballast_(path_ + "/ballast", options_.ballast_bytes) {}

DataFolder::~DataFolder() = default;

Result<std::unique_ptr<DataFolder>> DataFolder::open(std::string path, StorageOptions options) {
    std::unique_ptr<DataFolder> folder(new DataFolder(std::move(path), std::move(options)));
    auto opened = folder->open_log();
    if (opened) opened = folder->open_state();
    if (!opened) return fail(opened.error());
    return folder;
}

Result<std::unique_ptr<DataFolder>> DataFolder::open_without_state(std::string path,
                                                                   StorageOptions options) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
        return fail(Errc::refused, "there is no data folder " + path);
    }
    std::unique_ptr<DataFolder> folder(new DataFolder(std::move(path), std::move(options)));
    const auto opened = folder->open_log();
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

// The folder may be older than this rule, or have been copied. Only its owner can change a mode; a
// process that is another user's works with what it may read.
void DataFolder::close_to_others() const {
    namespace fs = std::filesystem;
    constexpr fs::perms file_mode = fs::perms::owner_read | fs::perms::owner_write;
    std::error_code error;
    fs::permissions(path_, fs::perms::owner_all, error);
    if (error && options_.log_line) {
        options_.log_line("others may be able to read " + path_ + ": " + error.message());
    }
    for (const char* name : {"/LOCK", "/watermark-0", "/watermark-1", "/ballast"}) {
        fs::permissions(path_ + name, file_mode, error);
    }
    for (const std::string& database : {path_ + "/log", path_ + own_state}) {
        fs::permissions(database, fs::perms::owner_all, error);
        std::error_code end;
        for (auto at = fs::directory_iterator(database, end); !end && at != fs::end(at);
             at.increment(end)) {
            fs::permissions(at->path(), file_mode, error);
        }
    }
}

Result<void> DataFolder::open_log() {
    const auto made = make_folder();
    if (!made) return fail(made.error());

    auto lock = Lock::take(path_ + "/LOCK");
    if (!lock) return fail(lock.error());
    lock_ = std::move(*lock);
    close_to_others();
    remove_left_overs();

    auto watermark = Watermark::open(path_, internal::file_system(options_), options_.accept_loss);
    if (!watermark) return fail(watermark.error());
    watermark_ = std::move(*watermark);

    log_.reset(new ChangeLog(path_ + "/log", options_, *watermark_));
    const auto log_opened = open_log_with_room();
    if (!log_opened) return fail(log_opened.error());
    if (auto synced = sync_folder(path_); !synced) return synced;
    const auto whole = options_.accept_loss ? log_->begin_epoch() : log_->check_watermark();
    if (!whole) return fail(whole.error());
    return {};
}

// Where there is no room to open the log, it is opened for reading. A folder that holds no log yet
// cannot be.
Result<void> DataFolder::open_log_with_room() {
    Result<void> found = {};
    if (const auto free = free_bytes_of(path_); free && *free < bytes_to_open()) {
        if (ballast_.give_back() && options_.log_line) {
            options_.log_line("the disk is full: gave the ballast back for this start");
        }
        found = probe_room(path_, bytes_to_open(), options_);
    }
    if (found) found = log_->open();
    if (found || found.error().code != Errc::disk_full) return found;
    is_for_reading_ = true;
    const auto read = log_->open_for_reading();
    if (read) return {};
    return fail(Errc::disk_full, found.error().message +
                                     "; nor can it be opened for reading: " + read.error().message);
}

std::uint64_t DataFolder::bytes_to_open() const {
    return unflushed_bytes_in(path_ + "/log") + opening_bytes;
}

Result<void> DataFolder::check_room(std::uint64_t bytes) const {
    const auto free = free_bytes_of(path_);
    if (!free || *free >= low_room_bytes + bytes) return {};
    std::string detail = "the disk of " + path_ + " has " + text_of_mebibytes(*free) +
                         " left, and writes stop below " + text_of_mebibytes(low_room_bytes);
    if (*free >= low_room_bytes) {
        detail += "; these may take " + text_of_mebibytes(bytes) +
                  " of it: make room, or send fewer records at once";
    }
    return fail(Errc::disk_full, std::move(detail));
}

Result<void> DataFolder::find_room(bool can_be_read) {
    const bool opens_log = log_->takes_none() || log_->is_out_of_room();
    const std::uint64_t opening = opens_log ? bytes_to_open() : 0;
    const std::uint64_t kept = can_be_read ? low_room_bytes : 0;
    const std::uint64_t needed = std::max(opening + kept, enough_room_bytes);
    auto free = free_bytes_of(path_);
    if (free && *free < needed && !can_be_read && ballast_.give_back()) {
        free = free_bytes_of(path_);
    }
    if (free && *free < needed) {
        return fail(Errc::disk_full, "the disk of " + path_ + " has " + text_of_mebibytes(*free) +
                                         " left, and writes are taken again from " +
                                         text_of_mebibytes(needed));
    }
    const std::uint64_t wanted = std::max(opening, enough_room_bytes);
    return probe_room(path_, free ? std::min(wanted, *free - kept) : wanted, options_);
}

bool DataFolder::is_out_of_room() const {
    if (log_->takes_none() || log_->is_out_of_room()) return true;
    return state_ && (state_->is_out_of_room() || state_->is_in_memory());
}

void DataFolder::make_ballast() {
    if (const auto free = free_bytes_of(path_)) {
        ballast_.make(*free > low_room_bytes ? *free - low_room_bytes : 0);
    }
}

Result<void> DataFolder::open_state() {
    state_.reset(new StateStore(path_ + own_state, options_, internal::Purpose::state));
    auto state_opened = is_for_reading_ ? state_->open_in_memory() : state_->open();
    if (!state_opened && state_opened.error().code == Errc::disk_full) {
        return state_->open_in_memory();
    }
    if (state_opened || state_opened.error().code == Errc::locked) return state_opened;
    // The state is a cache: one that cannot be opened is thrown away and folded again.
    return state_->clear();
}

// Removes what work on the state has left that did not come to its end. What cannot be removed is
// in nobody's way but that of the next such work.
void DataFolder::remove_left_overs() const {
    std::error_code error;
    for (const char* name : {rebuilt_state, copied_state, replaced_state, shelf_state}) {
        std::filesystem::remove_all(path_ + name, error);
    }
    for (const char* name : {own_state, rebuilt_state, copied_state}) {
        std::filesystem::remove_all(path_ + name + std::string(scratch_suffix), error);
    }
    remove_probe(path_);
}

Result<std::unique_ptr<SideState>> DataFolder::open_side(const std::string& name) {
    const auto purpose = name == shelf_state ? internal::Purpose::shelf : internal::Purpose::state;
    std::unique_ptr<StateStore> state(new StateStore(path_ + name, options_, purpose));
    std::unique_ptr<SideState> side(new SideState(path_ + name, std::move(state)));
    const auto opened = side->state().open();
    if (!opened) return fail(opened.error());
    return side;
}

Result<std::unique_ptr<SideState>> DataFolder::make_shelf() {
    invariant(state_ != nullptr, "a shelf is of a folder opened with its state");
    return open_empty_side(shelf_state);
}

Result<std::unique_ptr<SideState>> DataFolder::make_side_state() {
    invariant(!state_, "side states are of a folder opened without its state");
    return open_empty_side(rebuilt_state);
}

Result<std::unique_ptr<SideState>> DataFolder::open_empty_side(const std::string& name) {
    auto side = open_side(name);
    if (!side) return fail(side.error());
    // What could not be removed when the folder was opened must not become part of it.
    const auto cleared = (*side)->state().clear();
    if (!cleared) return fail(cleared.error());
    return side;
}

Result<std::unique_ptr<SideState>> DataFolder::copy_state() {
    invariant(!state_, "only a state that is not open is copied");
    const std::string copy = path_ + copied_state;
    const std::error_code error = copy_database(path_ + own_state, copy);
    if (!error) return open_side(copied_state);
    remove_left_overs();
    const bool is_full = error == std::errc::no_space_on_device;
    return fail(is_full ? Errc::disk_full : Errc::io,
                "copying the state to " + copy + ": " + error.message());
}

Result<void> DataFolder::swap_in(std::unique_ptr<SideState> side) {
    invariant(!state_, "only a state that is not open is replaced");
    invariant(side->path_ == path_ + rebuilt_state, "a folder takes in the state it had made");
    auto settled = side->state().flush();
    if (settled) settled = side->state().close();
    if (!settled) return settled;

    rocksdb::FileSystem& files = *internal::file_system(options_);
    const rocksdb::IOOptions io;
    const std::string own = path_ + own_state;
    const std::string replaced = path_ + replaced_state;
    const bool had_one = files.FileExists(own, io, nullptr).ok();
    rocksdb::IOStatus status;
    if (had_one) status = files.RenameFile(own, replaced, io, nullptr);
    if (status.ok()) {
        status = files.RenameFile(side->path_, own, io, nullptr);
        if (!status.ok() && had_one) files.RenameFile(replaced, own, io, nullptr);
    }
    if (!status.ok()) return fail(internal::error_of(status, "renaming a state to " + own));
    side->path_.clear();
    if (auto synced = sync_folder(path_); !synced) return synced;
    remove_left_overs();
    return {};
}

StateStore& DataFolder::state() {
    invariant(state_ != nullptr, "a folder opened without its state is not asked for it");
    return *state_;
}

Result<void> DataFolder::settle() {
    invariant(state_ != nullptr, "a folder opened without its state has nothing to settle");
    const auto flushed = state_->flush();
    if (!flushed) return fail(flushed.error());
    return log_->persist_watermark();
}

FolderUsage DataFolder::usage() const {
    invariant(state_ != nullptr, "a folder opened without its state does not tell its usage");
    // The watermark first: it never runs ahead of the head.
    const Position watermark = log_->watermark();
    return {.log = log_->usage(),
            .state = state_->usage(),
            .disk_free_bytes = free_bytes_of(path_),
            .ballast_bytes = ballast_.held_bytes(),
            .log_bytes = bytes_in(path_ + "/log"),
            .state_bytes = bytes_in(path_ + own_state),
            .head = log_->head(),
            .watermark = watermark};
}

}  // namespace freshet::storage
