// What storage/change_log.h promises of the records of a batch: what is kept from one record to the
// next changes none, and they lie together without wasting room.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "storage/change_log.h"
#include "storage/data_folder.h"
#include "storage/item.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::storage {
namespace {

using support::image_of;
using support::inserted;
using support::must;

class LogBatchTest : public ::testing::Test {
protected:
    std::string text(std::size_t longest) {
        return std::string(random() % (longest + 1), static_cast<char>('a' + random() % 26));
    }

    // Some attributes come and go, and some change.
    Image image() {
        std::map<std::string, std::string> attributes{{"pk", "a"}};
        for (const char* name : {"creator", "items", "lastUpdated", "numItems", "status"}) {
            if (random() % 4 != 0) attributes[name] = text(random() % 50 == 0 ? 100'000 : 9);
        }
        return image_of(attributes);
    }

    Change change() {
        Change change = inserted(text(5) + "x", std::to_string(random()));
        change.kind = static_cast<ChangeKind>(random() % 3);
        change.after.reset();
        if (change.kind != ChangeKind::remove && random() % 8 != 0) change.after = image();
        if (random() % 4 != 0) change.before = image();
        change.envelope = text(20);
        change.imported = random() % 8 == 0;
        return change;
    }

    static Admission admission_of(const Change& change) {
        Admission admission{.before = std::nullopt, .stream = 1};
        if (change.before) admission.before = change.before->view();
        return admission;
    }

    // The bytes of the record that a batch makes of it, in a thread that has made none before.
    std::string bytes_in_a_new_thread(const Change& change) const {
        std::string bytes;
        std::thread([&] {
            LogBatch batch = data->log().begin();
            bytes = batch.add(change, admission_of(change)).bytes();
        }).join();
        return bytes;
    }

    std::mt19937_64 random{11};
    const support::TempFolder folder;
    const std::unique_ptr<DataFolder> data = must(DataFolder::open(folder.file("data"), {}));
};

TEST_F(LogBatchTest, ARecordIsTheSameWhateverTheOnesBeforeIt) {
    LogBatch batch = data->log().begin();
    std::vector<std::string> alone;
    for (int i = 0; i < 300; ++i) {
        const Change next = change();
        batch.add(next, admission_of(next));
        alone.push_back(bytes_in_a_new_thread(next));
    }

    ASSERT_EQ(batch.records().size(), alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
        EXPECT_EQ(batch.records()[i].bytes(), alone[i]) << "record " << i;
    }
}

TEST_F(LogBatchTest, AnItemIsTheSameWhateverTheOnesBeforeIt) {
    for (int i = 0; i < 200; ++i) {
        const Image kept = image();
        const std::string sequence = std::to_string(random());
        ItemParts parts{.source = "s",
                        .label = "l",
                        .sequence = sequence,
                        .created = Position{1},
                        .changed = Position{2},
                        .stream = 1,
                        .time = std::nullopt,
                        .others = {},
                        .image = std::nullopt};
        if (random() % 2 == 0) parts.others.push_back({.stream = 2, .sequence = "7"});
        if (random() % 4 != 0) parts.image = kept.view();
        std::string alone;
        std::thread([&] { alone = Item(parts).bytes(); }).join();

        EXPECT_EQ(Item(parts).bytes(), alone);
    }
}

TEST_F(LogBatchTest, RecordsOutliveTheirBatchAndAreReadWhereTheyLie) {
    std::vector<Record> kept;
    {
        LogBatch batch = data->log().begin();
        for (int i = 0; i < 2'000; ++i) {
            batch.add(inserted("o-" + std::to_string(i), std::to_string(i), {{"n", "v"}}), {});
        }
        must(data->log().append(batch));
        kept = {batch.records().front(), batch.records()[1'000], batch.records().back()};
    }

    EXPECT_EQ(kept[1].sequence(), "1000");
    for (const Record& record : kept) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(record.bytes().data()) % 8, 0U);
        EXPECT_EQ(must(data->log().read(record.position()))->bytes(), record.bytes());
    }
}

// What follows a record in its text, up to the next one, is no more than what aligns that.
TEST_F(LogBatchTest, RecordsFollowEachOtherInAFewTexts) {
    LogBatch batch = data->log().begin();
    for (int i = 0; i < 20'000; ++i) batch.add(inserted("o-1", std::to_string(i)), {});

    std::size_t texts = 1;
    for (std::size_t i = 1; i < batch.records().size(); ++i) {
        const std::string_view before = batch.records()[i - 1].bytes();
        const char* const begin = batch.records()[i].bytes().data();
        const bool follows =
            begin >= before.data() + before.size() && begin < before.data() + before.size() + 8;
        texts += follows ? 0 : 1;
    }
    EXPECT_LT(texts, batch.bytes() / (64U << 10U) + 60);
    EXPECT_GT(texts, batch.bytes() / (64U << 10U)) << "a record would keep all others";
}

TEST_F(LogBatchTest, TextsLeaveLittleRoomWhateverTheLengthsOfRecords) {
    const std::vector<std::vector<std::size_t>> mixes{
        {100},          {6'000},           {7'900},          {17'000},
        {33'000},       {66'000},          {100, 33'000},    {100, 100, 100, 8'100},
        {300'000, 100}, {1, 9'000, 4'000}, {40'000, 25'000}, {2'000, 2'000, 2'000, 16'000},
    };
    for (const auto& mix : mixes) {
        LogBatch batch = data->log().begin();
        for (std::size_t i = 0; i < 600; ++i) {
            const std::string value(mix[i % mix.size()], 'x');
            batch.add(inserted("o-1", std::to_string(i), {{"n", value}}), {});
            const std::size_t aligned = batch.bytes() + 8 * batch.records().size();
            ASSERT_LE(batch.text_bytes(), aligned + batch.bytes() / 2)
                << "after " << i + 1 << " records of " << mix.front() << " bytes and others";
        }
        const std::size_t aligned = batch.bytes() + 8 * batch.records().size();
        EXPECT_LE(batch.text_bytes(), aligned + batch.bytes() / 7 + (64U << 10U)) << mix.front();
    }
}

// A text that stays open while records of their own are added is filled afterwards.
TEST_F(LogBatchTest, LongRecordsBetweenShortOnesTakeNoRoomOfTheirs) {
    LogBatch batch = data->log().begin();
    const std::string value(20'000, 'x');
    for (int i = 0; i < 2'000; ++i) {
        batch.add(inserted("o-1", std::to_string(i)), {});
        if (i % 3 == 0) batch.add(inserted("o-1", std::to_string(i), {{"n", value}}), {});
    }
    const std::size_t aligned = batch.bytes() + 8 * batch.records().size();
    EXPECT_LE(batch.text_bytes(), aligned + 2 * (64U << 10U));
}

// A small group is encoded in memory that is kept, a large one in its own.
TEST_F(LogBatchTest, GroupsOfAnyBytesAreReadAsTheyWereWritten) {
    std::vector<Record> written;
    for (const std::size_t bytes : {100, 3'000'000, 200, 1'000'000, 1'100'000, 1}) {
        LogBatch batch = data->log().begin();
        for (int i = 0; i < 3; ++i) {
            batch.add(inserted("o-1", "1", {{"n", std::string(bytes, 'x')}}), {});
        }
        must(data->log().append(batch));
        written.insert(written.end(), batch.records().begin(), batch.records().end());
    }
    for (const Record& record : written) {
        EXPECT_EQ(must(data->log().read(record.position()))->bytes(), record.bytes());
    }
}

}  // namespace
}  // namespace freshet::storage
