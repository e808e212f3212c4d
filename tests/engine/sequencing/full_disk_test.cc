// What engine/sequencing/sequencer.h promises of a disk that is full.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/sequencing/sequencer.h"
#include "storage/disk_room.h"
#include "tests/disks/small_disk.h"
#include "tests/readers/exposition.h"
#include "tests/support/held_clock.h"
#include "tests/support/must.h"
#include "tests/world/appending.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using support::Exposition;
using support::must;
using support::SteppedEngine;

class FullDiskTest : public ::testing::Test {
protected:
    Result<Receipt> append(const std::string& name) {
        return engine.append({support::inserted(name, "1")});
    }
    [[nodiscard]] SequencerMode mode() { return engine.engine().status().mode; }
    [[nodiscard]] std::optional<double> batches(const char* outcome) {
        return Exposition(engine.engine().metrics_text())
            .value("freshet_batches_total", Exposition::Labels{{"outcome", outcome}});
    }

    support::SmallDisk disk{64U << 20U};
    SteppedEngine engine{support::small_catalog(), {.path = disk.file("data")}};
};

TEST_F(FullDiskTest, RefusesWritesAndKeepsWhatCanBeRead) {
    must(append("a"));
    const auto before = engine.now();
    disk.fill();

    const auto first = append("b");
    const auto second = append("c");

    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, Errc::disk_full);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::disk_full);
    EXPECT_EQ(mode(), SequencerMode::read_only);
    EXPECT_EQ(engine.now(), before);
    EXPECT_EQ(batches("disk_full"), 2);
    EXPECT_EQ(batches("unavailable"), 0);
    EXPECT_EQ(batches("failed"), 0);
}

TEST_F(FullDiskTest, ShowsTheSameUntilThereIsRoomAndThenTakesWrites) {
    must(append("a"));
    const auto before = engine.now();
    disk.fill();
    ASSERT_FALSE(append("b"));

    const auto recovered = engine.engine().sequencer().recover();
    ASSERT_FALSE(recovered);
    EXPECT_EQ(recovered.error().code, Errc::disk_full);
    EXPECT_EQ(engine.now(), before);

    disk.make_room();
    must(engine.engine().sequencer().recover());
    EXPECT_EQ(mode(), SequencerMode::serving);
    EXPECT_EQ(engine.now()->position(), before->position());
    EXPECT_EQ(must(append("b")).appended, 1U);
}

TEST_F(FullDiskTest, IsFoundByLookingToo) {
    engine.engine().sequencer().look_at_disk();
    EXPECT_EQ(mode(), SequencerMode::serving);

    disk.fill();
    engine.engine().sequencer().look_at_disk();

    EXPECT_EQ(mode(), SequencerMode::read_only);
    EXPECT_NE(engine.engine().status().fault.find("0 MiB left"), std::string::npos);
}

TEST_F(FullDiskTest, LetsAStartReadWhatTheLogHas) {
    must(append("a"));
    disk.fill();
    engine.close();
    std::filesystem::remove_all(engine.path() + "/state");
    must(engine.open());

    EXPECT_EQ(mode(), SequencerMode::read_only);
    EXPECT_EQ(engine.now()->position(), storage::Position{1});
    EXPECT_EQ(append("b").error().code, Errc::disk_full);

    disk.make_room();
    must(engine.engine().sequencer().recover());
    must(append("b"));
    engine.restart();
    EXPECT_EQ(engine.now()->position(), storage::Position{2});
}

