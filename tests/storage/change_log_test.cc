// What storage/change_log.h and storage/record.h promise, by example.

#include "storage/change_log.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::storage {
namespace {

using support::image_of;
using support::inserted;
using support::must;

constexpr ReadLimit no_limit{.records = 1'000'000, .bytes = 1U << 30U};

class ChangeLogTest : public ::testing::Test {
protected:
    ChangeLogTest() { open(); }

    void open() { data = must(DataFolder::open(folder.file("data"), {})); }
    void reopen() {
        data.reset();
        open();
    }
    ChangeLog& log() { return data->log(); }

    Position append(const Change& change, const Admission& admission = {}) {
        LogBatch batch = log().begin();
        const Position position = batch.add(change, admission).position();
        must(log().append(batch));
        return position;
    }

    std::vector<Record> everything() {
        return must(log().read_after(Position{}, log().head().position, no_limit));
    }

    // Overwrites or deletes an entry of the log behind its back.
    void tamper(const std::function<void(rocksdb::DB&)>& how) {
        data.reset();
        rocksdb::DB* opened = nullptr;
        ASSERT_TRUE(rocksdb::DB::Open({}, folder.file("data/log"), &opened).ok());
        const std::unique_ptr<rocksdb::DB> db(opened);
        how(*db);
    }
    static std::string key(std::uint64_t position) {
        std::string key = "r";
        for (int shift = 56; shift >= 0; shift -= 8) {
            key.push_back(static_cast<char>((position >> shift) & 0xFFU));
        }
        return key;
    }

