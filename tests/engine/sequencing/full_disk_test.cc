// What engine/sequencing/sequencer.h promises of a disk that is full.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "engine/sequencing/sequencer.h"
#include "tests/disks/small_disk.h"
#include "tests/readers/exposition.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
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
    engine.restart(true);

    EXPECT_EQ(mode(), SequencerMode::read_only);
    EXPECT_EQ(engine.now()->position(), storage::Position{1});
    EXPECT_EQ(append("b").error().code, Errc::disk_full);

    disk.make_room();
    must(engine.engine().sequencer().recover());
    must(append("b"));
    engine.restart();
    EXPECT_EQ(engine.now()->position(), storage::Position{2});
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
