#include "http/limits/memory_shares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace freshet::http {
namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

engine::Machine machine_with(std::uint64_t mebibytes) {
    return {.memory_bytes = mebibytes * mebibyte, .memory_from = "/sys/fs/cgroup/memory.max"};
}

engine::Config config_of(const std::string& limits = "", const std::string& server = "") {
    auto config = engine::parse_config(
        "[server]\n" + server + "[limits]\n" + limits + "[[table]]\nname = 'a'\nkey = ['pk']\n",
        "freshet.toml");
    EXPECT_TRUE(config.has_value()) << config.error().message;
    return *std::move(config);
}

TEST(MemoryShares, AreTheDefaultsWhereThereIsEnough) {
    const auto shares = share_memory(machine_with(8'192), config_of());

    EXPECT_FALSE(shares.are_smaller);
    EXPECT_EQ(shares.warning, "");
    EXPECT_EQ(shares.limits.all_bodies_bytes, 128 * mebibyte);
    EXPECT_EQ(shares.limits.connections, 10'000U);
    EXPECT_EQ(shares.state_cache_bytes, 256 * mebibyte);
    EXPECT_EQ(shares.limits.memory_bytes, 8'192 * mebibyte);
}

TEST(MemoryShares, AreTheDefaultsWhereNobodyKnowsHowMuchThereIs) {
    const auto shares = share_memory({}, config_of());

    EXPECT_FALSE(shares.are_smaller);
    EXPECT_EQ(shares.limits.connections, 10'000U);
    EXPECT_GT(shares.planned, 1'000 * mebibyte);
}

TEST(MemoryShares, FitTogetherIntoHalfAGibibyteOrMore) {
    for (const std::uint64_t mebibytes : {512U, 600U, 1'024U, 2'048U, 4'096U}) {
        for (const char* tls : {"", "tls = { certificate = 'c', key = 'k' }\n"}) {
            const auto shares = share_memory(machine_with(mebibytes), config_of("", tls));

            EXPECT_EQ(shares.warning, "");
            EXPECT_LE(shares.planned, mebibytes * mebibyte * 7 / 8);
            EXPECT_GE(shares.limits.all_bodies_bytes, 2 * shares.limits.body_bytes);
            EXPECT_GE(shares.limits.queue_bytes, shares.limits.largest_batch_bytes());
            EXPECT_GE(shares.full_disk_bytes, 16 * mebibyte);
            EXPECT_LE(shares.full_disk_bytes, 256 * mebibyte);
            EXPECT_GE(shares.limits.connections, 256U);
        }
    }
    EXPECT_TRUE(share_memory(machine_with(512), config_of()).are_smaller);
}

TEST(MemoryShares, CountWhatAFullDiskHasFoldedInMemory) {
    const auto bytes = [](const MemoryShares& shares) {
        std::uint64_t sum = 0;
        for (const MemoryShare& share : shares.shares) {
            if (share.name == "a full disk" || share.name == "queue_bytes") sum += share.bytes;
        }
        return sum;
    };
    const auto large = share_memory(machine_with(8'192), config_of());
    const auto small = share_memory(machine_with(512), config_of());

    EXPECT_EQ(large.full_disk_bytes, 256 * mebibyte);
    EXPECT_EQ(bytes(large), 256 * mebibyte) << "the queue is empty then";
    EXPECT_LT(small.full_disk_bytes, 64 * mebibyte);
    EXPECT_EQ(bytes(small), small.full_disk_bytes);
}

TEST(MemoryShares, LeaveWhatTheFileSaysAsItIs) {
    const auto shares = share_memory(machine_with(512),
                                     config_of("all_bodies_bytes = 67108864\nconnections = 300\n"));

    EXPECT_EQ(shares.limits.all_bodies_bytes, 64 * mebibyte);
    EXPECT_EQ(shares.limits.connections, 300U);
    EXPECT_LT(shares.limits.all_streams_bytes, 256 * mebibyte);
    EXPECT_EQ(shares.warning, "");
}

TEST(MemoryShares, SayWhatTheFileSetsTooLarge) {
    const auto shares = share_memory(machine_with(512), config_of("queue_bytes = 400000000\n"));

    EXPECT_NE(shares.warning.find("limits.queue_bytes (381 MiB)"), std::string::npos)
        << shares.warning;
    EXPECT_NE(shares.warning.find("of the 512 MiB that /sys/fs/cgroup/memory.max lets it have"),
              std::string::npos)
        << shares.warning;
    EXPECT_EQ(shares.limits.queue_bytes, 400'000'000U);
    EXPECT_EQ(shares.limits.connections, 256U);
}

TEST(MemoryShares, SayThatThereIsTooLittleAtAll) {
    const auto shares = share_memory(machine_with(128), config_of());

    EXPECT_NE(shares.warning.find("Give the process more memory"), std::string::npos)
        << shares.warning;
}

TEST(MemoryShares, TakeTheSmallerOfWhatTheFileAndTheMachineSay) {
    const auto own = share_memory(machine_with(8'192), config_of("memory_bytes = 536870912\n"));
    EXPECT_EQ(own.limit, 512 * mebibyte);
    EXPECT_EQ(own.limit_from, "limits.memory_bytes");
    EXPECT_TRUE(own.are_smaller);

    const auto machine = share_memory(machine_with(256), config_of("memory_bytes = 536870912\n"));
    EXPECT_EQ(machine.limit, 256 * mebibyte);
    EXPECT_EQ(machine.limit_from, "/sys/fs/cgroup/memory.max");
}

TEST(MemoryShares, CountWhatEachThreadDecodes) {
    const auto two = share_memory({}, config_of("", "threads = 2\n"));
    const auto eight = share_memory({}, config_of("", "threads = 8\n"));

    EXPECT_EQ(eight.planned - two.planned, 6 * mebibyte) << "four times a short body each";
}

}  // namespace
}  // namespace freshet::http
