// What storage/sorted_runs.h promises: whatever is added, with windows of any size, comes out once
// a key, in order, joined in the order in which it came.

#include "storage/sorted_runs.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/disk_room.h"
#include "storage/scratch_folder.h"
#include "tests/disks/small_disk.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::storage {
namespace {

using support::must;

using Entries = std::map<std::string, std::string>;

// Values one behind the other.
void join(std::string_view /*key*/, std::string& earlier, std::string_view later) {
    earlier.append(later);
}

Result<void> allowed() {
    return {};
}

class SortedRunsTest : public ::testing::Test {
protected:
    [[nodiscard]] std::unique_ptr<ScratchFolder> make_scratch() const {
        return must(ScratchFolder::make(path, nullptr));
    }

    static Entries between(const SortedRuns& runs, const std::string& begin,
                           const std::string& end) {
        Entries entries;
        std::string last;
        RunMerge merge(runs, begin, end);
        while (must(merge.next())) {
            EXPECT_TRUE(entries.empty() || last < merge.key()) << "keys increase";
            last = merge.key();
            entries.emplace(merge.key(), merge.value());
        }
        return entries;
    }

    const support::TempFolder folder;
    const std::string path = folder.file("scratch");
};

// Of few letters and any length, so that many begin alike, end in NULs, or are the same.
std::string any_key(std::mt19937_64& random) {
    std::string key;
    const std::size_t size = random() % 20;
    for (std::size_t i = 0; i < size; ++i) {
        key += "\0\x01z\xFF"[random() % 4 == 0 ? random() % 4 : 2];
    }
    return key;
}

TEST_F(SortedRunsTest, GiveEverythingInTheOrderOfKeysWhateverTheMemory) {
    std::mt19937_64 random(20'261'129);
    for (const std::size_t memory : {0, 100, 1'000, 20'000, 1'000'000}) {
        const auto scratch = make_scratch();
        SortedRuns runs(*scratch, join);
        Entries expected;
        RunWriter writer(runs, memory);
        for (int i = 0; i < 3'000; ++i) {
            const std::string key = any_key(random);
            const std::string value = std::to_string(i) + ",";
            expected[key] += value;
            must(writer.add(key, value));
        }
        must(writer.flush());
        must(runs.seal(allowed));

        EXPECT_EQ(between(runs, "", ""), expected) << memory;
    }
}

// Each writes several, and none of them in turn. With little memory there are so many runs that
// some are merged first.
TEST_F(SortedRunsTest, JoinInTheOrderOfPartsWhicheverWriterHasThem) {
    constexpr std::size_t parts = 6;
    for (const std::size_t memory : {0, 100, 1'000, 1'000'000}) {
        const auto scratch = make_scratch();
        SortedRuns runs(*scratch, join);
        std::array<Entries, parts> expected;
        RunWriter left(runs, memory);
        RunWriter right(runs, memory);
        std::mt19937_64 random(20'261'131);
        const auto write = [&](RunWriter& writer, std::size_t part) {
            must(writer.begin_part(part));
            for (int i = 0; i < 200; ++i) {
                const std::string key = any_key(random);
                const std::string value = std::to_string(part) + '.' + std::to_string(i) + ',';
                expected.at(part)[key] += value;
                must(writer.add(key, value));
            }
        };
        for (const std::size_t part : {1, 2, 5}) write(right, part);
        for (const std::size_t part : {0, 3, 4}) write(left, part);
        must(right.flush());
        must(left.flush());
        must(runs.seal(allowed));

        Entries all;
        for (const Entries& part : expected) {
            for (const auto& [key, value] : part) all[key] += value;
        }
        EXPECT_EQ(between(runs, "", ""), all) << memory;
    }
}

// Keys that are the same for longer than they are sorted by words, as only those of lists can be.
TEST_F(SortedRunsTest, OrderKeysThatBeginAlikeForLong) {
    std::mt19937_64 random(20'261'130);
    const auto scratch = make_scratch();
    SortedRuns runs(*scratch, join);
    Entries expected;
    RunWriter writer(runs, 10'000'000);
    for (int i = 0; i < 2'000; ++i) {
        const std::string key = std::string(500 + random() % 3 * 20, 'x') + any_key(random);
        const std::string value = std::to_string(i) + ",";
        expected[key] += value;
        must(writer.add(key, value));
    }
    must(writer.flush());
    must(runs.seal(allowed));

    EXPECT_EQ(between(runs, "", ""), expected);
}

TEST_F(SortedRunsTest, AreWrittenOnlyWhereEnoughRoomIsLeft) {
    constexpr std::uint64_t mebibyte = 1U << 20U;
    support::SmallDisk disk(32 * mebibyte);
    const auto scratch = must(ScratchFolder::make(disk.file("scratch"), nullptr));
    SortedRuns runs(*scratch, join);
    RunWriter writer(runs, mebibyte);
    disk.fill(enough_room_bytes + 2 * mebibyte);

    Result<void> added;
    for (std::size_t i = 0; added && i < 100'000; ++i) {
        added = writer.add(std::to_string(i), std::string(1'000, 'x'));
    }

    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Errc::disk_full);
    EXPECT_NE(added.error().message.find("the disk has only"), std::string::npos);
    EXPECT_LT(disk.free_bytes(), enough_room_bytes + mebibyte) << "control: something was written";
    EXPECT_GE(disk.free_bytes(), enough_room_bytes);
}

TEST_F(SortedRunsTest, AskForAsMuchRoomAsALargeEntryTakes) {
    constexpr std::uint64_t mebibyte = 1U << 20U;
    support::SmallDisk disk(32 * mebibyte);
    const auto scratch = must(ScratchFolder::make(disk.file("scratch"), nullptr));
    SortedRuns runs(*scratch, join);
    RunWriter writer(runs, mebibyte);
    disk.fill(enough_room_bytes + 2 * mebibyte);

    must(writer.add("key", std::string(4 * mebibyte, 'x')));
    const auto flushed = writer.flush();

    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, Errc::disk_full);
    EXPECT_GE(disk.free_bytes(), enough_room_bytes);
    disk.make_room();
    RunWriter other(runs, mebibyte);
    must(other.add("key", std::string(4 * mebibyte, 'x')));
    must(other.flush());
}

// A disk that works again gives nothing back of what was not written to it.
TEST_F(SortedRunsTest, SayAtTheirEndThatAWindowWasLost) {
    const auto scratch = make_scratch();
    SortedRuns runs(*scratch, join);
    RunWriter writer(runs, 2'000);
    std::filesystem::remove_all(path);

    Result<void> added;
    for (int i = 0; added && i < 1'000; ++i) added = writer.add(std::to_string(i), "value");
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Errc::io);
    std::filesystem::create_directory(path);

    EXPECT_EQ(writer.begin_part(1).error().code, Errc::io);
    for (int times = 0; times < 2; ++times) {
        const auto flushed = writer.flush();
        ASSERT_FALSE(flushed);
        EXPECT_EQ(flushed.error().code, Errc::io);
    }
    must(runs.seal(allowed));
    EXPECT_EQ(between(runs, "", ""), Entries()) << "a lost window is not written later";
}

TEST_F(SortedRunsTest, AreCutIntoRangesThatTogetherAreAll) {
    const auto scratch = make_scratch();
    SortedRuns runs(*scratch, join);
    Entries expected;
    RunWriter writer(runs, 300'000);
    for (int i = 0; i < 5'000; ++i) {
        const std::string key = std::to_string(i * 7'919 % 100'000);
        expected[key] = std::string(200, 'x');
        must(writer.add(key, expected[key]));
    }
    must(writer.flush());
    must(runs.seal(allowed));

    const std::vector<std::string> bounds = runs.bounds(4);

    ASSERT_EQ(bounds.size(), 3U);
    Entries all;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        const Entries range =
            between(runs, i == 0 ? "" : bounds[i - 1], i == bounds.size() ? "" : bounds[i]);
        EXPECT_GT(range.size(), expected.size() / 16);
        all.insert(range.begin(), range.end());
    }
    EXPECT_EQ(all, expected);
}

TEST_F(SortedRunsTest, OfSeveralWritersAreOne) {
    const auto scratch = make_scratch();
    SortedRuns runs(*scratch, join);
    RunWriter left(runs, 100);
    RunWriter right(runs, 100);
    for (const char* key : {"a", "b", "c"}) must(left.add(key, "l"));
    for (const char* key : {"b", "c", "d"}) must(right.add(key, "r"));
    must(left.flush());
    must(right.flush());
    must(runs.seal(allowed));

    const Entries found = between(runs, "", "");

    EXPECT_EQ(found.size(), 4U);
    EXPECT_EQ(found.at("b").size(), 2U);
    EXPECT_EQ(found.at("d"), "r");
}

TEST_F(SortedRunsTest, SayWhenTheDiskGivesBackSomethingElse) {
    const auto scratch = make_scratch();
    SortedRuns runs(*scratch, join);
    RunWriter writer(runs, 1'000'000);
    for (int i = 0; i < 100; ++i) must(writer.add(std::to_string(i), "value"));
    must(writer.flush());
    for (const auto& file : std::filesystem::directory_iterator(path)) {
        std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(100);
        bytes.put('!');
    }
    must(runs.seal(allowed));

    RunMerge merge(runs, "", "");
    const auto found = merge.next();

    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::io);
    EXPECT_NE(found.error().message.find("does not give back"), std::string::npos);
}

TEST_F(SortedRunsTest, EndWhenTheyAreToldTo) {
    const auto scratch = make_scratch();
    SortedRuns runs(*scratch, join);
    RunWriter writer(runs, 0);
    for (std::size_t i = 0; i <= runs_merged_max; ++i) must(writer.add(std::to_string(i), ""));
    must(writer.flush());

    const auto sealed =
        runs.seal([]() -> Result<void> { return fail(Errc::unavailable, "enough"); });

    EXPECT_EQ(sealed.error().code, Errc::unavailable);
}

TEST_F(SortedRunsTest, LeaveNothingBehind) {
    {
        const auto scratch = make_scratch();
        SortedRuns runs(*scratch, join);
        RunWriter writer(runs, 0);
        must(writer.add("key", "value"));
        must(writer.flush());
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace freshet::storage
