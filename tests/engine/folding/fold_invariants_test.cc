// What the headers of the fold say always holds: broken on purpose, and noticed.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/seen_image.h"
#include "engine/clock.h"
#include "engine/config/config.h"
#include "engine/folding/items.h"
#include "engine/folding/lists.h"
#include "engine/folding/log_fold.h"
#include "engine/folding/projection_set.h"
#include "engine/folding/projector.h"
#include "engine/folding/rows.h"
#include "engine/folding/state_contents.h"
#include "engine/folding/state_steps.h"
#include "engine/folding/table_walk.h"
#include "engine/folding/total_rows.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::engine {
namespace {

using storage::ItemParts;
using storage::LogMark;
using storage::Position;
using storage::StateBatch;
using support::inserted;
using support::must;

constexpr const char* configuration = R"(
[[table]]
name = "orders"
key  = ["pk"]

[[table.list]]
name   = "of-creator"
by     = "creator"
fields = ["id=pk"]

[[table.total]]
name   = "by-status"
by     = "status"
values = ["count", { sum = "minutes" }, { max = "due" }]

[[table]]
name = "notes"
key  = ["pk"]

[[table.list]]
name   = "notes-of"
by     = "creator"
fields = ["id=pk"]

[[table.total]]
name   = "notes-count"
)";

// A data folder and a catalog, and what is needed to fold from the one by the other.
class FoldDeathTest : public ::testing::Test, support::FreshProcess {
protected:
    static std::shared_ptr<const Catalog> read_catalog() {
        return must(parse_config(configuration, "")).catalog;
    }

    [[nodiscard]] const Table& orders() const { return *catalog->table("orders"); }
    [[nodiscard]] const Table& notes() const { return *catalog->table("notes"); }
    [[nodiscard]] const TotalView& by_status() const { return orders().totals.front(); }
    [[nodiscard]] TableRows rows_of_orders() const {
        return {.table = &orders(), .lists = {&orders().lists.front()}, .totals = {&by_status()}};
    }

    storage::StateStore& state() { return data->state(); }
    StateBatch batch() { return must(state().begin()); }
    LogMark at(std::uint64_t position) {
        return {
            .epoch = data->log().head().epoch, .position = Position{position}, .chain = position};
    }
    void commit_at(const LogMark& mark) { must(state().commit(batch(), checkpoint_at(mark))); }

    // The record of an order at position 1.
    storage::Record record() {
        storage::LogBatch batch = data->log().begin();
        return batch.add(inserted("o-1", "1", {{"creator", "ann"}}), {});
    }
    static StateContents nothing() {
        return {.whole = std::make_shared<const ProjectionSet>(), .walks = {}};
    }

    support::TempFolder folder;
    std::shared_ptr<const Catalog> catalog = read_catalog();
    std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
    const SystemClock clock{};
};

// ---- records and items ----

TEST_F(FoldDeathTest, KnowsWhatTheStateContains) {
    StateBatch into = batch();

    EXPECT_DEATH((void)Projector(*catalog).apply(record(), StateContents{}, into),
                 "a fold knows what the state contains");
}

TEST_F(FoldDeathTest, FoldsTheRecordsOfAnItemInOrder) {
    EXPECT_DEATH(fold_item(change_of(record(), 1, std::nullopt), ItemParts{.changed = Position{1}}),
                 "the records of an item are folded in order");
}

TEST_F(FoldDeathTest, TakesAStateWithAnItemFromAfterTheRecordForDamaged) {
    StateBatch into = batch();
    into.put_item("orders", must(Projector::key_of(record(), orders())),
                  ItemParts{.created = Position{1}, .changed = Position{1}});

    const auto folded = Projector(*catalog).apply(record(), nothing(), into);

    ASSERT_FALSE(folded) << "what the state says may be the disk's fault, and not ours";
    EXPECT_EQ(folded.error().code, Errc::damaged_state);
}

// ---- rows ----

TEST_F(FoldDeathTest, WritesNoRowThatPointsAtNothing) {
    StateBatch into = batch();
    const storage::Record folded = record();
    const SeenImage is(*folded.after());

    EXPECT_DEATH(fold_list(orders().lists.front(), "", nullptr, &is, into),
                 "a row points at an item");
}

TEST_F(FoldDeathTest, FoldsRowsByTheirOwnTable) {
    StateBatch into = batch();
    TableRows of_none = rows_of_orders();
    of_none.table = nullptr;
    const TableRows lists{.table = &orders(), .lists = {&notes().lists.front()}, .totals = {}};
    const TableRows totals{.table = &orders(), .lists = {}, .totals = {&notes().totals.front()}};

    EXPECT_DEATH((void)fold_rows(of_none, "k", {}, {}, into), "rows are of a table");
    EXPECT_DEATH((void)fold_rows(lists, "k", {}, {}, into),
                 "a list is folded by its own definition of the table");
    EXPECT_DEATH((void)fold_rows(totals, "k", {}, {}, into),
                 "a total is folded by its own definition of the table");
}

// ---- totals ----

TEST_F(FoldDeathTest, NeverCountsBelowZero) {
    GroupRow row = empty_group(by_status());

    EXPECT_DEATH(row.take_away({Decimal()}), "the count of a group never goes below zero");
}

