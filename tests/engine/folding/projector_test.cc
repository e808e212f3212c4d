// What engine/folding/projector.h and engine/projections/ promise, by example: each test is one
// sentence about the views after some changes. For any history, see tests/properties/.

#include "engine/folding/projector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using support::must;
using Ids = std::vector<std::string>;

class ProjectorTest : public ::testing::Test {
protected:
    void ordered(const std::string& id, const std::string& creator, const std::string& at) {
        must(shop.append({shop.inserted(
            {.id = id,
             .attributes = {{"creator", creator}, {"createdAt", at}, {"status", "NEW"}}})}));
    }
    void became(const std::string& id, const std::string& creator, const std::string& at,
                const std::string& status) {
        must(shop.append({shop.modified(
            {.id = id,
             .attributes = {{"creator", creator}, {"createdAt", at}, {"status", status}}})}));
    }
    void canceled(const std::string& id) { must(shop.append({shop.removed({.id = id})})); }

    support::Shop shop;
};

TEST_F(ProjectorTest, ShowsAnOrderInEveryViewAtOnce) {
    ordered("o-1", "ann", "2026-01-01");

    EXPECT_EQ(shop.order("o-1"), R"({"id":"o-1","status":"NEW"})");
    EXPECT_EQ(shop.list("my-orders", {"ann"}), Ids{"o-1"});
    EXPECT_EQ(shop.list("open-orders", {}), Ids{"o-1"});
}

TEST_F(ProjectorTest, KeepsOneRowInItsPlaceHoweverOftenTheOrderChanges) {
    ordered("o-1", "ann", "2026-01-01");
    ordered("o-2", "ann", "2026-01-02");
    for (const char* status : {"A", "B", "C"}) became("o-1", "ann", "2026-01-01", status);

    EXPECT_EQ(shop.list("my-orders", {"ann"}), (Ids{"o-2", "o-1"}));
    EXPECT_EQ(shop.order("o-1"), R"({"id":"o-1","status":"C"})");
}

TEST_F(ProjectorTest, MovesTheRowWhenTheCreatorOrTheDateChanges) {
    ordered("o-1", "ann", "2026-01-01");
    ordered("o-2", "ann", "2026-01-02");

    became("o-1", "bob", "2026-01-01", "NEW");
    EXPECT_EQ(shop.list("my-orders", {"ann"}), Ids{"o-2"});
    EXPECT_EQ(shop.list("my-orders", {"bob"}), Ids{"o-1"});

    became("o-1", "ann", "2026-01-03", "NEW");
    EXPECT_EQ(shop.list("my-orders", {"ann"}), (Ids{"o-1", "o-2"}));
    EXPECT_EQ(shop.list("my-orders", {"bob"}), Ids{});
}

TEST_F(ProjectorTest, TakesARowOffAListWhoseConditionNoLongerHolds) {
    ordered("o-1", "ann", "2026-01-01");

    became("o-1", "ann", "2026-01-01", "COMPLETED");

    EXPECT_EQ(shop.list("open-orders", {}), Ids{});
    EXPECT_EQ(shop.list("my-orders", {"ann"}), Ids{"o-1"});
}

TEST_F(ProjectorTest, RemovesAnOrderFromEveryView) {
    ordered("o-1", "ann", "2026-01-01");

    canceled("o-1");

    EXPECT_EQ(shop.order("o-1"), std::nullopt);
    EXPECT_EQ(shop.list("my-orders", {"ann"}), Ids{});
    EXPECT_EQ(shop.list("open-orders", {}), Ids{});
}

TEST_F(ProjectorTest, BreaksTiesByKey) {
    for (const char* id : {"c", "a", "b"}) ordered(id, "ann", "2026-01-01");

    EXPECT_EQ(shop.list("my-orders", {"ann"}), (Ids{"a", "b", "c"}));
}

TEST_F(ProjectorTest, MakesAnItemOfAModifyItNeverSawTheInsertOf) {
    became("o-1", "ann", "2026-01-01", "SUBMITTED");

    EXPECT_EQ(shop.order("o-1"), R"({"id":"o-1","status":"SUBMITTED"})");
    EXPECT_EQ(shop.list("my-orders", {"ann"}), Ids{"o-1"});
}

TEST_F(ProjectorTest, KeepsWhatItKnewAndMarksItStaleWhenAModifyComesWithoutItsImage) {
    ordered("o-1", "ann", "2026-01-01");
    storage::Change keys_only = shop.modified({.id = "o-1"});
    keys_only.after.reset();
    must(shop.append({keys_only}));
    const auto* view = std::get<const ItemView*>(shop.engine().catalog().view("order"));

    const auto stale = must(shop.now()->item(*view, {"o-1"}, *everybody()));
    ASSERT_TRUE(stale);
    EXPECT_TRUE(stale->stale);
    EXPECT_EQ(stale->json, R"({"id":"o-1","status":"NEW"})");
    EXPECT_EQ(shop.list("my-orders", {"ann"}), Ids{"o-1"});

    became("o-1", "ann", "2026-01-01", "SUBMITTED");
    EXPECT_FALSE(must(shop.now()->item(*view, {"o-1"}, *everybody()))->stale);
}

TEST_F(ProjectorTest, LeavesNoImageOfAnInsertThatCameWithoutOne) {
    ordered("o-1", "ann", "2026-01-01");
    storage::Change keys_only = shop.inserted({.id = "o-1"});
    keys_only.after.reset();

    must(shop.append({keys_only}));

    EXPECT_EQ(shop.order("o-1"), std::nullopt);
    EXPECT_EQ(shop.list("my-orders", {"ann"}), Ids{});
}

TEST_F(ProjectorTest, HasNoRowForAnItemWithoutAPartition) {
    must(shop.append({shop.inserted({.id = "o-1", .attributes = {{"status", "NEW"}}})}));

    EXPECT_EQ(shop.list("open-orders", {}), Ids{"o-1"});
    EXPECT_EQ(shop.list("my-orders", {""}), Ids{});
}

}  // namespace
}  // namespace freshet::engine
