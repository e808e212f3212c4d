// What storage/state_files.h promises about the room on the disk. That a state takes in what is
// written, properties show (tests/properties/story_run.h).

#include "storage/state_files.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "storage/data_folder.h"
#include "storage/disk_room.h"
#include "storage/scratch_folder.h"
#include "storage/state_store.h"
#include "tests/disks/small_disk.h"
#include "tests/support/must.h"

namespace freshet::storage {
namespace {

using support::must;

constexpr std::uint64_t mebibyte = 1U << 20U;

// Bytes that cannot be made smaller.
std::string value_of(std::uint64_t bytes) {
    std::string value;
    while (value.size() < bytes) value += random_chunk();
    value.resize(bytes);
    return value;
}

class StateFilesTest : public ::testing::Test {
protected:
    support::SmallDisk disk{64 * mebibyte};
    const std::unique_ptr<DataFolder> data = must(DataFolder::open(disk.file("data"), {}));
    const std::unique_ptr<ScratchFolder> scratch = must(data->state().make_scratch());
    const std::unique_ptr<StateFiles> files = must(StateFiles::begin(data->state(), *scratch));
};

TEST_F(StateFilesTest, AskForAsMuchRoomAsALargeEntryTakes) {
    const std::string value = value_of(8 * mebibyte);
    disk.fill(enough_room_bytes + 6 * mebibyte);

    Result<void> put;
    for (char place = 'a'; put && place <= 'c'; ++place) {
        put = files->put_row("rows", std::string(1, place), value);
    }

    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, Errc::disk_full);
    EXPECT_GE(disk.free_bytes(), enough_room_bytes);
}

TEST_F(StateFilesTest, AskForRoomBeforeManySmallEntriesAreWritten) {
    const std::string bytes = random_chunk();
    disk.fill(enough_room_bytes + 5 * mebibyte);

    Result<void> put;
    for (std::size_t i = 0; put && i < 10'000; ++i) {
        const std::string place = std::to_string(100'000 + i);
        put = files->put_row("rows", place, bytes.substr(i % 1'000 * 1'000, 1'000));
    }

    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, Errc::disk_full);
    EXPECT_GE(disk.free_bytes(), enough_room_bytes);
}

TEST_F(StateFilesTest, AskForRoomBeforeTheEndOfAFile) {
    must(files->put_row("rows", "a", value_of(mebibyte / 2)));
    disk.fill(enough_room_bytes + mebibyte / 4);

    const auto ended = files->finish();

    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, Errc::disk_full);
    EXPECT_GE(disk.free_bytes(), enough_room_bytes);
    disk.make_room();
    EXPECT_EQ(must(files->finish()).size(), 1U) << "control: with room it is written";
}

}  // namespace
}  // namespace freshet::storage
