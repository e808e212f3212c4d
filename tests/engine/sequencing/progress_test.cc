// What engine/sequencing/progress.h promises.

#include "engine/sequencing/progress.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/fresh_process.h"
#include "tests/world/read_points.h"

namespace freshet::engine {
namespace {

using storage::Position;

class ProgressTest : public ::testing::Test {
protected:
    void serve(std::uint64_t position) { progress.serve(read_points.at(position)); }

    const support::ReadPoints read_points;
    BatchQueue queue{1'000};
    ReadPointBoard board;
    Progress progress{queue, board};
};

TEST_F(ProgressTest, TellsHowFarTheFoldIs) {
    EXPECT_EQ(progress.mode(), SequencerMode::folding);

    progress.folded({.folded = Position{3}, .head = Position{9}});

    EXPECT_EQ(progress.status().folded, Position{3});
    EXPECT_EQ(progress.status().head, Position{9});
    EXPECT_EQ(progress.unavailable().code, Errc::unavailable);
    EXPECT_EQ(progress.unavailable().message, "folding the log: 3 of 9");
}

TEST_F(ProgressTest, ServesWithTheReadPointThatItPutsUp) {
    serve(9);

    EXPECT_EQ(progress.mode(), SequencerMode::serving);
    EXPECT_EQ(board.newest()->position(), Position{9});
    EXPECT_EQ(progress.status().folded, Position{9});
    EXPECT_EQ(progress.status().head, Position{9});
}

TEST_F(ProgressTest, KeepsWhatWasShownOnceItServesNoMore) {
    serve(9);

    progress.suspend({Errc::io, "no disk"});

    EXPECT_EQ(progress.mode(), SequencerMode::recovering);
    EXPECT_EQ(progress.status().fault, "no disk");
    EXPECT_EQ(progress.status().folded, Position{9});
    EXPECT_EQ(progress.unavailable().message, "recovering from a fault of the disk: no disk");
    serve(9);
    EXPECT_EQ(progress.status().fault, "");
    progress.stop();
    EXPECT_EQ(progress.mode(), SequencerMode::stopped);
    EXPECT_EQ(progress.status().head, Position{9});
}

TEST_F(ProgressTest, AddsUpGapsAndStalls) {
    progress.missed(2);
    progress.missed(1);
    progress.stalled();

    EXPECT_EQ(progress.status().gaps, 3U);
    EXPECT_EQ(progress.status().stalls, 1U);
    EXPECT_EQ(progress.status().queue_bytes_max, 1'000U);
}

class ProgressDeathTest : public ProgressTest, support::FreshProcess {};

TEST_F(ProgressDeathTest, DoesNotServeWithoutAReadPoint) {
    EXPECT_DEATH(progress.serve(nullptr), "while it serves there is a read point");
}

TEST_F(ProgressTest, KeepsTheLastOfWhatIsWrongWithSources) {
    const auto duplicate = [](const std::string& number) {
        return SuspiciousDuplicates{
            .count = 1, .key = "a", .stream = "s", .sequence = number, .winner = Position{4}};
    };
    progress.suspected({{"orders", duplicate("7")}});
    progress.suspected({{"orders", duplicate("8")}});
    progress.refused(
        {{"orders", {.stream = "arn:aws:dynamodb:r:1:table/o/stream/1", .records = 2}}});
    progress.refused(
        {{"orders", {.stream = "arn:aws:dynamodb:r:1:table/o/stream/1", .records = 3}}});
    progress.refused({{"", {.stream = "other", .records = 1}}});

    SequencerStatus status = progress.status();
    EXPECT_EQ(status.suspicious.at("orders").count, 2U);
    EXPECT_EQ(status.suspicious.at("orders").sequence, "8");
    EXPECT_EQ(status.refused.at("orders").records, 5U);

    progress.adopted({"arn:aws:dynamodb:r:1:table/o"});

    status = progress.status();
    EXPECT_FALSE(status.refused.contains("orders"));
    EXPECT_TRUE(status.refused.contains(""));
}

}  // namespace
}  // namespace freshet::engine