TEST_F(FoldDeathTest, AddsOneNumberToEachSum) {
    GroupRow row = empty_group(by_status());

    EXPECT_DEATH(row.add({}), "an item gives one addend to each sum");
    row.add({Decimal()});
    EXPECT_DEATH(row.take_away({}), "an item takes one addend from each sum");
}

TEST_F(FoldDeathTest, HasNoRowForAGroupWithoutItems) {
    EXPECT_DEATH(encode_group(empty_group(by_status())), "a group without items has no row");
}

TEST_F(FoldDeathTest, KeepsRowsOfExtremesOnly) {
    constexpr std::size_t count = 0;
    constexpr std::size_t max = 2;

    EXPECT_EQ(path_of_extreme(by_status(), max), max);
    EXPECT_DEATH(path_of_extreme(by_status(), count), "is a minimum or maximum");
    EXPECT_DEATH(path_of_extreme(by_status(), 3), "is a minimum or maximum");
    EXPECT_DEATH(extremes_prefix("g", total_values_max), "a path is one of the total's values");
}

// ---- what is whole, and what is being built ----

TEST_F(FoldDeathTest, HoldsEachProjectionOnce) {
    ProjectionSet set;
    set.add(orders().lists.front());
    set.add(by_status());

    EXPECT_DEATH(set.add(orders().lists.front()), "a projection is in the set once");
    EXPECT_DEATH(set.add(by_status()), "a projection is in the set once");
}

TEST_F(FoldDeathTest, HoldsProjectionsByIdsThatBeginWithTheirNames) {
    ListView list = orders().lists.front();
    list.name = "of";
    ProjectionSet set;

    EXPECT_DEATH(set.add(list), "the id of a projection begins with its name");
}

TEST_F(FoldDeathTest, WalksForRowsOfATable) {
    EXPECT_DEATH(TableWalk({.table = &orders(), .lists = {}, .totals = {}}, ""),
                 "a walk builds rows of a table");
    EXPECT_DEATH(
        TableWalk({.table = nullptr, .lists = {&orders().lists.front()}, .totals = {}}, ""),
        "a walk builds rows of a table");
}

TEST_F(FoldDeathTest, MakesProgressWithEachSliceOfAWalk) {
    TableWalk walk(rows_of_orders(), "");
    const auto now = must(state().snapshot());
    StateBatch into = batch();

    EXPECT_DEATH((void)walk.next_slice(0, *now, into, clock), "a slice makes progress");
}

TEST_F(FoldDeathTest, WalksOverTheStateThatTheBatchIsBegunOver) {
    TableWalk walk(rows_of_orders(), "");
    const auto old = must(state().snapshot());
    commit_at(at(1));
    StateBatch into = batch();

    EXPECT_DEATH((void)walk.next_slice(1, *old, into, clock),
                 "a slice reads what its batch is begun over");
}

TEST_F(FoldDeathTest, TakesOverTheNewestCommit) {
    const auto old = must(state().snapshot());
    commit_at(at(1));
    StateBatch into = batch();

    EXPECT_DEATH((void)take_over(*catalog, *old, into),
                 "a state is taken over as of the newest commit");
}

TEST_F(FoldDeathTest, NotesNoProgressOfAWalkThatHasNone) {
    const TableWalk walk(rows_of_orders(), "");
    StateBatch into = batch();

    EXPECT_DEATH(note_progress(walk, into), "a walk that is under way has passed an item");
}

TEST_F(FoldDeathTest, EndsAWalkByTheCatalogThatItWasBegunBy) {
    const auto other = read_catalog();
    const TableWalk walk(rows_of_orders(), "");
    StateBatch into = batch();

    EXPECT_DEATH(note_end(walk, *other, into), "a walk ends by the catalog that it was begun by");
}

TEST_F(FoldDeathTest, EndsWithAnErrorWhereTheFactOfATableIsDamaged) {
    StateBatch damaged = batch();
    damaged.put_fact("table/orders", "0p");
    damaged.put_item("orders", "k", ItemParts{.changed = Position{1}});
    must(state().commit(std::move(damaged), checkpoint_at(at(1))));
    StateBatch into = batch();

    const auto taken = take_over(*catalog, *must(state().snapshot()), into);

    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::refused);
}

// ---- checkpoints ----

TEST_F(FoldDeathTest, LeavesTheCheckpointWhereNoRecordIsFolded) {
    TableWalk walk(rows_of_orders(), "");
    commit_at(at(1));

    EXPECT_DEATH((void)take_over_state(*catalog, state(), at(2)),
                 "taking over a state leaves its checkpoint where it is");
    EXPECT_DEATH((void)walk_on(walk, 1, *catalog, state(), at(2), clock),
                 "a walk leaves the checkpoint where it is");
}

TEST_F(FoldDeathTest, BeginsAtAPointOfItsLog) {
    LogFold fold(*catalog, data->log(), state());
    const auto report = [](const FoldProgress&) { return Result<void>(); };
    LogMark elsewhere = begin_of(data->log());
    ++elsewhere.epoch;

    EXPECT_DEATH((void)fold.run(elsewhere, nothing(), report),
                 "a fold begins in the epoch of its log");
    EXPECT_DEATH((void)fold.run(at(1), nothing(), report),
                 "a state takes account of nothing after its log");
}

}  // namespace
}  // namespace freshet::engine
