// What engine/reconciling/item_finding.h promises.

#include "engine/reconciling/item_finding.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "tests/world/images.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;
using storage::SourceTime;

constexpr SourceTime noon{std::chrono::hours(1'000'000)};

class ItemFindingTest : public ::testing::Test {
protected:
    // What the table knows of an item, changed well before noon.
    storage::ItemParts known() {
        return {.sequence = "5",
                .created = {1},
                .changed = {2},
                .stream = 1,
                .time = noon - seconds(60),
                .others = {},
                .image = open.view()};
    }
    storage::ItemParts removed() {
        storage::ItemParts parts = known();
        parts.image.reset();
        return parts;
    }
    ItemFinding found(const std::optional<storage::ItemParts>& item,
                      const std::optional<storage::Image>& exported) {
        return finding_of(item, exported ? std::optional(exported->view()) : std::nullopt, noon);
    }

    const storage::Image open = support::image_of({{"pk", "a"}, {"status", "OPEN"}});
    const storage::Image done = support::image_of({{"pk", "a"}, {"status", "DONE"}});
};

TEST_F(ItemFindingTest, SaysWhatTheExportBrings) {
    EXPECT_EQ(found(std::nullopt, open), ItemFinding::added);
    EXPECT_EQ(found(removed(), open), ItemFinding::added) << "it came back meanwhile";
    EXPECT_EQ(found(known(), done), ItemFinding::replaced);
    EXPECT_EQ(found(known(), std::nullopt), ItemFinding::removed);
    EXPECT_EQ(found(known(), open), ItemFinding::unchanged);
    EXPECT_EQ(found(removed(), std::nullopt), ItemFinding::unchanged);
}

TEST_F(ItemFindingTest, LeavesWhatTheStreamToldAtTheExportsMoment) {
    storage::ItemParts late = known();
    late.time = noon - seconds(2);

    EXPECT_EQ(found(late, done), ItemFinding::newer);
    EXPECT_EQ(found(late, std::nullopt), ItemFinding::newer);
    EXPECT_EQ(found(late, open), ItemFinding::unchanged);
}

TEST_F(ItemFindingTest, LeavesAloneWhatHasNoTime) {
    storage::ItemParts undated = known();
    undated.undated = true;  // the time is of an earlier record
    storage::ItemParts never = known();
    never.time.reset();

    EXPECT_EQ(found(undated, done), ItemFinding::undated);
    EXPECT_EQ(found(undated, std::nullopt), ItemFinding::undated);
    EXPECT_EQ(found(never, done), ItemFinding::undated);
    EXPECT_EQ(found(never, open), ItemFinding::unchanged);
}

TEST_F(ItemFindingTest, TakesAnImportForOlderThanAnyExport) {
    storage::ItemParts imported = known();
    imported.time.reset();
    imported.undated = true;
    imported.imported = true;

    EXPECT_EQ(found(imported, done), ItemFinding::replaced);
    EXPECT_EQ(found(imported, std::nullopt), ItemFinding::removed);
}

TEST_F(ItemFindingTest, ReplacesWhatIsStale) {
    storage::ItemParts stale = known();
    stale.stale = true;

    EXPECT_EQ(found(stale, open), ItemFinding::replaced) << "though the old image is the same";
    EXPECT_EQ(found(stale, std::nullopt), ItemFinding::removed);
    stale.image.reset();
    EXPECT_EQ(found(stale, open), ItemFinding::added);
    EXPECT_EQ(found(stale, std::nullopt), ItemFinding::unchanged) << "there is nothing to remove";
}

}  // namespace
}  // namespace freshet::engine
