// What engine/folding/state_keeper.h promises: a state is brought up to its log and to what is
// declared, and emptied only if it cannot be used.

#include "engine/folding/state_keeper.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/item_key.h"
#include "engine/config/config.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/held_clock.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"

namespace freshet::engine {
namespace {

using storage::LogMark;
using storage::Position;
using support::inserted;
using support::keyed;
using support::must;

constexpr const char* plain = R"(
[[table]]
name = "orders"
key  = ["pk"]
)";

constexpr const char* with_list = R"(
[[table]]
name = "orders"
key  = ["pk"]
[[table.list]]
name   = "by-status"
by     = "status"
fields = "all"
)";

class StateKeeperTest : public ::testing::Test {
protected:
    // Puts orders of these names into the log, and nothing into the state.
    void logged(const std::vector<std::string>& names) {
        storage::LogBatch batch = data->log().begin();
        for (const std::string& name : names) {
            batch.add(keyed(*declared.catalog, inserted(name, "1", {{"status", "NEW"}})), {});
        }
        must(data->log().append(batch));
    }

    StateKeeper keeper_of(const Config& config) {
        return {*config.catalog, data->log(), data->state(), clock};
    }
    LogMark bring_up(StateKeeper& keeper) {
        return must(keeper.bring_up([](const FoldProgress&) { return Result<void>(); },
                                    [this] { ++clearings; }));
    }
    [[nodiscard]] bool holds(const std::string& name) {
        const auto key = must(item_key_from_text(*declared.catalog->table("orders"), {name}));
        return must(must(data->state().snapshot())->item("orders", key)) != nullptr;
    }

    const support::TempFolder folder;
    const support::HeldClock clock;
    const Config declared = must(parse_config(plain, "freshet.toml"));
    const Config extended = must(parse_config(with_list, "freshet.toml"));
    const std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
    int clearings = 0;
};

TEST_F(StateKeeperTest, FoldsTheWholeLogIntoAnEmptyState) {
    logged({"a", "b"});
    StateKeeper keeper = keeper_of(declared);

    EXPECT_EQ(bring_up(keeper), data->log().head());

    EXPECT_EQ(keeper.folded(), data->log().head());
    EXPECT_EQ(keeper.records(), 2U);
    EXPECT_EQ(clearings, 0);
    EXPECT_TRUE(holds("a"));
    EXPECT_FALSE(keeper.is_building());
}

TEST_F(StateKeeperTest, FoldsOnlyWhatTheStateDoesNotTakeAccountOf) {
    logged({"a", "b"});
    StateKeeper first = keeper_of(declared);
    bring_up(first);
    logged({"c"});
    StateKeeper keeper = keeper_of(declared);

    EXPECT_EQ(must(keeper.trusted_mark()).position, Position{2});
    bring_up(keeper);

    EXPECT_EQ(keeper.records(), 1U);
    EXPECT_EQ(clearings, 0);
    EXPECT_TRUE(holds("c"));
}

TEST_F(StateKeeperTest, EmptiesAStateThatItDistrusts) {
    logged({"a"});
    StateKeeper keeper = keeper_of(declared);
    bring_up(keeper);

    keeper.distrust();
    EXPECT_EQ(keeper.trusted_mark().error().code, Errc::damaged_state);
    bring_up(keeper);

    EXPECT_EQ(clearings, 1);
    EXPECT_EQ(keeper.records(), 2U) << "the one record, folded twice";
    EXPECT_TRUE(holds("a"));
    EXPECT_TRUE(keeper.trusted_mark()) << "the new one is trusted";
}

TEST_F(StateKeeperTest, EmptiesAStateOfAnotherLayoutOrAnotherLog) {
    logged({"a"});
    const LogMark head = data->log().head();
    for (const storage::Checkpoint& strange :
         {storage::Checkpoint{.mark = head, .layout = state_layout + 1},
          storage::Checkpoint{.mark = {.epoch = head.epoch + 1, .position = head.position},
          .layout = state_layout}}) {
        must(data->state().commit(must(data->state().begin()), strange));
        StateKeeper keeper = keeper_of(declared);
        clearings = 0;

        EXPECT_EQ(keeper.trusted_mark().error().code, Errc::damaged_state);
        bring_up(keeper);

        EXPECT_EQ(clearings, 1);
        EXPECT_TRUE(holds("a"));
    }
}

