#include "http/limits/memory_shares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "storage/data_folder.h"
#include "tests/support/places.h"

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

    EXPECT_EQ(shares.smaller, "");
    EXPECT_EQ(shares.warning, "");
    EXPECT_EQ(shares.limits.all_bodies_bytes, 128 * mebibyte);
    EXPECT_EQ(shares.limits.connections, 10'000U);
    EXPECT_EQ(shares.state_cache_bytes, 256 * mebibyte);
    EXPECT_EQ(shares.state_write_bytes, storage::StorageOptions().state_write_bytes);
    EXPECT_EQ(shares.limits.memory_bytes, 8'192 * mebibyte);
}

TEST(MemoryShares, AreTheDefaultsWhereNobodyKnowsHowMuchThereIs) {
    const auto shares = share_memory({}, config_of());

    EXPECT_EQ(shares.smaller, "");
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
            EXPECT_GE(shares.state_write_bytes, 32 * mebibyte);
            EXPECT_GE(shares.limits.connections, 256U);
        }
    }
    EXPECT_NE(share_memory(machine_with(512), config_of()).smaller, "");
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

// What a warning names by itself, it has to be enough to do.
TEST(MemoryShares, SayTheLeastThatFitsAndNothingThatDoesNot) {
    for (const std::uint64_t mebibytes : {64U, 128U, 256U, 360U}) {
        const auto shares = share_memory(machine_with(mebibytes), config_of());

        EXPECT_NE(shares.warning, "");
        EXPECT_GT(shares.needed, mebibytes * mebibyte);
        EXPECT_NE(
            shares.warning.find("it needs at least " + std::to_string(shares.needed / mebibyte) +
                                " MiB: give the process as much (docs/limits.md)"),
            std::string::npos)
            << shares.warning;
        const std::uint64_t needed = shares.needed / mebibyte;
        EXPECT_EQ(share_memory(machine_with(needed), config_of()).warning, "");
        EXPECT_NE(share_memory(machine_with(needed - 1), config_of()).warning, "");
    }
    EXPECT_NE(share_memory(machine_with(256), config_of()).text().find(", which is more than the "),
              std::string::npos);
}

