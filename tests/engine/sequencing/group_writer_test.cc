// What engine/sequencing/group_writer.h promises. What becomes of each record is told by
// sequencer_test.cc, which goes the whole way.

#include "engine/sequencing/group_writer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/item_key.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/held_clock.h"
#include "tests/support/must.h"
#include "tests/world/appending.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::LogMark;
using storage::Position;
using support::must;

class GroupWriterTest : public ::testing::Test {
protected:
    GroupWriterTest() { bring_up(); }

    void bring_up() {
        must(keeper.bring_up([](const FoldProgress&) { return Result<void>(); }, [] {}));
        tail.restart(data->log().head().position);
    }

    [[nodiscard]] storage::Change order(const std::string& name,
                                        const std::string& sequence) const {
        return support::keyed(*catalog, support::inserted(name, sequence));
    }
    [[nodiscard]] std::string key_of(const std::string& name) const {
        return must(item_key_from_text(*catalog->table("orders"), {name}));
    }
    static WaitingBatch batch_of(std::vector<storage::Change> changes) {
        WaitingBatch waiting;
        waiting.batch = support::batch_of(std::move(changes));
        return waiting;
    }
    static std::vector<WaitingBatch> group_of(std::vector<storage::Change> changes) {
        std::vector<WaitingBatch> group;
        group.push_back(batch_of(std::move(changes)));
        return group;
    }
    // Puts an order into the log, past the writer.
    void logged(const std::string& name) {
        storage::LogBatch batch = data->log().begin();
        batch.add(order(name, "1"), {});
        must(data->log().append(batch));
    }

    const support::TempFolder folder;
    support::HeldClock clock;
    const std::shared_ptr<const Catalog> catalog = support::small_catalog();
    const std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
    Metrics metrics{*catalog};
    RecordTail tail{*catalog, 1U << 20U};
    LiveBoard live;
    ReadPointBoard board;
    StateKeeper keeper{*catalog, data->log(), data->state(), clock};
    GroupWriter writer{*catalog, *data, keeper, tail, live, board, metrics, clock};
};

TEST_F(GroupWriterTest, WritesAGroupAndShowsItAsOne) {
    std::vector<Position> woken;
    board.when_reached(Position{1}, [&] { woken.push_back(board.shown()); });
    std::vector<WaitingBatch> group;
    group.push_back(batch_of({order("a", "1")}));
    group.push_back(batch_of({order("a", "1"), order("b", "1")}));

    const auto written = must(writer.write(group));

    ASSERT_EQ(written.receipts.size(), 2U);
    EXPECT_EQ(written.receipts[0].appended, 1U);
    EXPECT_EQ(written.receipts[1].appended, 1U);
    EXPECT_EQ(written.receipts[1].duplicates, 1U) << "it sees the batch before it";
    EXPECT_EQ(written.receipts[1].outcomes.at(0).position, Position{1});
    EXPECT_EQ(woken, std::vector{Position{2}}) << "the group is one step";
    EXPECT_EQ(data->log().head().position, Position{2});
    EXPECT_EQ(keeper.folded(), data->log().head());
    EXPECT_EQ(tail.after(Position{}, Position{2}, {})->size(), 2U);
}

TEST_F(GroupWriterTest, WritesAndShowsNothingForAGroupWithoutANewRecord) {
    must(writer.write(group_of({order("a", "1")})));
    const auto shown = board.newest();

    const auto written = must(writer.write(group_of({order("a", "1")})));

    EXPECT_EQ(written.receipts.at(0).duplicates, 1U);
    EXPECT_EQ(written.receipts.at(0).position, Position{1});
    EXPECT_EQ(board.newest(), shown);
}

TEST_F(GroupWriterTest, CountsTheRecordsThatShowAMissedChange) {
    must(writer.write(group_of({order("a", "1")})));

    EXPECT_EQ(must(writer.write(group_of({order("a", "2"), order("b", "1")}))).gaps, 1U);
}

TEST_F(GroupWriterTest, BoundsTheFamiliesThatATableAdopts) {
    must(writer.write(group_of({order("a", "1")})));
    WaitingBatch adoptions;
    for (std::size_t i = 1; i < lineage_families_max; ++i) {
        adoptions.batch.notices.push_back(
            {.by = {}, .table = "orders", .stream = "family-" + std::to_string(i), .name = {}});
    }
    std::vector<WaitingBatch> group;
    group.push_back(std::move(adoptions));
    EXPECT_FALSE(must(writer.write(group)).receipts.at(0).refusal);
    group.front().batch.notices = {{.by = {}, .table = "orders", .stream = "one-more", .name = {}}};

    const auto refused = must(writer.write(group)).receipts.at(0);

    ASSERT_TRUE(refused.refusal);
    EXPECT_EQ(refused.refusal->faults.at(0).pointer, "/stream");
    EXPECT_EQ(refused.appended, 0U);
    group.front().batch.notices = {{.by = {}, .table = "orders", .stream = "family-1", .name = {}}};
    EXPECT_EQ(must(writer.write(group)).receipts.at(0).appended, 1U) << "which it knows";
}

TEST_F(GroupWriterTest, ShowsTheStateAsItIs) {
    logged("a");
    bring_up();

    must(writer.show());

    EXPECT_EQ(board.shown(), Position{1});
    EXPECT_EQ(board.newest()->mark(), data->log().head());
    EXPECT_FALSE(writer.take_damage());
}

