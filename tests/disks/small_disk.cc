#include "tests/disks/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace freshet::support {
namespace {

void expect(bool done, const char* what) {
    if (done) return;
    std::perror(what);
    std::abort();
}

// Those who may not mount may do so in a space of users of their own.
bool enter_own_mounts() {
    const std::string user = std::to_string(::geteuid());
    if (::unshare(CLONE_NEWNS) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
        std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1\n";
    }
    return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Before any thread begins: one that is there already, such as RocksDB's, would not see the disk.
const bool has_own_mounts = enter_own_mounts();

}  // namespace

SmallDisk::SmallDisk(std::uint64_t bytes) {
    expect(has_own_mounts, "mounting where nobody else sees it");
    const std::string options = "size=" + std::to_string(bytes) + ",mode=0700";
    expect(::mount("freshet", path().c_str(), "tmpfs", 0, options.c_str()) == 0,
           "mounting a small disk");
}

SmallDisk::~SmallDisk() {
    ::umount2(path().c_str(), MNT_DETACH);
}

std::uint64_t SmallDisk::free_bytes() const {
    struct statvfs disk {};
    expect(::statvfs(path().c_str(), &disk) == 0, "looking at a small disk");
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

void SmallDisk::fill(std::uint64_t but) {
    const int file = ::open(this->file("filler").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    expect(file >= 0, "filling a small disk");
    const std::vector<char> chunk(1U << 16U, 'f');
    for (std::uint64_t free = free_bytes(); free > but; free = free_bytes()) {
        const ssize_t written =
            ::write(file, chunk.data(), std::min<std::uint64_t>(chunk.size(), free - but));
        if (written <= 0) break;
    }
    ::close(file);
}

void SmallDisk::make_room() {
    std::remove(file("filler").c_str());
}

}  // namespace freshet::support
