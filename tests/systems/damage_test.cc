// What is on disk is not what was written there: a log that lacks something is never served
// silently, and a state is folded again.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// ---- a log that lacks something ----

class ShortenedLogTest : public ::testing::Test {
protected:
    static constexpr int count = 50;

    void SetUp() override {
        ASSERT_TRUE(system.start());
        for (int i = 0; i < count; ++i) system.append(record(i));
    }

    static std::string record(int number) {
        return inserted("order-" + std::to_string(number), 1).text();
    }

    [[nodiscard]] fs::path write_ahead_log() const {
        fs::path largest;
        for (const auto& entry : fs::directory_iterator(system.folder() + "/log")) {
            if (entry.path().extension() != ".log") continue;
            if (largest.empty() || entry.file_size() > fs::file_size(largest)) {
                largest = entry.path();
            }
        }
        EXPECT_FALSE(largest.empty());
        return largest;
    }

    void cut_log_in_half() {
        const fs::path log = write_ahead_log();
        fs::resize_file(log, fs::file_size(log) / 2);
    }

    ProcessEnd serve() { return run({"serve", "--config", system.config_path()}); }

    [[nodiscard]] std::string watermarks() const {
        return bytes_of(system.folder() + "/watermark-0") +
               bytes_of(system.folder() + "/watermark-1");
    }

    void await_watermark_other_than(const std::string& marks) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (watermarks() == marks) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no watermark was written";
            std::this_thread::yield();
        }
    }

    System system{orders_config};
};

TEST_F(ShortenedLogTest, IsRefusedAfterACleanStop) {
    system.stop();
    cut_log_in_half();

    const ProcessEnd end = serve();

    EXPECT_EQ(end.exit_code, 3) << end.errors;
    EXPECT_TRUE(contains(end.errors, "--accept-loss")) << end.errors;
    EXPECT_TRUE(contains(end.errors, "position " + std::to_string(count))) << end.errors;
    EXPECT_EQ(serve().exit_code, 3) << "it must not mend itself";
}

TEST_F(ShortenedLogTest, IsRefusedAfterAKillOnceItWasMarked) {
    const std::string marks = watermarks();
    system.append(record(count));
    await_watermark_other_than(marks);
    system.kill();
    cut_log_in_half();

    EXPECT_EQ(serve().exit_code, 3);
}

TEST_F(ShortenedLogTest, IsRefusedIfItIsGone) {
    system.stop();
    fs::remove_all(system.folder() + "/log");

    EXPECT_EQ(serve().exit_code, 3);
}

TEST_F(ShortenedLogTest, GoesOnAboveAllPositionsOnceTheLossIsAccepted) {
    system.stop();
    cut_log_in_half();
    ASSERT_TRUE(system.start({"--accept-loss"}));

    const std::vector<JsonValue> kept = system.log();
    ASSERT_GT(kept.size(), 0U);
    ASSERT_LT(kept.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(system.list("/views/all-orders").size(), kept.size());
    EXPECT_EQ(system.get("/views/order/order-0").status, 200);
    EXPECT_EQ(system.get("/views/order/order-49").status, 404);

    for (int i = 0; i < count; ++i) {
        const JsonValue receipt = system.append(record(i));
        const bool was_kept = static_cast<std::size_t>(i) < kept.size();
        EXPECT_EQ(receipt["duplicates"].text(), was_kept ? "1" : "0") << i;
        if (was_kept) continue;
        EXPECT_GT(std::stoull(receipt["position"].text()), static_cast<unsigned>(count));
    }

    const auto expect_all = [&] {
        const std::vector<JsonValue> log = system.log();
        ASSERT_EQ(log.size(), static_cast<std::size_t>(count));
        std::uint64_t before = 0;
        for (const JsonValue& entry : log) {
            const std::uint64_t position = std::stoull(entry["position"].text());
            EXPECT_GT(position, before);
            before = position;
        }
        EXPECT_EQ(system.list("/views/all-orders").size(), static_cast<std::size_t>(count));
    };
    expect_all();
    system.stop();
    ASSERT_TRUE(system.start()) << "the loss need be accepted only once";
    expect_all();
    system.stop();
    system.delete_state();
    ASSERT_TRUE(system.start());
    expect_all();
}

TEST_F(ShortenedLogTest, ThatIsDamagedInTheMiddleIsRefused) {
    system.stop();
    const fs::path log = write_ahead_log();
    const auto middle = static_cast<std::streamoff>(fs::file_size(log) / 2);
    std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
    const int byte = file.seekg(middle).get();
    file.seekp(middle).put(static_cast<char>(byte ^ 0x40));
    file.close();

    const ProcessEnd end = serve();

    EXPECT_TRUE(end.exit_code == 1 || end.exit_code == 3) << end.exit_code << ": " << end.errors;
    EXPECT_TRUE(contains(end.errors, "what to do")) << end.errors;
}

// ---- a state that lacks something ----

class DamagedStateTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(system.start());
        for (int i = 0; i < 20; ++i) {
            system.append(inserted("order-" + std::to_string(i), 1).text());
        }
        before = answers();
        system.stop();
    }

    std::string answers() {
        return system.get("/views/all-orders").body + system.get("/views/order/order-7").body +
               system.get("/records").body;
    }

    // Each file of the state whose name begins or ends so.
    std::vector<fs::path> files(std::string_view begin, std::string_view extension) {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(system.folder() + "/state")) {
            const std::string name = entry.path().filename();
            if (name.starts_with(begin) && name.ends_with(extension)) found.push_back(entry.path());
        }
        EXPECT_FALSE(found.empty()) << begin << extension;
        return found;
    }

    void expect_the_same_again() {
        ASSERT_TRUE(system.start());
        EXPECT_EQ(answers(), before);
        EXPECT_EQ(system.append(inserted("order-0", 1).text())["duplicates"].text(), "1");
    }

    System system{orders_config};
    std::string before;
};

