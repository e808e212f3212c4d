#include "storage/ballast.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "storage/disk_room.h"

namespace freshet::storage {
namespace {

constexpr std::uint64_t block_bytes = 512;  // that stat() counts in

// Between two tries, each of which takes room from others for a moment.
constexpr std::chrono::minutes retry_pause{1};

// What the file takes of the disk, however long it says that it is.
std::uint64_t allocated_bytes(const std::string& path) {
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0) return 0;
    return static_cast<std::uint64_t>(file.st_blocks) * block_bytes;
}

// Takes blocks up to that size, on a file system that cannot reserve them by writing. Returns
// whether all of them are there.
bool allocate(int file, std::uint64_t bytes) {
    if (::fallocate(file, 0, 0, static_cast<off_t>(bytes)) == 0) return true;
    if (errno != EOPNOTSUPP) return false;
    const std::string chunk = random_chunk();
    for (std::uint64_t at = 0; at < bytes;) {
        const std::size_t size = std::min<std::uint64_t>(chunk.size(), bytes - at);
        const ssize_t written = ::pwrite(file, chunk.data(), size, static_cast<off_t>(at));
        if (written <= 0) return false;
        at += static_cast<std::uint64_t>(written);
    }
    return ::fdatasync(file) == 0;  // some find only here that there is no room
}

}  // namespace

Ballast::Ballast(std::string path, std::uint64_t bytes)
    : path_(std::move(path)), bytes_(bytes), held_bytes_(allocated_bytes(path_)) {}

void Ballast::make(std::uint64_t free_bytes, std::chrono::steady_clock::time_point now) {
    // An operator may have deleted it.
    const std::uint64_t held = allocated_bytes(path_);
    held_bytes_ = held;
    const bool is_too_large = held > bytes_ + bytes_ / 8 + 65'536;
    if (is_too_large) give_back();
    if (held_bytes_ >= bytes_) return;
    const std::uint64_t missing = bytes_ - held_bytes_;
    if (free_bytes / 2 < missing || now < not_before_) return;

    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    // The file system may not know of a quota: that as much again is left is seen by taking it.
    const bool is_whole =
        allocate(file, bytes_ + missing) && ::ftruncate(file, static_cast<off_t>(bytes_)) == 0;
    ::close(file);
    if (is_whole) {
        held_bytes_ = allocated_bytes(path_);
    } else {
        give_back();
    }
    if (held_bytes_ < bytes_) not_before_ = now + retry_pause;
}

bool Ballast::give_back() {
    const bool is_gone = ::unlink(path_.c_str()) == 0;
    held_bytes_ = allocated_bytes(path_);
    return is_gone;
}

}  // namespace freshet::storage
