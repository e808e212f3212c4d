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

// One of the folders, with what it has: each record's bytes, and each entry of its state.
struct Golden {
    explicit Golden(const std::string& name)
        : folder(name), log(name + "/log.txt"), state(name + "/state_v3.txt") {}

    GoldenFolder folder;
    support::GoldenFile log;
    support::GoldenFile state;
};

std::string name_of(const storage::Record& record) {
    return "record " + std::to_string(record.position().value);
}

std::vector<storage::Record> records_of(const Engine& engine) {
    return must(engine.records_after(*must(engine.read_point()), {}, {}));
}

// Whether the log holds the golden records; fails as reading it does.
Result<bool> has_golden_records(const Engine& engine, const support::GoldenFile& log) {
    const auto records = engine.records_after(*must(engine.read_point()), {}, {});
    if (!records) return fail(records.error());
    return records->size() == log.size() &&
           std::all_of(records->begin(), records->end(), [&](const storage::Record& record) {
               return record.bytes() == log.bytes(name_of(record));
           });
}

// Every entry of the state, by the hex of its key.
void expect_golden_state(const Engine& engine, const support::GoldenFile& state) {
    const auto read_point = must(engine.read_point());
    auto entry = storage::StateCursor::over_everything(read_point->state());
    std::size_t entries = 0;
    for (; entry.valid(); entry.next()) {
        ++entries;
        EXPECT_TRUE(state.holds(support::hex_text(entry.key()), entry.value()));
    }
    must(entry.status());
    if (!support::golden_output()) {
        EXPECT_EQ(entries, state.size());
    }
}

// Of a table that has one stream in each folder, so that it need not say it.
constexpr const char* one_more = R"({"eventName":"INSERT","dynamodb":{"Keys":{"id":{"B":"enp6"}},)"
                                 R"("NewImage":{"id":{"B":"enp6"},"status":{"S":"OPEN"}},)"
                                 R"("SequenceNumber":"400000000000000000001"}})";

TEST(GoldenFolder, IsWrittenWhereItIsAskedFor) {
    if (!support::golden_output()) GTEST_SKIP() << "FRESHET_WRITE_GOLDEN is not set";

    support::write_golden_folder();
}

class GoldenFolderTest : public ::testing::TestWithParam<const char*> {
protected:
    Golden golden{GetParam()};
    const GoldenFolder& folder = golden.folder;
};

// Also writes what a folder has and is folded to: of a new one, or once the layout has changed.
TEST_P(GoldenFolderTest, HasItsRecordsAndIsFoldedToItsState) {
    const auto engine = must(folder.open());

    for (const storage::Record& record : records_of(*engine)) {
        EXPECT_TRUE(golden.log.holds(name_of(record), record.bytes()));
    }
    expect_golden_state(*engine, golden.state);
}

class KeptFolderTest : public GoldenFolderTest {
protected:
    void SetUp() override {
        if (support::golden_output()) GTEST_SKIP() << "a folder is being written";
    }
};

TEST_P(KeptFolderTest, HasItsRecordsAndItsState) {
    const auto engine = must(folder.open());

    EXPECT_TRUE(must(has_golden_records(*engine, golden.log)));
    expect_golden_state(*engine, golden.state);
}

TEST_P(KeptFolderTest, IsOpenedWithAStateThatIsOlderThanItsLog) {
    const auto data = must(storage::DataFolder::open(folder.path(), {}));

    const auto checkpoint = must(data->state().checkpoint());

    ASSERT_TRUE(checkpoint);
    EXPECT_GT(checkpoint->mark.position.value, 0U);
    EXPECT_LT(checkpoint->mark.position, data->log().head().position);
}

TEST_P(KeptFolderTest, IsFoldedToTheSameStateAgain) {
    fs::remove_all(folder.file("state"));

    const auto engine = must(folder.open());

    expect_golden_state(*engine, golden.state);
}

TEST_P(KeptFolderTest, TakesAnotherRecord) {
    auto engine = must(folder.open());
    support::append_text(*engine, one_more, "blobs");
    engine.reset();

    engine = must(folder.open());

    const auto records = records_of(*engine);
    ASSERT_EQ(records.size(), golden.log.size() + 1);
    EXPECT_EQ(records.back().sequence(), "400000000000000000001");
    EXPECT_EQ(records.back().position().value, records[golden.log.size() - 1].position().value + 1);
}

// Turns one bit of the file's byte at that place.
void flip(const fs::path& path, std::size_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
}

TEST_P(KeptFolderTest, DoesNotHideAFlippedByteOfItsLog) {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(folder.file("log"))) {
        const std::string name = entry.path().filename();
        if (!name.ends_with(".sst") && !name.ends_with(".log")) continue;
        if (entry.file_size() == 0) continue;
        ++files;
        const GoldenFolder damaged(GetParam());
        const fs::path path = damaged.file("log/" + name);
        flip(path, fs::file_size(path) / 4);  // in the midst of its records

        const auto engine = damaged.open();
        if (!engine) continue;
        const auto is_golden = has_golden_records(**engine, golden.log);
        EXPECT_FALSE(is_golden && *is_golden) << name;
    }
    EXPECT_EQ(files, 2U);
}

std::string shown_name(const ::testing::TestParamInfo<const char*>& info) {
    return info.param;
}

INSTANTIATE_TEST_SUITE_P(Each, GoldenFolderTest, ::testing::ValuesIn(support::golden_folder_names),
                         shown_name);
INSTANTIATE_TEST_SUITE_P(Each, KeptFolderTest, ::testing::ValuesIn(support::golden_folder_names),
                         shown_name);

}  // namespace
}  // namespace freshet::engine
