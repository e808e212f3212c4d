#include "engine/observing/machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/disks/temp_folder.h"

namespace freshet::engine {
namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

// A folder that looks as the root of a machine does to those who ask what they may have.
class MachineTest : public ::testing::Test {
protected:
    void SetUp() override { write("proc/meminfo", "MemTotal:        8388608 kB\nMemFree: 1 kB\n"); }

    void write(const std::string& path, const std::string& text) const {
        const std::filesystem::path file(folder.file(path));
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

    [[nodiscard]] Machine look() const {
        std::string root = folder.file("");
        if (root.ends_with('/')) root.pop_back();
        return look_at_machine(root);
    }

    support::TempFolder folder;
};

TEST_F(MachineTest, HasTheMemoryThatIsThereWhereNothingLimitsIt) {
    EXPECT_EQ(look().memory_bytes, 8'192 * mebibyte);
    EXPECT_EQ(look().memory_from, "the machine");
    EXPECT_FALSE(look().threads_left.has_value());
    EXPECT_GE(look().processors, 1U);
}

TEST_F(MachineTest, SaysNothingOfWhatItCannotRead) {
    const support::TempFolder empty;
    const Machine machine = look_at_machine(empty.file("nowhere"));

    EXPECT_FALSE(machine.memory_bytes.has_value());
    EXPECT_FALSE(machine.threads_left.has_value());
    EXPECT_GE(machine.processors, 1U);
}

TEST_F(MachineTest, HasTheLeastOfItsGroupAndThoseAbove) {
    write("proc/self/cgroup", "0::/system.slice/freshet.service\n");
    const std::string groups = "sys/fs/cgroup/";
    write(groups + "system.slice/memory.max", "536870912\n");
    write(groups + "system.slice/freshet.service/memory.max", "max\n");
    write(groups + "system.slice/freshet.service/pids.max", "100\n");
    write(groups + "system.slice/freshet.service/pids.current", "40\n");
    write(groups + "system.slice/pids.max", "1000\n");
    write(groups + "system.slice/pids.current", "950\n");
    write(groups + "pids.max", "max\n");

    EXPECT_EQ(look().memory_bytes, 512 * mebibyte);
    EXPECT_EQ(look().memory_from, "/sys/fs/cgroup/system.slice/memory.max");
    EXPECT_EQ(look().threads_left, 50U);
    EXPECT_EQ(look().threads_from, "/sys/fs/cgroup/system.slice/pids.max");

    write(groups + "system.slice/freshet.service/memory.high", "104857600\n");
    EXPECT_EQ(look().memory_bytes, 100 * mebibyte);
    write(groups + "system.slice/pids.current", "2000\n");
    EXPECT_EQ(look().threads_left, 0U);
}

TEST_F(MachineTest, HasNoMoreThanTheMachineWhateverItsGroupSays) {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "99999999999999\n");

    EXPECT_EQ(look().memory_from, "the machine");
}

TEST_F(MachineTest, ReadsTheFirstVersionOfGroupsToo) {
    write("proc/self/cgroup", "12:pids:/a\n5:cpu,cpuacct:/b\n4:memory:/jobs/one\n0::/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes", "268435456\n");
    write("sys/fs/cgroup/pids/a/pids.max", "7\n");
    write("sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_quota_us", "50000\n");
    write("sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_period_us", "100000\n");

    EXPECT_EQ(look().memory_bytes, 256 * mebibyte);
    EXPECT_EQ(look().threads_left, 7U);
    EXPECT_EQ(look().processors, 1U);
}

TEST_F(MachineTest, ReadsWhatAContainerSeesOfAGroupThatItIsToldByItsOuterName) {
    write("proc/self/cgroup", "4:memory:/docker/0123456789\n0::/../outside\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");

    EXPECT_EQ(look().memory_bytes, 256 * mebibyte);
}

TEST_F(MachineTest, CountsAPartOfAProcessorAsOne) {
    write("proc/self/cgroup", "0::/x\n");
    const unsigned allowed = look().processors;
    const auto with_quota = [&](const std::string& text) {
        write("sys/fs/cgroup/x/cpu.max", text);
        return look().processors;
    };

    EXPECT_EQ(with_quota("10000 100000\n"), 1U);
    EXPECT_EQ(with_quota("100000 100000\n"), 1U);
    EXPECT_EQ(with_quota("100001 100000\n"), std::min(allowed, 2U));
    EXPECT_EQ(with_quota("max 100000\n"), allowed);
    EXPECT_EQ(with_quota("garbage\n"), allowed);
    EXPECT_EQ(with_quota("5 0\n"), allowed);
}

}  // namespace
}  // namespace freshet::engine