TEST_F(StateKeeperTest, FoldsFromTheBeginningWhenATableIsDeclaredWhoseRecordsWereSkipped) {
    const Config others =
        must(parse_config("[[table]]\nname = 'others'\nkey = ['pk']\n", "freshet.toml"));
    logged({"a"});
    StateKeeper before = keeper_of(others);
    bring_up(before);
    EXPECT_FALSE(holds("a"));
    StateKeeper keeper = keeper_of(declared);

    EXPECT_FALSE(must(keeper.take_over(must(keeper.trusted_mark()))));
    bring_up(keeper);

    EXPECT_EQ(clearings, 1);
    EXPECT_TRUE(holds("a"));
}

TEST_F(StateKeeperTest, EndsWhenItsReportFails) {
    logged({"a"});
    StateKeeper keeper = keeper_of(declared);

    const auto failed = keeper.bring_up(
        [](const FoldProgress&) -> Result<void> { return fail(Errc::unavailable, "enough"); },
        [] {});

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "enough");
    EXPECT_EQ(bring_up(keeper), data->log().head()) << "it may be called again";
}

TEST_F(StateKeeperTest, BuildsWhatIsLackingSliceBySlice) {
    logged({"a", "b", "c"});
    StateKeeper before = keeper_of(declared);
    bring_up(before);
    StateKeeper keeper = keeper_of(extended);

    bring_up(keeper);

    ASSERT_TRUE(keeper.is_building());
    EXPECT_EQ(keeper.contents().whole->list("by-status"), nullptr);
    EXPECT_EQ(must(keeper.builds()).at(0).views, std::vector<std::string>{"by-status"});
    EXPECT_FALSE(must(keeper.build(2)));
    EXPECT_TRUE(must(keeper.build(2)));
    EXPECT_FALSE(keeper.is_building());
    EXPECT_NE(keeper.contents().whole->list("by-status"), nullptr);
    EXPECT_TRUE(must(keeper.builds()).empty());
}

TEST_F(StateKeeperTest, CommitsABatchOfWhatIsInTheLog) {
    StateKeeper keeper = keeper_of(declared);
    bring_up(keeper);
    logged({"a"});

    must(keeper.commit(must(data->state().begin()), data->log().head()));

    EXPECT_EQ(keeper.folded(), data->log().head());
    EXPECT_EQ(must(data->state().checkpoint())->mark, data->log().head());
}

class StateKeeperDeathTest : public StateKeeperTest, support::FreshProcess {};

TEST_F(StateKeeperDeathTest, FoldsNothingBeforeItKnowsWhatTheStateHolds) {
    StateKeeper keeper = keeper_of(declared);
    EXPECT_DEATH((void)keeper.contents(), "what the state holds is known before it is used");
    EXPECT_DEATH((void)keeper.fold({}, {}), "what the state holds is known before it is used");
}

TEST_F(StateKeeperDeathTest, IsNeverAheadOfItsLog) {
    StateKeeper keeper = keeper_of(declared);
    LogMark ahead = bring_up(keeper);
    ++ahead.position.value;
    EXPECT_DEATH((void)keeper.fold(ahead, {}), "a state is never ahead of its log");
    EXPECT_DEATH((void)keeper.commit(must(data->state().begin()), ahead),
                 "what is folded is in the log first");
}

TEST_F(StateKeeperDeathTest, BuildsNoRowsBesideTheLog) {
    logged({"a"});
    StateKeeper before = keeper_of(declared);
    bring_up(before);
    StateKeeper keeper = keeper_of(extended);
    bring_up(keeper);
    logged({"b"});
    EXPECT_DEATH((void)keeper.build(1), "rows are built of everything that is in the log");
    EXPECT_DEATH((void)before.build(1), "a slice is built only of what is lacking");
}

}  // namespace
}  // namespace freshet::engine
