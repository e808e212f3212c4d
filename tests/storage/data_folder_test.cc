// What storage/data_folder.h and storage/watermark.h promise, by example.

#include "storage/data_folder.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::storage {
namespace {

using support::inserted;
using support::must;

class DataFolderTest : public ::testing::Test {
protected:
    std::string path() const { return folder.file("data"); }

    Result<std::unique_ptr<DataFolder>> open(bool accept_loss = false) {
        StorageOptions options;
        options.accept_loss = accept_loss;
        return DataFolder::open(path(), options);
    }

    // Leaves a log of `count` records whose watermark stands at the last.
    void fill(int count) {
        const auto data = must(open());
        for (int i = 1; i <= count; ++i) {
            LogBatch batch = data->log().begin();
            batch.add(inserted("x", std::to_string(i)), {});
            must(data->log().append(batch));
        }
        must(data->settle());
    }

    // Takes the newest record away, as a write-ahead log that lost its end would.
    void shorten() {
        rocksdb::DB* opened = nullptr;
        ASSERT_TRUE(rocksdb::DB::Open({}, path() + "/log", &opened).ok());
        const std::unique_ptr<rocksdb::DB> db(opened);
        const std::unique_ptr<rocksdb::Iterator> last(db->NewIterator({}));
        last->SeekToLast();
        ASSERT_TRUE(db->Delete({}, last->key()).ok());
    }

    void damage(const std::string& name) {
        std::fstream file(path() + "/" + name, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(20);
        file.put('\x55');
        ASSERT_TRUE(file.good());
    }

    support::TempFolder folder;
};

// By it the streams of direct writes are told apart, so it increases whatever the clock does.
TEST_F(DataFolderTest, KnowsWhenItsEpochBegan) {
    using std::chrono::milliseconds;
    AppendTime begun;
    {
        const auto data = must(open());
        begun = data->log().epoch_begun();
        EXPECT_GT(begun, AppendTime());
        EXPECT_EQ(begun, std::chrono::floor<milliseconds>(begun));
        EXPECT_EQ(data->log().begin().epoch_begun(), begun);
    }
    fill(3);
    EXPECT_EQ(must(open())->log().epoch_begun(), begun);
    shorten();
    const AppendTime next = must(open(true))->log().epoch_begun();
    EXPECT_GT(next, begun);
    EXPECT_EQ(must(open())->log().epoch_begun(), next);
}

// A folder of an earlier release, which did not keep it.
TEST_F(DataFolderTest, KeepsWhenAnEpochBeganThatSaysNothingOfIt) {
    fill(1);
    {
        rocksdb::DB* opened = nullptr;
        ASSERT_TRUE(rocksdb::DB::Open({}, path() + "/log", &opened).ok());
        const std::unique_ptr<rocksdb::DB> db(opened);
        ASSERT_TRUE(db->Delete({}, "fepoch-begun").ok());
    }
    const AppendTime begun = must(open())->log().epoch_begun();
    EXPECT_GT(begun, AppendTime());
    EXPECT_EQ(must(open())->log().epoch_begun(), begun);
}

TEST_F(DataFolderTest, IsHeldByOneAtATime) {
    const auto first = must(open());

    const auto second = open();

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::locked);
}

TEST_F(DataFolderTest, RefusesALogThatIsShorterThanItsWatermark) {
    fill(3);
    shorten();

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::log_shortened);
}

TEST_F(DataFolderTest, RefusesALogThatWasReplacedByAnother) {
    fill(3);
    std::filesystem::remove_all(path() + "/log");

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::log_shortened);
}

TEST_F(DataFolderTest, GoesOnInANewEpochAboveEveryPositionOnceTheLossIsAccepted) {
    fill(3);
    const std::uint64_t old_epoch = must(open())->log().head().epoch;
    shorten();

    const LogMark accepted = must(open(true))->log().head();
    const auto again = must(open());

    EXPECT_NE(accepted.epoch, old_epoch);
    EXPECT_GT(accepted.position, Position{3});
    EXPECT_EQ(again->log().head(), accepted) << "accepting is needed once";
    EXPECT_EQ(must(again->log().read_after(Position{}, accepted.position, {})).size(), 2U);
    LogBatch batch = again->log().begin();
    EXPECT_GT(batch.add(inserted("x", "9"), {}).position(), accepted.position);
    must(again->log().append(batch));
    EXPECT_EQ(must(again->log().read_after(Position{}, again->log().head().position, {})).size(),
              3U);
    EXPECT_EQ(
        must(again->log().read_after(accepted.position, again->log().head().position, {})).size(),
        1U);
}

TEST_F(DataFolderTest, StandsOnTheOtherWatermarkIfOneIsTorn) {
    fill(3);
    fill(1);
    damage("watermark-0");
    EXPECT_TRUE(open());
    shorten();
    shorten();

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::log_shortened);
}

TEST_F(DataFolderTest, RefusesToGuessIfBothWatermarksAreDamaged) {
    fill(1);
    fill(1);
    damage("watermark-0");
    damage("watermark-1");

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_TRUE(open(true)) << "whoever accepts the loss goes on with what there is";
    EXPECT_TRUE(open());
}

TEST_F(DataFolderTest, IsMadeWithAllFoldersAboveIt) {
    EXPECT_TRUE(DataFolder::open(folder.file("a/b/c/"), {}));
    EXPECT_TRUE(std::filesystem::exists(folder.file("a/b/c/log")));
}

TEST_F(DataFolderTest, RefusesAFormatThatANewerReleaseWrote) {
    fill(1);
    {
        rocksdb::DB* opened = nullptr;
        ASSERT_TRUE(rocksdb::DB::Open({}, path() + "/log", &opened).ok());
        const std::unique_ptr<rocksdb::DB> db(opened);
        ASSERT_TRUE(
            db->Put({}, "fformat", std::string(7, '\0') + static_cast<char>(format_version + 1))
                .ok());
    }

    const auto opened = open();

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::newer_format);
}

TEST_F(DataFolderTest, ThrowsAwayAStateThatCannotBeOpened) {
    fill(1);
    std::ofstream(path() + "/state/CURRENT") << "nonsense\n";

    const auto data = must(open());

    EXPECT_FALSE(must(data->state().checkpoint()));
    EXPECT_EQ(data->log().head().position, Position{1});
}

}  // namespace
}  // namespace freshet::storage
