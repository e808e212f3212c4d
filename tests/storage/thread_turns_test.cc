// What storage/thread_turns.h promises.

#include "storage/thread_turns.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"

namespace freshet::storage {
namespace {

int nice_of_thread() {
    return getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
}

// Nothing where the kernel does not say (before 6.12).
std::optional<std::uint64_t> turn_of_thread_ns() {
    char attributes[48] = {};
    if (syscall(SYS_sched_getattr, 0, attributes, sizeof attributes, 0) != 0) return std::nullopt;
    std::uint64_t turn = 0;
    std::memcpy(&turn, attributes + 24, sizeof turn);
    if (turn == 0) return std::nullopt;
    return turn;
}

TEST(ThreadTurnsTest, AreShortForOneThreadAndAsTheyWereForOthers) {
    const auto before = turn_of_thread_ns();
    if (!before) GTEST_SKIP() << "this kernel has one length of turns for all threads";
    std::optional<std::uint64_t> turn;
    int nice = 0;
    std::thread([&] {
        take_short_turns();
        turn = turn_of_thread_ns();
        nice = nice_of_thread();
    }).join();

    EXPECT_EQ(turn, 100'000U);
    EXPECT_GT(*before, 100'000U);
    EXPECT_EQ(turn_of_thread_ns(), before);
    EXPECT_EQ(nice, nice_of_thread());
}

TEST(ThreadTurnsTest, AreFewForOneThreadHoweverOftenItAsks) {
    const int before = nice_of_thread();
    int once = 0;
    int twice = 0;
    std::thread([&] {
        take_few_turns();
        once = nice_of_thread();
        take_few_turns();
        twice = nice_of_thread();
    }).join();

    EXPECT_EQ(once, std::min(before + 5, 19));
    EXPECT_EQ(twice, once);
    EXPECT_EQ(nice_of_thread(), before);
}

// By the names of the threads of this process.
std::map<std::string, int> nice_by_thread() {
    std::map<std::string, int> found;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(task.path() / "comm"), name);
        found[name] = getpriority(PRIO_PROCESS,
                                  static_cast<id_t>(std::stoul(task.path().filename().string())));
    }
    return found;
}

TEST(ThreadTurnsTest, AreFewForFlushesAndCompactionsOfADataFolder) {
    const support::TempFolder folder;
    const auto data = support::must(DataFolder::open(folder.file("data"), {}));
    const int mine = nice_of_thread();

    std::map<std::string, int> nice;
    for (int tries = 0; tries < 1'000; ++tries) {
        nice = nice_by_thread();
        if (nice["rocksdb:high"] > mine && nice["rocksdb:low"] > mine) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }

    EXPECT_EQ(nice["rocksdb:high"], std::min(mine + 5, 19));
    EXPECT_EQ(nice["rocksdb:low"], std::min(mine + 5, 19));
}

}  // namespace
}  // namespace freshet::storage
