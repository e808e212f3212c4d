// What the headers of reading say always holds: broken on purpose, and noticed.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/config/config.h"
#include "engine/folding/projection_set.h"
#include "engine/views/item_history.h"
#include "engine/views/list_cursor.h"
#include "engine/views/page_ranges.h"
#include "engine/views/read_point.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_parts.h"

namespace freshet::engine {
namespace {

using storage::RowOrder;
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
name = "count"

[[table]]
name = "notes"
key  = ["pk"]
)";

class ViewDeathTest : public ::testing::Test, support::FreshProcess {
protected:
    ViewDeathTest() {
        must(engine->append(support::batch_of(
            {support::keyed(*catalog, inserted("o-1", "1", {{"creator", "ann"}}))})));
    }

    const Table& orders() { return *catalog->table("orders"); }
    const ListView& list() { return orders().lists.front(); }
    const TotalView& total() { return orders().totals.front(); }
    std::shared_ptr<const ReadPoint> now() { return must(engine->sequencer().read_point()); }
    std::shared_ptr<const storage::StateSnapshot> state() {
        return must(engine->folder().state().snapshot());
    }

    support::TempFolder folder;
    std::shared_ptr<const Catalog> catalog = must(parse_config(configuration, "")).catalog;
    std::unique_ptr<support::SteppedParts> engine =
        must(support::SteppedParts::open(folder.file("data"), {}, catalog));
};

TEST_F(ViewDeathTest, HasAStateAndDefinitionsAtEachReadPoint) {
    const auto set = std::make_shared<const ProjectionSet>();
    const auto families = std::make_shared<const KnownFamilies>();
    const auto damage = std::make_shared<DamageFlag>(false);

    EXPECT_DEATH(ReadPoint({}, nullptr, set, families, damage), "a read point has a state");
    EXPECT_DEATH(ReadPoint({}, state(), nullptr, families, damage), "a read point has a state");
    EXPECT_DEATH(ReadPoint({}, state(), set, families, nullptr), "a read point has a state");
}

TEST_F(ViewDeathTest, ReadsListsAndTotalsByTheirOwnTable) {
    ListView other_list = list();
    other_list.table = catalog->table("notes");
    TotalView other_total = total();
    other_total.table = other_list.table;
    ProjectionSet set;
    set.add(other_list);
    set.add(other_total);
    const ReadPoint read_point({}, state(), std::make_shared<const ProjectionSet>(std::move(set)),
                               std::make_shared<const KnownFamilies>(),
                               std::make_shared<DamageFlag>(false));

    EXPECT_DEATH((void)read_point.definition_of(list()), "a list stays with its table");
    EXPECT_DEATH((void)read_point.definition_of(total()), "a total stays with its table");
}

TEST_F(ViewDeathTest, HasRoomForSomethingOnAPage) {
    const auto history = must(ItemHistory::find(engine->folder().log(), *now(), orders(), {"o-1"}));
    ASSERT_TRUE(history);

    EXPECT_DEATH((void)now()->page(list(), {.partition = {"ann"}, .limit = 0}, *everybody()),
                 "a page of a list has room for an item");
    EXPECT_DEATH((void)now()->page(total(), GroupsRequest{.first = {}, .limit = 0}, *everybody()),
                 "a page of groups has room for a group");
    EXPECT_DEATH((void)history->page({.limit = 0}), "a page of changes has room for a change");
}

TEST_F(ViewDeathTest, GivesNoCursorThatLeadsOutOfItsPartition) {
    const CursorScope scope{.name = "of-creator", .fingerprint = 1, .prefix = "ann", .reading = {}};

    EXPECT_DEATH(write_cursor(scope, "bob"), "a cursor stays within its partition");
    EXPECT_DEATH(write_cursor({}, ""), "a cursor stays within its partition");
}

TEST_F(ViewDeathTest, ReadsNoRowOfAPageTwice) {
    PageRanges overlapping{.ranges = {{.begin = "a", .end = "c"}, {.begin = "b", .end = "d"}},
                           .order = RowOrder::rising};
    PageRanges open{.ranges = {{.begin = "a", .end = ""}, {.begin = "b", .end = ""}},
                    .order = RowOrder::falling};

    EXPECT_DEATH(go_on_after(overlapping, "b"), "the ranges of a page do not overlap");
    EXPECT_DEATH(go_on_after(open, "b"), "the ranges of a page do not overlap");
}

}  // namespace
}  // namespace freshet::engine