    support::TempFolder folder;
    std::unique_ptr<DataFolder> data;
};

TEST_F(ChangeLogTest, IsEmptyAtFirst) {
    EXPECT_EQ(log().head().position, Position{0});
    EXPECT_NE(log().head().epoch, 0U);
    EXPECT_TRUE(everything().empty());
}

TEST_F(ChangeLogTest, GivesBackEverythingThatARecordHolds) {
    Change change = inserted("o-1", "0003633500000000062125042319", {{"status", "NEW"}});
    change.kind = ChangeKind::modify;
    change.source = "s";
    change.label = "l";
    change.before = image_of({{"pk", "o-1"}, {"status", "OLD"}, {"gone", "x"}});
    change.envelope = R"("eventID":"e")";
    change.stream_envelope = R"("SizeBytes":26)";

    append(change, {.previous = Position{7}, .before = change.before->view()});
    const Record record = everything().at(0);

    EXPECT_EQ(record.position(), Position{1});
    EXPECT_EQ(record.table(), "orders");
    EXPECT_EQ(record.kind(), ChangeKind::modify);
    EXPECT_EQ(record.source(), "s");
    EXPECT_EQ(record.label(), "l");
    EXPECT_EQ(record.sequence(), "0003633500000000062125042319");
    EXPECT_EQ(record.previous(), Position{7});
    EXPECT_EQ(record.keys().find("pk")->text(), "o-1");
    EXPECT_EQ(record.after()->find("status")->text(), "NEW");
    EXPECT_TRUE(identical(record.before()->view(), change.before->view()));
    EXPECT_TRUE(record.before_was_sent());
    EXPECT_EQ(record.envelope(), R"("eventID":"e")");
    EXPECT_EQ(record.stream_envelope(), R"("SizeBytes":26)");
}

TEST_F(ChangeLogTest, ResolvesTheImageBeforeFromWhatDiffers) {
    const std::map<std::string, std::string> after{{"b", "1"}, {"d", "1"}, {"f", "1"}, {"pk", "x"}};
    const std::vector<std::map<std::string, std::string>> befores{
        after,
        {{"pk", "x"}},
        {{"a", "0"}, {"b", "0"}, {"c", "0"}, {"d", "0"}, {"e", "0"}, {"f", "0"}, {"g", "0"}},
        {{"a", "0"}, {"d", "1"}, {"pk", "x"}, {"z", "0"}},
        {{"b", "1"}, {"d", "2"}, {"f", "1"}, {"pk", "x"}},
        {}};
    for (const auto& attributes : befores) {
        const Image before = image_of(attributes);
        append(inserted("x", "1", after), {.before = before.view()});

        EXPECT_TRUE(identical(everything().back().before()->view(), before.view()));
        EXPECT_FALSE(everything().back().before_was_sent());
    }
}

TEST_F(ChangeLogTest, WaitsForNobodyWhoHasLetGoWhenItIsReopenedAgain) {
    for (int i = 1; i <= 3; ++i) {
        append(inserted("x", std::to_string(i)));
        must(log().reopen());
    }

    EXPECT_EQ(everything().size(), 3U);
}

TEST_F(ChangeLogTest, KeepsAnImageBeforeThatHasNoImageAfter) {
    Change removed = support::change(ChangeKind::remove, "x", "2");
    const Image before = image_of({{"pk", "x"}, {"status", "OLD"}});

    append(removed, {.before = before.view()});

    EXPECT_FALSE(everything().back().after());
    EXPECT_TRUE(identical(everything().back().before()->view(), before.view()));
}

TEST_F(ChangeLogTest, ReadsAfterAPositionUpToAnother) {
    for (int i = 1; i <= 10; ++i) append(inserted("x", std::to_string(i)));

    const auto some = must(log().read_after(Position{3}, Position{6}, no_limit));
    const auto limited =
        must(log().read_after(Position{0}, Position{10}, {.records = 4, .bytes = 1U << 20U}));
    const auto one = must(log().read_after(Position{0}, Position{10}, {.records = 4, .bytes = 1}));

    ASSERT_EQ(some.size(), 3U);
    EXPECT_EQ(some.front().position(), Position{4});
    EXPECT_EQ(some.back().position(), Position{6});
    EXPECT_EQ(limited.size(), 4U);
    EXPECT_EQ(one.size(), 1U) << "a reader always gets on";
    EXPECT_TRUE(must(log().read_after(Position{10}, Position{99}, no_limit)).empty());
}

TEST_F(ChangeLogTest, ReadsTheRecordAtAPosition) {
    for (int i = 1; i <= 3; ++i) append(inserted("x", std::to_string(i)));

    const auto record = must(log().read(Position{2}));

    ASSERT_TRUE(record);
    EXPECT_EQ(record->position(), Position{2});
    EXPECT_EQ(record->sequence(), "2");
    EXPECT_EQ(record->chain(), everything().at(1).chain());
    EXPECT_FALSE(must(log().read(Position{0})));
    EXPECT_FALSE(must(log().read(Position{4})));
}

TEST_F(ChangeLogTest, GoesOnAfterARestartWithTheSameEpochAndTheNextPosition) {
    append(inserted("x", "1"));
    const LogMark before = log().head();
    reopen();

    EXPECT_EQ(log().head(), before);
    EXPECT_EQ(append(inserted("x", "2")), Position{2});
    EXPECT_EQ(everything().size(), 2U);
}

AppendTime at(int seconds) {
    return AppendTime(std::chrono::seconds(seconds));
}

TEST_F(ChangeLogTest, KeepsWhenEachRecordWasAppendedAndNeverGoesBack) {
    const auto append_at = [&](int seconds) {
        LogBatch batch = log().begin(at(seconds));
        batch.add(inserted("x", "1"), {});
        batch.add(inserted("y", "1"), {});
        must(log().append(batch));
    };
    append_at(100);
    append_at(50);  // the clock was set back
    reopen();
    append_at(70);
    append_at(101);

    std::vector<AppendTime> times;
    for (const Record& record : everything()) times.push_back(record.appended());
    EXPECT_EQ(times, (std::vector{at(100), at(100), at(100), at(100), at(100), at(100), at(101),
                                  at(101)}));
}

TEST_F(ChangeLogTest, TakesNoticesAmongItsRecords) {
    append(inserted("x", "1"));
    LogBatch batch = log().begin(at(7));
    batch.add(Notice{.kind = NoticeKind::adoption, .by = "ann", .table = "orders", .stream = "s"});
    must(log().append(batch));
    append(inserted("y", "1"));
    reopen();

    const std::vector<Record> records = everything();

    ASSERT_EQ(records.size(), 3U);
    EXPECT_FALSE(records[0].is_notice());
    ASSERT_TRUE(records[1].is_notice());
    EXPECT_EQ(records[1].notice()->by, "ann");
    EXPECT_EQ(records[1].appended(), at(7));
    EXPECT_EQ(records[2].position(), Position{3});
}

// The format that the log says it has.
std::uint8_t format_in(const std::string& path) {
    rocksdb::DB* opened = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open({}, path, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    std::string bytes;
    EXPECT_TRUE(db->Get({}, "fformat", &bytes).ok());
    return static_cast<std::uint8_t>(bytes.back());
}

TEST_F(ChangeLogTest, RaisesTheFormatOfAnOlderFolderWithTheFirstRecordThatItAppends) {
    append(inserted("x", "1"));
    tamper([](rocksdb::DB& db) {
        ASSERT_TRUE(db.Put({}, "fformat", std::string("\0\0\0\0\0\0\0\1", 8)).ok());
    });
    open();
    EXPECT_EQ(everything().size(), 1U);
    data.reset();
    EXPECT_EQ(format_in(folder.file("data/log")), 1) << "who only reads leaves it as it is";

    open();
    append(inserted("x", "2"));
    data.reset();

    EXPECT_EQ(format_in(folder.file("data/log")), format_version);
}

TEST_F(ChangeLogTest, ContainsExactlyTheHistoryThatAMarkWasTakenOf) {
    append(inserted("x", "1"));
    const LogMark mark = log().head();
    append(inserted("x", "2"));

    EXPECT_TRUE(must(log().contains(mark)));
    EXPECT_TRUE(must(log().contains(log().head())));
    EXPECT_TRUE(must(log().contains({.epoch = mark.epoch, .position = {}, .chain = 0})));
    EXPECT_FALSE(must(log().contains({mark.epoch, Position{3}, mark.chain})));
    EXPECT_FALSE(must(log().contains({mark.epoch, mark.position, mark.chain + 1})));
    EXPECT_FALSE(must(log().contains({mark.epoch + 1, mark.position, mark.chain})));
}

TEST_F(ChangeLogTest, NoticesAChangedBit) {
    for (int i = 1; i <= 3; ++i) append(inserted("x", std::to_string(i)));
    tamper([](rocksdb::DB& db) {
        std::string bytes;
        ASSERT_TRUE(db.Get({}, key(2), &bytes).ok());
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        ASSERT_TRUE(db.Put({}, key(2), bytes).ok());
    });
    open();

    const auto read = log().read_after(Position{}, Position{3}, no_limit);

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::corrupt);
    const auto one = log().read(Position{2});
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error().code, Errc::corrupt);
    EXPECT_TRUE(must(log().read(Position{3})));
}