class GroupWriterDeathTest : public GroupWriterTest, support::FreshProcess {};

TEST_F(GroupWriterDeathTest, ShowsNothingButWhatIsInTheLog) {
    logged("a");
    EXPECT_DEATH((void)writer.show(), "what is shown is what is in the log");
}

TEST_F(GroupWriterDeathTest, AcknowledgesNothingThatCannotBeRead) {
    logged("a");
    bring_up();  // but not shown
    EXPECT_DEATH((void)writer.write(group_of({order("a", "1")})),
                 "what is acknowledged can be read");
}

TEST_F(GroupWriterTest, TakesAnItemFromAfterItsNextRecordForDamagedAndAppendsNothing) {
    storage::StateBatch batch = must(data->state().begin());
    batch.put_item("orders", key_of("a"),
                   {.source = {},
                    .label = {},
                    .sequence = "1",
                    .created = Position{1},
                    .changed = Position{100},
                    .others = {},
                    .image = {}});
    must(keeper.commit(std::move(batch), data->log().head()));
    const storage::LogMark head = data->log().head();

    const auto written = writer.write(group_of({order("a", "2")}));

    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, Errc::damaged_state);
    EXPECT_EQ(data->log().head(), head);
}

TEST_F(GroupWriterTest, TakesAnItemWithoutASequenceNumberForDamaged) {
    storage::StateBatch batch = must(data->state().begin());
    batch.put_item("orders", key_of("a"),
                   {.source = {},
                    .label = {},
                    .sequence = "seven",
                    .created = Position{1},
                    .changed = Position{1},
                    .others = {},
                    .image = {}});
    must(keeper.commit(std::move(batch), data->log().head()));

    const auto written = writer.write(group_of({order("a", "8")}));

    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, Errc::damaged_state);
}

storage::Notice revoking(storage::RevokedBy revoked_by, const std::string& name, int kept_s) {
    return {.kind = storage::NoticeKind::revocation,
            .by = "root",
            .table = {},
            .stream = {},
            .revoked_by = revoked_by,
            .name = name,
            .kept = std::chrono::seconds(kept_s)};
}

TEST_F(GroupWriterTest, AppendsARevocationUnlessItSaysWhatIsSoAlready) {
    using storage::RevokedBy;
    std::chrono::system_clock::time_point noon{std::chrono::seconds(1'800'000'000)};
    clock.set_wall(noon);
    const auto appended = [&](RevokedBy revoked_by, int kept_s) {
        std::vector<WaitingBatch> group(1);
        group.front().batch.notices = {revoking(revoked_by, "x", kept_s)};
        return must(writer.write(group)).receipts.front().appended;
    };

    EXPECT_EQ(appended(RevokedBy::subject, 0), 1U);
    EXPECT_EQ(appended(RevokedBy::subject, 0), 1U) << "up to a later moment";
    EXPECT_EQ(appended(RevokedBy::token_id, 60), 1U);
    EXPECT_EQ(appended(RevokedBy::token_id, 60), 0U);
    EXPECT_EQ(appended(RevokedBy::token_id, 61), 1U) << "for longer";
    EXPECT_EQ(appended(RevokedBy::token_id, 0), 1U) << "for ever";
    EXPECT_EQ(appended(RevokedBy::token_id, 70), 0U);
    EXPECT_EQ(appended(RevokedBy::session, 60), 1U);
    EXPECT_EQ(appended(RevokedBy::session, 61), 0U) << "it ends with its token";
    clock.set_wall(noon + std::chrono::seconds(60));
    EXPECT_EQ(appended(RevokedBy::session, 60), 1U) << "the first has had its day";
}

// Or nobody could have tokens until the clock is where it was.
TEST_F(GroupWriterTest, ARevocationIsOfTheClocksTimeThoughTheLogsIsAhead) {
    constexpr storage::AppendTime noon{std::chrono::seconds(1'800'000'000)};
    const storage::AppendTime earlier = noon - std::chrono::hours(1);
    clock.set_wall(noon);
    must(writer.write(group_of({order("a", "1")})));
    clock.set_wall(earlier);
    std::vector<WaitingBatch> group(1);
    group.front().batch.notices = {revoking(storage::RevokedBy::subject, "ann", 60)};

    const auto written = must(writer.write(group));

    ASSERT_EQ(written.revocations.size(), 1U);
    EXPECT_EQ(written.revocations.front().at, earlier);
    EXPECT_EQ(written.revocations.front().until, earlier + std::chrono::seconds(60));
    EXPECT_EQ(must(must(writer.read_point())->revocations()), written.revocations);
}

TEST_F(GroupWriterTest, ARevocationIsOfTheLaterOfWhenItWasAskedForAndWritten) {
    constexpr storage::AppendTime noon{std::chrono::seconds(1'800'000'000)};
    std::vector<WaitingBatch> group(1);
    group.front().batch.notices = {revoking(storage::RevokedBy::subject, "ann", 60)};
    group.front().batch.notices.front().asked = noon;

    clock.set_wall(noon - std::chrono::seconds(5));
    EXPECT_EQ(must(writer.write(group)).revocations.front().at, noon);
    clock.set_wall(noon + std::chrono::seconds(5));
    EXPECT_EQ(must(writer.write(group)).revocations.front().at, noon + std::chrono::seconds(5));
}

}  // namespace
}  // namespace freshet::engine
