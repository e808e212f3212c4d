// What storage/ballast.h promises.

#include "storage/ballast.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "tests/disks/small_disk.h"

namespace freshet::storage {
namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

class BallastTest : public ::testing::Test {
protected:
    support::SmallDisk disk{16 * mebibyte};
    const std::string path = disk.file("ballast");
};

TEST_F(BallastTest, TakesRealBlocksAndGivesThemBack) {
    const std::uint64_t before = disk.free_bytes();
    Ballast ballast(path, 4 * mebibyte);
    EXPECT_EQ(ballast.held_bytes(), 0U) << "nothing is made unasked";

    ballast.make(before);
    EXPECT_EQ(ballast.held_bytes(), 4 * mebibyte);
    EXPECT_EQ(disk.free_bytes(), before - 4 * mebibyte);

    EXPECT_TRUE(ballast.give_back());
    EXPECT_EQ(ballast.held_bytes(), 0U);
    EXPECT_EQ(disk.free_bytes(), before);
    EXPECT_FALSE(ballast.give_back()) << "there was none left";
}

TEST_F(BallastTest, IsMadeOnlyWhereItTakesAtMostHalfOfTheRoom) {
    Ballast ballast(path, 4 * mebibyte);

    ballast.make(8 * mebibyte - 1);
    EXPECT_EQ(ballast.held_bytes(), 0U);
    ballast.make(8 * mebibyte);

    EXPECT_EQ(ballast.held_bytes(), 4 * mebibyte);
}

TEST_F(BallastTest, LeavesNothingWhereItCannotBeMadeWhole) {
    Ballast ballast(path, 4 * mebibyte);
    disk.fill(mebibyte);

    ballast.make(100 * mebibyte);

    EXPECT_EQ(ballast.held_bytes(), 0U);
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(disk.free_bytes(), mebibyte);
}

// As with a quota, of which the file system does not know.
TEST_F(BallastTest, TakesAtMostHalfOfTheRoomThatIsReallyThere) {
    Ballast ballast(path, 4 * mebibyte);
    disk.fill(6 * mebibyte);

    ballast.make(100 * mebibyte);

    EXPECT_EQ(ballast.held_bytes(), 0U);
    EXPECT_EQ(disk.free_bytes(), 6 * mebibyte);
}

TEST_F(BallastTest, IsNotTriedAgainForAMinute) {
    using std::chrono::seconds;
    const auto begin = std::chrono::steady_clock::now();
    Ballast ballast(path, 4 * mebibyte);
    disk.fill(mebibyte);
    ballast.make(100 * mebibyte, begin);
    disk.make_room();

    ballast.make(100 * mebibyte, begin + seconds(59));
    EXPECT_EQ(ballast.held_bytes(), 0U);
    ballast.make(100 * mebibyte, begin + seconds(60));

    EXPECT_EQ(ballast.held_bytes(), 4 * mebibyte);
}

TEST_F(BallastTest, IsMadeAgainWhereSomebodyDeletedIt) {
    Ballast ballast(path, 4 * mebibyte);
    ballast.make(disk.free_bytes());
    std::filesystem::remove(path);

    ballast.make(disk.free_bytes());

    EXPECT_EQ(ballast.held_bytes(), 4 * mebibyte);
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(BallastTest, IsFoundAgainAndBecomesAsLargeAsItIsWanted) {
    Ballast(path, 4 * mebibyte).make(disk.free_bytes());
    Ballast smaller(path, mebibyte);
    EXPECT_EQ(smaller.held_bytes(), 4 * mebibyte);

    smaller.make(disk.free_bytes());
    EXPECT_EQ(smaller.held_bytes(), mebibyte);
    Ballast none(path, 0);
    none.make(disk.free_bytes());

    EXPECT_EQ(none.held_bytes(), 0U);
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace freshet::storage
