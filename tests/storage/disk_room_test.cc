// What storage/disk_room.h promises.

#include "storage/disk_room.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "storage/data_folder.h"
#include "tests/disks/small_disk.h"
#include "tests/support/must.h"

namespace freshet::storage {
namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

TEST(DiskRoomTest, IsWhatTheFileSystemHasFree) {
    support::SmallDisk disk(8 * mebibyte);

    EXPECT_EQ(free_bytes_of(disk.path()), disk.free_bytes());
    EXPECT_EQ(free_bytes_of(disk.file("not/there/yet")), disk.free_bytes());
    disk.fill();
    EXPECT_EQ(free_bytes_of(disk.path()), 0U);
}

TEST(DiskRoomTest, IsProbedByWritingAndLeftAsItWas) {
    support::SmallDisk disk(8 * mebibyte);
    const std::uint64_t before = disk.free_bytes();

    support::must(probe_room(disk.path(), 3 * mebibyte + 1, {}));
    const auto refused = probe_room(disk.path(), 8 * mebibyte + 1, {});

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::disk_full);
    EXPECT_EQ(disk.free_bytes(), before);
    EXPECT_TRUE(std::filesystem::is_empty(disk.path()));
}

}  // namespace
}  // namespace freshet::storage
