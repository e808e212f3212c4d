// What storage/data_folder.h promises of a disk that has no room.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "storage/data_folder.h"
#include "storage/disk_room.h"
#include "tests/disks/small_disk.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::storage {
namespace {

using support::must;

constexpr std::uint64_t mebibyte = 1U << 20U;

class FullDiskTest : public ::testing::Test {
protected:
    std::unique_ptr<DataFolder> open(const StorageOptions& options = {}) {
        return must(DataFolder::open(disk.file("data"), options));
    }
    std::unique_ptr<DataFolder> open(std::uint64_t ballast_bytes) {
        StorageOptions options;
        options.ballast_bytes = ballast_bytes;
        return open(options);
    }

    static Result<void> append(DataFolder& data, const std::string& sequence) {
        LogBatch batch = data.log().begin();
        batch.add(support::inserted("x", sequence), {});
        return data.log().append(batch);
    }

    static Result<void> commit(DataFolder& data, const std::string& fact) {
        auto batch = data.state().begin();
        if (!batch) return fail(batch.error());
        batch->put_fact("fact", fact);
        return data.state().commit(*std::move(batch), {.mark = data.log().head(), .layout = 1});
    }

    static std::string fact(DataFolder& data) {
        std::string found;
        must(must(data.state().snapshot())
                 ->facts("fact", [&](std::string_view, std::string_view text) { found = text; }));
        return found;
    }

    static std::size_t records(DataFolder& data) {
        return must(data.log().read_after({}, data.log().head().position, {})).size();
    }

    support::SmallDisk disk{64 * mebibyte};
};

TEST_F(FullDiskTest, IsNoReasonNotToReadTheFolder) {
    {
        const auto data = open();
        must(append(*data, "1"));
        must(append(*data, "2"));
        must(commit(*data, "old"));
        must(data->settle());
        must(append(*data, "3"));
    }
    disk.fill();

    const auto data = open();

    EXPECT_TRUE(data->is_out_of_room());
    EXPECT_EQ(records(*data), 3U);
    EXPECT_EQ(fact(*data), "old");
    EXPECT_EQ(append(*data, "4").error().code, Errc::unavailable);
    EXPECT_EQ(data->find_room(true).error().code, Errc::disk_full);
}

TEST_F(FullDiskTest, LetsTheStateBeBroughtUpInMemoryAndKeepsNothingOfThat) {
    {
        const auto data = open();
        must(append(*data, "1"));
        must(commit(*data, "old"));
        must(data->settle());
    }
    disk.fill();
    const auto data = open();

    must(commit(*data, "new"));
    must(data->state().flush());
    EXPECT_EQ(fact(*data), "new");
    EXPECT_EQ(disk.free_bytes(), 0U);

    const auto held = must(data->state().snapshot());
    disk.make_room();
    must(data->find_room(true));
    must(data->log().mend());
    must(data->state().mend());
    EXPECT_EQ(fact(*data), "old") << "what is on the disk";
    must(held->facts("fact", [](std::string_view, std::string_view text) {
        EXPECT_EQ(text, "new") << "and what somebody still reads";
    }));

    must(append(*data, "2"));
    must(commit(*data, "newest"));
    data->state().release_files();
    must(data->settle());
    EXPECT_EQ(records(*data), 2U);
}

TEST_F(FullDiskTest, IsSaidWhereThereIsNothingToReadYet) {
    disk.fill();

    const auto data = DataFolder::open(disk.file("data"), {});

    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().code, Errc::disk_full) << data.error().message;
}

