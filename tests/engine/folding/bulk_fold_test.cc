// When engine/folding/state_keeper.h folds a log at once, and when it does not; and that
// engine/folding/bulk_fold.h leaves the disk the room that others need. That both ways lead to the
// same bytes, properties show (tests/properties/story_run.h).

#include "engine/folding/bulk_fold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/config/config.h"
#include "engine/folding/state_keeper.h"
#include "storage/data_folder.h"
#include "storage/disk_room.h"
#include "tests/disks/small_disk.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/held_clock.h"
#include "tests/support/must.h"
#include "tests/world/bulk_state.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"

namespace freshet::engine {
namespace {

using storage::Change;
using support::keyed;
using support::must;

constexpr const char* configuration = R"(
[[table]]
name = "orders"
key  = ["pk"]
[[table.list]]
name   = "by-status"
by     = "status"
fields = "all"
)";

constexpr std::uint64_t never = ~std::uint64_t{0};

// A folder with a log, in a given place.
class FoldedLog {
public:
    explicit FoldedLog(const std::string& path) : data(must(storage::DataFolder::open(path, {}))) {}

    [[nodiscard]] Change change(const std::string& source) const {
        return keyed(
            *declared.catalog,
            support::change_of(
                storage::ChangeKind::modify,
                {.id = "a", .attributes = {{"status", "NEW"}}, .source = source, .label = source}));
    }

    // Puts the change into the log so many times, as the first of its stream where it names one.
    void append(const Change& change, std::size_t times) {
        storage::LogBatch batch = data->log().begin();
        const std::uint32_t stream = change.source.empty() ? 0 : 1;
        for (std::size_t i = 0; i < times; ++i) {
            batch.add(change, {.stream = stream, .joins = stream == 1 && !has_joined_});
            has_joined_ = has_joined_ || stream == 1;
        }
        must(data->log().append(batch));
    }

    // Folds it into an empty state, and says whether that was done at once.
    bool folds_at_once(const KeeperOptions& options) {
        must(data->state().clear());
        return brings_up_at_once(options);
    }

    bool brings_up_at_once(const KeeperOptions& options) {
        storage::StateStore& state = data->state();
        StateKeeper keeper(*declared.catalog, data->log(), state, clock, options);
        const auto head =
            must(keeper.bring_up([](const FoldProgress&) { return Result<void>(); }, [] {}));
        EXPECT_EQ(head, data->log().head());
        bytes = support::bytes_of(*must(state.snapshot()));
        return keeper.bulk_sum().has_value();
    }

    const support::HeldClock clock;
    const Config declared = must(parse_config(configuration, "freshet.toml"));
    const std::unique_ptr<storage::DataFolder> data;
    support::StateBytes bytes;  // of the state that was made last

private:
    bool has_joined_ = false;
};

class BulkFoldTest : public ::testing::Test {
protected:
    const support::TempFolder folder;
    FoldedLog log{folder.file("data")};
};

// More than are committed at once, in every stretch.
TEST_F(BulkFoldTest, KnowsTheNamesOfWritesAsTheOtherWayDoes) {
    storage::LogBatch batch = log.data->log().begin();
    Change change = log.change("orders");
    for (int i = 0; i < 70'000; ++i) {
        change.idempotency.reset();
        if (i % 3 == 0) change.idempotency = {"ann", std::to_string(i), "f00d"};
        batch.add(change, {.stream = 1, .joins = i == 0});
        if (i % 1'000 != 0) continue;
        Change other = change;  // of a table that is declared no more
        other.table = "gone";
        other.idempotency = {"ann", "gone " + std::to_string(i), "f00d"};
        batch.add(other, {.stream = 1, .joins = i == 0});
        batch.add(storage::Notice{.kind = storage::NoticeKind::idempotency,
                                  .by = "ann",
                                  .table = "orders",
                                  .stream = {},
                                  .name = {},
                                  .idempotency = {{"ann", "none " + std::to_string(i), "beef"}},
                                  .keys = change.keys,
                                  .newest = {1}});
    }
    must(log.data->log().append(batch));

    EXPECT_TRUE(log.folds_at_once({}));

    const support::StateBytes at_once = log.bytes;
    EXPECT_FALSE(log.folds_at_once({.bulk_positions_min = never}));
    EXPECT_EQ(at_once, log.bytes);
}

TEST_F(BulkFoldTest, IsForLogsOf65536PositionsOrMore) {
    log.append(log.change("orders"), 65'535);
    EXPECT_FALSE(log.folds_at_once({}));
    log.append(log.change("orders"), 1);

    EXPECT_TRUE(log.folds_at_once({}));

    const support::StateBytes at_once = log.bytes;
    EXPECT_FALSE(log.folds_at_once({.bulk_positions_min = never}));
    EXPECT_EQ(at_once, log.bytes);
}

TEST_F(BulkFoldTest, IsFollowedByOneRecordByRecordAfterItWasInterrupted) {
    log.append(log.change("orders"), 3);
    storage::StateStore& state = log.data->state();
    const storage::LogMark begin{.epoch = log.data->log().head().epoch, .position = {}, .chain = 0};
    must(state.commit(must(state.begin()), {.mark = begin, .layout = unfinished_layout}));

    EXPECT_FALSE(log.brings_up_at_once({.bulk_positions_min = 0}));

    must(state.clear());
    EXPECT_TRUE(log.brings_up_at_once({.bulk_positions_min = 0})) << "and by none after it";
}

TEST_F(BulkFoldTest, TakesAsManyRecordsThatNameNoStreamAsOneHistoryHolds) {
    log.append(log.change("orders"), 1);
    log.append(log.change(""), 4'096);
    EXPECT_TRUE(log.folds_at_once({.bulk_positions_min = 0}));
    log.append(log.change(""), 1);

    EXPECT_FALSE(log.folds_at_once({.bulk_positions_min = 0}));

    const support::StateBytes fallen_back = log.bytes;
    EXPECT_FALSE(log.folds_at_once({.bulk_positions_min = never}));
    EXPECT_EQ(fallen_back, log.bytes);
}

TEST(BulkFoldOnASmallDiskTest, GivesUpBeforeItTakesTheRoomThatOthersNeed) {
    constexpr std::uint64_t mebibyte = 1U << 20U;
    support::SmallDisk disk(64 * mebibyte);
    FoldedLog log(disk.file("data"));
    for (int i = 0; i < 32; ++i) {
        storage::LogBatch batch = log.data->log().begin();
        const std::string id = std::to_string(i);
        batch.add(keyed(*log.declared.catalog,
                        support::inserted(id, "1", {{"text", std::string(mebibyte / 4, 'x')}})),
                  {.stream = 1, .joins = i == 0});
        must(log.data->log().append(batch));
    }
    // Eight of them, or a window, would do: what is written at once is far below that.
    disk.fill(storage::enough_room_bytes + 3 * mebibyte);
    std::uint64_t least = disk.free_bytes();
    const KeeperOptions options{.bulk_positions_min = 0,
                                .bulk = {.memory = mebibyte, .threads = 1}};
    StateKeeper keeper(*log.declared.catalog, log.data->log(), log.data->state(), log.clock,
                       options);

    must(keeper.bring_up(
        [&](const FoldProgress&) {
            least = std::min(least, disk.free_bytes());
            return Result<void>();
        },
        [] {}));

    EXPECT_FALSE(keeper.bulk_sum()) << "it was done record by record";
    EXPECT_GE(least, storage::enough_room_bytes - mebibyte);
    disk.make_room();
    EXPECT_TRUE(log.folds_at_once(options)) << "control: with room it is done at once";
}

}  // namespace
}  // namespace freshet::engine
