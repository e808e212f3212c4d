// A data folder that an earlier release wrote is opened, folded and written on.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/records/dynamodb_json.h"
#include "storage/state_cursor.h"
#include "tests/support/golden.h"
#include "tests/support/golden_folder.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

namespace fs = std::filesystem;
using support::GoldenFolder;
using support::must;

constexpr std::size_t golden_records = 20;

const support::GoldenFile& golden_state() {
    static const support::GoldenFile file("folder_v1/state_v3.txt");
    return file;
}

std::vector<storage::Record> records_of(const Engine& engine) {
    return must(engine.records_after(*must(engine.read_point()), {}, {}));
}

// Each record's position, chain and bytes.
const support::GoldenFile& golden_log() {
    static const support::GoldenFile file("folder_v1/log.txt");
    return file;
}

// Whether the log holds the golden records; fails as reading it does.
Result<bool> has_golden_records(const Engine& engine) {
    const auto records = engine.records_after(*must(engine.read_point()), {}, {});
    if (!records) return fail(records.error());
    return records->size() == golden_records &&
           std::all_of(records->begin(), records->end(), [](const storage::Record& record) {
               const std::string name = "record " + std::to_string(record.position().value);
               return record.bytes() == golden_log().bytes(name);
           });
}

// Every entry of the state, by the hex of its key.
void expect_golden_state(const Engine& engine) {
    const auto read_point = must(engine.read_point());
    auto entry = storage::StateCursor::over_everything(read_point->state());
    std::size_t entries = 0;
    for (; entry.valid(); entry.next()) {
        ++entries;
        EXPECT_TRUE(golden_state().holds(support::hex_text(entry.key()), entry.value()));
    }
    must(entry.status());
    if (!support::golden_output()) {
        EXPECT_EQ(entries, golden_state().size());
    }
}

constexpr const char* one_more = R"({"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"o-9"}},)"
                                 R"("NewImage":{"pk":{"S":"o-9"},"status":{"S":"OPEN"}},)"
                                 R"("SequenceNumber":"400000000000000000001"}})";

TEST(GoldenFolder, IsWrittenWhereItIsAskedFor) {
    if (!support::golden_output()) GTEST_SKIP() << "FRESHET_WRITE_GOLDEN is not set";

    support::write_golden_folder();
}

// Also writes what the folder of an earlier release is folded to, once the layout has changed.
TEST(GoldenFolder, IsFoldedToItsState) {
    const GoldenFolder folder;
    const auto engine = must(folder.open());

    expect_golden_state(*engine);
}

class GoldenFolderTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (support::golden_output()) GTEST_SKIP() << "a folder is being written";
    }

    GoldenFolder folder;
};

TEST_F(GoldenFolderTest, HasItsRecordsAndItsState) {
    const auto engine = must(folder.open());

    EXPECT_TRUE(must(has_golden_records(*engine)));
    expect_golden_state(*engine);
}

TEST_F(GoldenFolderTest, IsOpenedWithAStateThatIsOlderThanItsLog) {
    const auto data = must(storage::DataFolder::open(folder.path(), {}));

    const auto checkpoint = must(data->state().checkpoint());

    ASSERT_TRUE(checkpoint);
    EXPECT_GT(checkpoint->mark.position.value, 0U);
    EXPECT_LT(checkpoint->mark.position, data->log().head().position);
}

TEST_F(GoldenFolderTest, IsFoldedToTheSameStateAgain) {
    fs::remove_all(folder.file("state"));

    const auto engine = must(folder.open());

    expect_golden_state(*engine);
}

TEST_F(GoldenFolderTest, TakesAnotherRecord) {
    auto engine = must(folder.open());
    support::append_text(*engine, one_more, "orders");
    engine.reset();

    engine = must(folder.open());

    const auto records = records_of(*engine);
    ASSERT_EQ(records.size(), golden_records + 1);
    EXPECT_EQ(records.back().sequence(), "400000000000000000001");
    EXPECT_EQ(records.back().position().value, records[golden_records - 1].position().value + 1);
}

// Turns one bit of the file's byte at that place.
void flip(const fs::path& path, std::size_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
}

TEST_F(GoldenFolderTest, DoesNotHideAFlippedByteOfItsLog) {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(folder.file("log"))) {
        const std::string name = entry.path().filename();
        if (!name.ends_with(".sst") && !name.ends_with(".log")) continue;
        if (entry.file_size() == 0) continue;
        ++files;
        const GoldenFolder damaged;
        const fs::path path = damaged.file("log/" + name);
        flip(path, fs::file_size(path) / 4);  // in the midst of its records

        const auto engine = damaged.open();
        if (!engine) continue;
        const auto is_golden = has_golden_records(**engine);
        EXPECT_FALSE(is_golden && *is_golden) << name;
    }
    EXPECT_EQ(files, 2U);
}

}  // namespace
}  // namespace freshet::engine