TEST_F(FullDiskTest, TakesNoWriteThatLeavesTooLittle) {
    const auto data = open();
    must(data->check_room(mebibyte));

    disk.fill(low_room_bytes + mebibyte);
    must(data->check_room(mebibyte));
    EXPECT_EQ(data->check_room(mebibyte + 4'096).error().code, Errc::disk_full);
    EXPECT_EQ(data->find_room(true).error().code, Errc::disk_full);

    disk.make_room();
    must(data->find_room(true));
}

TEST_F(FullDiskTest, HasRoomAgainFromTwelveMebibytesOn) {
    const auto data = open();

    disk.fill(enough_room_bytes - 4'096);
    EXPECT_EQ(data->find_room(true).error().code, Errc::disk_full);

    disk.make_room();
    disk.fill(enough_room_bytes);
    must(data->find_room(true));
}

TEST_F(FullDiskTest, TakesNoMoreMemoryForTheStateThanItMay) {
    {
        const auto data = open();
        must(append(*data, "1"));
    }
    disk.fill();
    StorageOptions options;
    options.full_disk_bytes = mebibyte;
    const auto data = open(options);

    must(commit(*data, random_chunk() + random_chunk()));
    const auto flushed = data->state().flush();

    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, Errc::disk_full) << flushed.error().message;
}

TEST_F(FullDiskTest, IsReadInMemoryWhileAReadHoldsTheStateThatFailed) {
    StorageOptions options;
    options.longest_read = std::chrono::milliseconds(1);
    const auto data = open(options);
    must(append(*data, "1"));
    must(commit(*data, "old"));
    auto held = must(data->state().snapshot());
    disk.fill();
    ASSERT_FALSE(data->state().flush());
    EXPECT_TRUE(data->is_out_of_room());
    must(data->state().mend());
    must(commit(*data, "new"));
    disk.make_room();

    const auto mended = data->state().mend();

    ASSERT_FALSE(mended);
    EXPECT_EQ(mended.error().code, Errc::busy) << mended.error().message;
    EXPECT_EQ(fact(*data), "new");
    held.reset();
    must(data->state().mend());
    EXPECT_FALSE(data->is_out_of_room());
}

TEST_F(FullDiskTest, GivesTheBallastBackForAStartAndMakesItAgain) {
    {
        const auto data = open(16 * mebibyte);
        must(append(*data, "1"));
        data->make_ballast();
        EXPECT_EQ(data->usage().ballast_bytes, 16 * mebibyte);
    }
    disk.fill();

    const auto data = open(16 * mebibyte);

    EXPECT_EQ(data->usage().ballast_bytes, 0U);
    EXPECT_FALSE(data->is_out_of_room());
    must(append(*data, "2"));
    data->make_ballast();
    EXPECT_EQ(data->usage().ballast_bytes, 0U) << "not of the room that it gave back";
    disk.make_room();
    data->make_ballast();
    EXPECT_EQ(data->usage().ballast_bytes, 16 * mebibyte);
}

TEST_F(FullDiskTest, KeepsTheBallastWhileThereIsSomethingToRead) {
    const auto data = open(16 * mebibyte);
    data->make_ballast();
    disk.fill();

    EXPECT_FALSE(data->find_room(true));
    EXPECT_EQ(data->usage().ballast_bytes, 16 * mebibyte);

    must(data->find_room(false));
    EXPECT_EQ(data->usage().ballast_bytes, 0U);
}

// The log does not know by itself how far the disk is from full: others write there, too.
TEST_F(FullDiskTest, LeavesTheLogToBeReadWhileItIsReopened) {
    const auto data = open();
    must(append(*data, "1"));
    disk.fill();
    Result<void> appended = {};
    int acknowledged = 1;
    for (int i = 2; appended && i < 100'000; ++i) {
        appended = append(*data, std::to_string(i));
        if (appended) ++acknowledged;
    }
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, Errc::disk_full);
    EXPECT_TRUE(data->log().takes_none());
    EXPECT_EQ(data->log().head().position.value, static_cast<std::uint64_t>(acknowledged));
    EXPECT_TRUE(data->log().read(Position{1}));

    // A reader that begins with each step sees the same; one that holds the database is waited for.
    EXPECT_FALSE(data->log().reopen()) << "there is no room for it";
    EXPECT_TRUE(must(data->log().read(Position{1})).has_value());
    EXPECT_EQ(data->log().head().position.value, static_cast<std::uint64_t>(acknowledged));

    disk.make_room();
    must(data->log().mend());
    EXPECT_FALSE(data->log().takes_none());
    EXPECT_GE(data->log().head().position.value, static_cast<std::uint64_t>(acknowledged));
    must(append(*data, "100001"));
}

}  // namespace
}  // namespace freshet::storage