TEST_F(FullDiskTest, TurnsAwayOnlyTheBatchThatTheRoomLeftIsTooSmallFor) {
    must(append("a"));
    std::vector<storage::Change> changes;
    for (int i = 0; i < 30; ++i) {
        changes.push_back(support::keyed(engine.catalog(),
                                         support::inserted("large" + std::to_string(i), "1",
                                                           {{"text", std::string(100'000, 'x')}})));
    }
    disk.fill(storage::low_room_bytes + (4U << 20U));
    std::vector<ChangeBatch> batches_of_group;
    batches_of_group.push_back(support::batch_of(changes));
    batches_of_group.push_back(
        support::batch_of({support::keyed(engine.catalog(), support::inserted("b", "1"))}));

    const auto answers = support::append_group(engine.sequencer(), std::move(batches_of_group));

    ASSERT_EQ(answers.size(), 2U);
    ASSERT_FALSE(answers[0]);
    EXPECT_EQ(answers[0].error().code, Errc::disk_full);
    EXPECT_NE(answers[0].error().message.find("send fewer records at once"), std::string::npos)
        << answers[0].error().message;
    EXPECT_EQ(must(answers[1]).appended, 1U);
    EXPECT_EQ(mode(), SequencerMode::serving);
    EXPECT_EQ(batches("disk_full"), 1);
    EXPECT_EQ(must(append("c")).appended, 1U) << "nor is anybody else turned away";

    disk.make_room();
    EXPECT_EQ(must(engine.append(std::move(changes))).appended, 30U);
}

// A sequencer and its folder, on a disk that fills up.
class FullDiskPartsTest : public ::testing::Test {
protected:
    static storage::StorageOptions options() {
        storage::StorageOptions options;
        options.longest_read = std::chrono::milliseconds(1);
        return options;
    }
    Result<Receipt> append(const std::string& name) {
        return support::append(
            sequencer, support::batch_of({support::keyed(*catalog, support::inserted(name, "1"))}));
    }
    // As RocksDB does it by itself in its own threads, which tells nobody.
    void flush_in_vain() {
        disk.fill();
        EXPECT_FALSE(data->state().flush());
        disk.make_room();
    }

    support::SmallDisk disk{64U << 20U};
    support::HeldClock clock;
    const std::shared_ptr<const Catalog> catalog = support::small_catalog();
    const std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(disk.file("data"), options()));
    Metrics metrics{*catalog};
    Sequencer sequencer{*catalog, *data, clock, metrics, {}};
};

TEST_F(FullDiskPartsTest, PutsNothingIntoTheLogThatTheStateCannotTake) {
    must(sequencer.fold_log());
    must(append("a"));
    const storage::Position head = data->log().head().position;
    flush_in_vain();

    const auto answer = append("b");

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::disk_full);
    EXPECT_EQ(data->log().head().position, head);
    EXPECT_EQ(sequencer.status().mode, SequencerMode::read_only);
    must(sequencer.recover());
    EXPECT_EQ(must(append("b")).appended, 1U);
}

TEST_F(FullDiskPartsTest, TakesReadsFromNobodyWhileOneHoldsTheStateThatFailed) {
    must(sequencer.fold_log());
    must(append("a"));
    auto held = must(sequencer.read_point());
    flush_in_vain();
    sequencer.look_at_disk();

    const auto recovered = sequencer.recover();

    ASSERT_FALSE(recovered);
    EXPECT_EQ(recovered.error().code, Errc::busy) << recovered.error().message;
    EXPECT_EQ(must(sequencer.read_point())->position(), held->position());
    held.reset();
    must(sequencer.recover());
    EXPECT_EQ(sequencer.status().mode, SequencerMode::serving);
    EXPECT_EQ(must(append("b")).appended, 1U);
}

TEST_F(FullDiskPartsTest, WakesAllWhoWaitThoughNoWriteIsTaken) {
    storage::LogBatch batch = data->log().begin();
    batch.add(support::keyed(*catalog, support::inserted("a", "1")), {});
    must(data->log().append(batch));
    disk.fill();
    constexpr std::size_t waits = 3 * wakes_max + 1;
    std::atomic<std::size_t> woken = 0;
    for (std::size_t i = 0; i < waits; ++i) {
        sequencer.when_reached(storage::Position{1}, [&] { ++woken; });
    }

    sequencer.start();

    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (woken < waits && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(woken, waits);
    EXPECT_EQ(sequencer.status().mode, SequencerMode::read_only);
    sequencer.stop();
}

TEST(RetryPauseTest, GrowsUpToItsLongestAndBeginsAgain) {
    using std::chrono::seconds;
    const auto at = [](int second) { return Clock::TimePoint(seconds(second)); };
    RetryPause pause;
    EXPECT_TRUE(pause.is_over(at(0)));
    pause.begin(at(0));
    EXPECT_FALSE(pause.is_over(at(0)));
    EXPECT_TRUE(pause.is_over(at(1)));
    for (int now = 10; now < 100; now += 10) {
        pause.begin(at(now));
        EXPECT_FALSE(pause.is_over(at(now + 1)));
        EXPECT_TRUE(pause.is_over(at(now + 2)));
    }
    pause.reset();
    pause.begin(at(100));
    EXPECT_TRUE(pause.is_over(at(101)));
}

}  // namespace
}  // namespace freshet::engine