TEST_F(ChangeLogTest, NoticesAMissingRecord) {
    for (int i = 1; i <= 3; ++i) append(inserted("x", std::to_string(i)));
    tamper([](rocksdb::DB& db) { ASSERT_TRUE(db.Delete({}, key(2)).ok()); });
    open();

    for (const std::uint64_t after : {0U, 1U}) {
        const auto read = log().read_after(Position{after}, Position{3}, no_limit);
        ASSERT_FALSE(read) << after;
        EXPECT_EQ(read.error().code, Errc::corrupt);
    }
}

TEST_F(ChangeLogTest, ReadsOnWhatItHeldBeforeItWasReopened) {
    append(inserted("x", "1"));

    must(log().reopen());

    EXPECT_EQ(everything().size(), 1U);
    EXPECT_EQ(append(inserted("x", "2")), Position{2});
}

// ---- what must always hold ----

class ChangeLogDeathTest : public ChangeLogTest, support::FreshProcess {};

TEST_F(ChangeLogDeathTest, TakesNoBatchThatWasBegunBeforeTheNewestRecord) {
    LogBatch first = log().begin();
    LogBatch second = log().begin();
    first.add(inserted("x", "1"), {});
    second.add(inserted("y", "1"), {});
    must(log().append(first));

    EXPECT_DEATH((void)log().append(second), "a batch follows the newest record of the log");
}

TEST_F(ChangeLogDeathTest, TakesNoBatchTwice) {
    LogBatch batch = log().begin();
    batch.add(inserted("x", "1"), {});
    must(log().append(batch));

    EXPECT_DEATH((void)log().append(batch), "a batch follows the newest record of the log");
}

TEST_F(ChangeLogDeathTest, TakesNoBatchWithoutTheRecordsThatItsHeadCounts) {
    LogBatch batch = log().begin();
    batch.add(inserted("x", "1"), {});
    const LogBatch moved = std::move(batch);

    // NOLINTNEXTLINE(bugprone-use-after-move): it is what the log must notice
    EXPECT_DEATH((void)log().append(batch), "positions increase by one up to the head of a batch");
}

TEST_F(ChangeLogDeathTest, AddsNothingToABatchThatWasMovedFrom) {
    LogBatch batch = log().begin();
    batch.add(inserted("x", "1"), {});
    const LogBatch moved = std::move(batch);

    // NOLINTNEXTLINE(bugprone-use-after-move): it is what the batch must notice
    EXPECT_DEATH(batch.add(inserted("x", "2"), {}), "a batch that was moved from");
}

TEST_F(ChangeLogDeathTest, LogsNoChangeWithoutItsKeys) {
    LogBatch batch = log().begin();
    Change change = inserted("x", "1");
    change.keys.reset();

    EXPECT_DEATH(batch.add(change, {}), "a change that is logged has its keys");
}

TEST_F(ChangeLogDeathTest, LogsNoRemovalThatLeavesAnImage) {
    LogBatch batch = log().begin();
    Change change = inserted("x", "1");
    change.kind = ChangeKind::remove;

    EXPECT_DEATH(batch.add(change, {}), "a removal leaves no image");
}

}  // namespace
}  // namespace freshet::storage