TEST(MemoryShares, AdviseToRaiseWhatTheFileSaysTheMemoryIs) {
    const std::string quarter = "memory_bytes = 268435456\n";
    const auto own = share_memory(machine_with(8'192), config_of(quarter));
    const std::string raise = "raise limits.memory_bytes to " + std::to_string(own.needed);

    EXPECT_NE(own.warning.find(": " + raise + " ("), std::string::npos) << own.warning;
    EXPECT_EQ(share_memory(machine_with(8'192),
                           config_of("memory_bytes = " + std::to_string(own.needed) + "\n"))
                  .warning,
              "");
    const auto both = share_memory(machine_with(300), config_of(quarter));
    EXPECT_NE(both.warning.find(": give the process as much, and " + raise), std::string::npos)
        << both.warning;
}

TEST(MemoryShares, AdviseFewerThreadsOnlyWhereThatIsEnough) {
    const auto many = share_memory(machine_with(410), config_of("", "threads = 32\n"));
    const std::string advice = ", or set server.threads to ";
    const std::size_t at = many.warning.find(advice);
    ASSERT_NE(at, std::string::npos) << many.warning;
    const int fitting = std::stoi(many.warning.substr(at + advice.size()));
    const auto with_threads = [](int count) {
        return config_of("", "threads = " + std::to_string(count) + "\n");
    };

    EXPECT_EQ(share_memory(machine_with(410), with_threads(fitting)).warning, "");
    EXPECT_NE(share_memory(machine_with(410), with_threads(fitting + 1)).warning, "");
    EXPECT_EQ(share_memory(machine_with(300), with_threads(32)).warning.find(advice),
              std::string::npos);
}

TEST(MemoryShares, AdviseToLowerWhatTheFileSetsOnlyWhereThatIsEnough) {
    const std::string large = "queue_bytes = 400000000\n";

    EXPECT_NE(share_memory(machine_with(420), config_of(large)).warning.find("or lower limits."),
              std::string::npos);
    EXPECT_EQ(share_memory(machine_with(300), config_of(large)).warning.find("or lower limits."),
              std::string::npos);
}

TEST(MemoryShares, SayWhatBecameSmallerThanWhat) {
    const auto shares =
        share_memory(machine_with(512), config_of("all_streams_bytes = 67108864\n"));

    const std::string connections =
        "limits.connections " + std::to_string(shares.limits.connections) + " (of 10000)";
    const std::string bodies = "limits.all_bodies_bytes " +
                               std::to_string(shares.limits.all_bodies_bytes / mebibyte) +
                               " MiB (of 128 MiB)";
    for (const std::string& part : {connections, bodies}) {
        EXPECT_NE(shares.smaller.find(part), std::string::npos) << shares.smaller;
    }
    EXPECT_EQ(shares.smaller.find("all_streams_bytes"), std::string::npos) << shares.smaller;
}

// ---- what docs/limits.md says ----

// The numbers of the line of a table that begins so, without their units.
std::vector<std::uint64_t> numbers_in_row(const std::string& beginning) {
    std::ifstream file(support::source_folder() + "/docs/limits.md");
    std::vector<std::uint64_t> numbers;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(beginning)) continue;
        std::string digits;
        for (const char c : line.substr(beginning.size())) {
            if (c >= '0' && c <= '9') digits += c;
            if (c != '|' || digits.empty()) continue;
            numbers.push_back(std::stoull(digits));
            digits.clear();
        }
    }
    return numbers;
}

TEST(MemoryShares, AreAsTheDocumentShowsThem) {
    const char* tls = "tls = { certificate = 'c', key = 'k' }\n";
    const std::vector<std::pair<std::string, std::uint64_t>> rows{
        {"| 4 GiB and more |", 4'096}, {"| 1 GiB |", 1'024}, {"| 512 MiB |", 512}};
    for (const auto& [row, mebibytes] : rows) {
        const auto plain = share_memory(machine_with(mebibytes), config_of());
        const auto secure = share_memory(machine_with(mebibytes), config_of("", tls));

        EXPECT_EQ(numbers_in_row(row),
                  (std::vector<std::uint64_t>{
                      plain.limits.connections, secure.limits.connections,
                      plain.limits.queue_bytes / mebibyte, plain.limits.all_bodies_bytes / mebibyte,
                      plain.limits.all_answers_bytes / mebibyte,
                      plain.limits.all_streams_bytes / mebibyte, plain.limits.live_bytes / mebibyte,
                      plain.state_cache_bytes / mebibyte}))
            << row;
    }
}

TEST(MemoryShares, NeedAsMuchAsTheDocumentSays) {
    const auto needed = [](const std::string& limits, const std::string& server) {
        return share_memory({}, config_of(limits, server)).needed / mebibyte;
    };
    const std::string tls = "tls = { certificate = 'c', key = 'k' }\n";
    const std::string small = "body_bytes = 1048576\n";
    const std::string smallest =
        "body_bytes = 65536\nconnections = 16\nqueue_bytes = 10305536\n"
        "all_bodies_bytes = 131072\nall_answers_bytes = 1179648\nall_streams_bytes = 1048576\n"
        "live_bytes = 1048576\n";

    EXPECT_EQ(numbers_in_row("| the defaults |"),
              (std::vector<std::uint64_t>{needed("", ""), needed("", tls)}));
    EXPECT_EQ(numbers_in_row("| `body_bytes` of 1 MiB |"),
              (std::vector<std::uint64_t>{needed(small, ""), needed(small, tls)}));
    EXPECT_EQ(numbers_in_row("| the smallest settings |"),
              (std::vector<std::uint64_t>{needed(smallest, ""), needed(smallest, tls)}));
}

TEST(MemoryShares, TakeTheSmallerOfWhatTheFileAndTheMachineSay) {
    const auto own = share_memory(machine_with(8'192), config_of("memory_bytes = 536870912\n"));
    EXPECT_EQ(own.limit, 512 * mebibyte);
    EXPECT_EQ(own.limit_from, "limits.memory_bytes");
    EXPECT_NE(own.smaller, "");

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