TEST_F(DamagedStateTest, IsFoldedAgainIfItsTablesAreCut) {
    for (const fs::path& file : files("", ".sst")) fs::resize_file(file, fs::file_size(file) / 2);

    expect_the_same_again();
}

TEST_F(DamagedStateTest, IsFoldedAgainIfItsTablesAreGone) {
    for (const fs::path& file : files("", ".sst")) fs::remove(file);

    expect_the_same_again();
}

TEST_F(DamagedStateTest, IsFoldedAgainIfItsManifestIsGone) {
    for (const fs::path& file : files("MANIFEST", "")) fs::remove(file);

    expect_the_same_again();
}

TEST_F(DamagedStateTest, IsFoldedAgainIfItIsNotAboutThisLog) {
    System other(orders_config);
    ASSERT_TRUE(other.start());
    for (int i = 0; i < 20; ++i) other.append(inserted("other-" + std::to_string(i), 1).text());
    other.stop();
    system.delete_state();
    fs::copy(other.folder() + "/state", system.folder() + "/state", fs::copy_options::recursive);

    expect_the_same_again();
    EXPECT_EQ(system.get("/views/order/other-1").status, 404);
}

// A state large enough that a part of it can be damaged and the rest still opens.
class DamagedBlockTest : public ::testing::Test {
protected:
    static constexpr int count = 400;

    void SetUp() override {
        ASSERT_TRUE(system.start());
        append_all(inserted);
        system.stop();
    }

    void append_all(RecordText (*change)(std::string_view, std::uint64_t, std::string_view)) {
        ++sequence;
        std::string records;
        for (int i = 0; i < count; ++i) {
            const std::string filler(200, static_cast<char>('a' + i % 26));
            if (i > 0) records += ',';
            records += change(name(i), sequence, attribute("filler", filler)).text();
        }
        system.append(event_of(records));
    }

    static std::string name(int number) { return "order-" + std::to_string(number); }

    // Flips a bit in every twentieth kilobyte of the state's tables.
    void damage() {
        for (const auto& entry : fs::directory_iterator(system.folder() + "/state")) {
            if (entry.path().extension() != ".sst") continue;
            std::string bytes = bytes_of(entry.path());
            for (std::size_t at = 10'000; at + 4'000 < bytes.size(); at += 20'000) {
                bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
            }
            std::ofstream(entry.path(), std::ios::binary) << bytes;
        }
    }

    // Until every order can be read; false if that does not come about in time.
    bool await_all_orders() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        int found = 0;
        while (found < count && std::chrono::steady_clock::now() < deadline) {
            found = 0;
            while (found < count && system.get("/views/order/" + name(found)).status == 200) {
                ++found;
            }
        }
        return found == count;
    }

    System system{orders_config};
    std::uint64_t sequence = 0;
};

TEST_F(DamagedBlockTest, IsFoldedAgainIfTheFoldMeetsIt) {
    ASSERT_TRUE(system.start());
    append_all(modified);
    system.kill();
    damage();

    ASSERT_TRUE(system.start());

    EXPECT_TRUE(await_all_orders());
    EXPECT_EQ(system.position(), 2U * count);
}

TEST_F(DamagedBlockTest, IsFoldedAgainIfAReaderMeetsIt) {
    damage();
    ASSERT_TRUE(system.start());

    EXPECT_TRUE(await_all_orders());

    EXPECT_EQ(system.list("/views/all-orders").size(), static_cast<std::size_t>(count));
}

}  // namespace
}  // namespace freshet::systems
