// What storage/watermark.h says always holds; for the rest see data_folder_test.cc.

#include "storage/watermark.h"

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>

#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"

namespace freshet::storage {
namespace {

using support::must;

LogMark mark_at(std::uint64_t position, std::uint64_t chain = 7, std::uint64_t epoch = 1) {
    return {.epoch = epoch, .position = Position{position}, .chain = chain};
}

class WatermarkTest : public ::testing::Test {
protected:
    std::unique_ptr<Watermark> open() {
        return must(Watermark::open(folder.path(), rocksdb::FileSystem::Default()));
    }

    support::TempFolder folder;
};

TEST_F(WatermarkTest, MayBeWrittenAgainAndMovesOn) {
    const auto watermark = open();

    must(watermark->write(mark_at(5)));
    must(watermark->write(mark_at(5)));
    must(watermark->write(mark_at(6)));

    EXPECT_EQ(open()->mark(), mark_at(6));
}

class WatermarkDeathTest : public WatermarkTest, support::FreshProcess {};

TEST_F(WatermarkDeathTest, NeverGoesBack) {
    const auto watermark = open();
    must(watermark->write(mark_at(5)));

    EXPECT_DEATH((void)watermark->write(mark_at(4)), "a watermark never goes back");
    EXPECT_DEATH((void)watermark->write(mark_at(4, 7, 2)), "a watermark never goes back");
}

TEST_F(WatermarkDeathTest, NeverGoesBackAfterARestart) {
    must(open()->write(mark_at(5)));
    const auto watermark = open();

    EXPECT_DEATH((void)watermark->write(mark_at(4)), "a watermark never goes back");
}

TEST_F(WatermarkDeathTest, HasOneMarkForAPosition) {
    const auto watermark = open();
    must(watermark->write(mark_at(5)));

    EXPECT_DEATH((void)watermark->write(mark_at(5, 8)), "a watermark never goes back");
}

}  // namespace
}  // namespace freshet::storage
