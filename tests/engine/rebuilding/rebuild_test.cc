// What engine/rebuilding/rebuild.h promises, by example.

#include "engine/rebuilding/rebuild.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/item_key.h"
#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::DataFolder;
using storage::Position;
using support::must;

constexpr const char* table = R"(
[[table]]
name = "orders"
key  = ["pk"]
)";

constexpr const char* lists = R"(
[[table.list]]
name   = "my-orders"
by     = "creator"
sort   = "createdAt desc"
fields = ["id=pk"]

[[table.list]]
name   = "open-orders"
where  = { status = ["OPEN"] }
fields = ["id=pk"]

[[table.total]]
name   = "by-status"
by     = "status"
values = ["count", { max = "createdAt" }]
)";

using Attributes = std::map<std::string, std::string>;
using Entries = std::vector<std::pair<std::string, std::string>>;

class RebuildTest : public ::testing::Test {
protected:
    // Closes the server, and opens it with this configuration: its lists are built as far as
    // build() is called then.
    void open(const std::string& text) {
        if (shop) {
            must(shop->reconfigure(text));
        } else {
            shop.emplace(text);
        }
    }

    void stop() {
        shop->close();
        must(must(DataFolder::open(shop->path(), {}))->settle());
    }

    void append(ChangeKind kind, const std::string& id, Attributes attributes = {}) {
        const support::Shop::Order order{.id = id, .attributes = std::move(attributes)};
        storage::Change change =
            kind == ChangeKind::remove ? shop->removed(order) : shop->inserted(order);
        change.kind = kind;
        ASSERT_TRUE(shop->append({change}));
    }

    void append_orders() {
        for (int i = 0; i < 9; ++i) {
            append(ChangeKind::insert, "o-" + std::to_string(i),
                   {{"creator", i % 2 == 0 ? "alice" : "bob"},
                    {"createdAt", "2026-01-0" + std::to_string(i)},
                    {"status", i < 6 ? "OPEN" : "DONE"}});
        }
        append(ChangeKind::modify, "o-0",
               {{"creator", "bob"}, {"createdAt", "2026-02-01"}, {"status", "DONE"}});
        append(ChangeKind::remove, "o-8");
    }

    // Everything that the folder's own state holds.
    Entries state() {
        const auto data = must(DataFolder::open(shop->path(), {}));
        Entries entries;
        must(must(data->state().snapshot())
                 ->everything([&](std::string_view key, std::string_view value) {
                     entries.emplace_back(key, value);
                 }));
        return entries;
    }

    // Changes the state of the stopped server behind its back.
    template <class Change>
    void tamper(Change change) {
        const auto data = must(DataFolder::open(shop->path(), {}));
        auto batch = must(data->state().begin());
        change(batch);
        const auto checkpoint = must(data->state().checkpoint());
        ASSERT_TRUE(checkpoint);
        must(data->state().commit(std::move(batch), *checkpoint));
        must(data->settle());
    }

    // The place of an order in a list.
    std::string place_of(const std::string& list, const std::string& id) {
        const auto data = must(DataFolder::open(shop->path(), {}));
        std::string found;
        must(must(data->state().snapshot())
                 ->rows(rows_of(list), "", "",
                        [&](std::string_view place, std::string_view key) -> Result<bool> {
                            if (key == key_of(id)) found = place;
                            return true;
                        }));
        return found;
    }

    [[nodiscard]] std::string rows_of(const std::string& list) const {
        return std::get<const ListView*>(shop->catalog().view(list))->rows;
    }

    [[nodiscard]] std::string key_of(const std::string& id) const {
        return must(item_key_from_text(*shop->catalog().table("orders"), {id}));
    }

    // Does `work` with a rebuild by this configuration.
    template <class Work>
    auto with_rebuild(const std::string& text, Work work) {
        const auto other = must(parse_config(text, "shop.toml")).catalog;
        const auto data = must(DataFolder::open_without_state(shop->path(), {}));
        Rebuild rebuild(*other, *data, [this](const FoldProgress&) {
            ++reports;
            return Result<void>();
        });
        return work(rebuild);
    }

    Result<RebuildCheck> check(const std::string& text) {
        return with_rebuild(text, [](Rebuild& rebuild) { return rebuild.check(); });
    }

    Result<RebuildPreview> preview(const std::string& text) {
        return with_rebuild(text, [](Rebuild& rebuild) { return rebuild.preview(); });
    }

    std::optional<support::Shop> shop;
    const std::string config = std::string(table) + lists;
    int reports = 0;
};

const ViewDifference& view(const RebuildPreview& preview, const std::string& name) {
    const auto found = std::find_if(preview.views.begin(), preview.views.end(),
                                    [&](const ViewDifference& one) { return one.name == name; });
    if (found == preview.views.end()) std::abort();
    return *found;
}

TEST_F(RebuildTest, MakesTheStateThatTheServerHadMade) {
    open(config);
    append_orders();
    stop();
    const Entries before = state();
    tamper([&](storage::StateBatch& batch) { batch.erase_rows(rows_of("my-orders")); });
    ASSERT_NE(state(), before);

    const RebuildSum sum =
        must(with_rebuild(config, [](Rebuild& rebuild) { return rebuild.run(); }));

    EXPECT_EQ(state(), before);
    EXPECT_EQ(sum.position, Position{11});
    EXPECT_EQ(sum.records, 11U);
    EXPECT_EQ(sum.items, 9U) << "the one that was removed as well";
    EXPECT_EQ(sum.rows, 8U + 5U + 2U + 8U) << "my-orders, open-orders, groups, values";
    EXPECT_GT(reports, 0);
}

TEST_F(RebuildTest, LeavesTheStateIfItIsBrokenOff) {
    open(config);
    append_orders();
    stop();
    const Entries before = state();
    {
        const auto data = must(DataFolder::open_without_state(shop->path(), {}));
        Rebuild rebuild(shop->catalog(), *data, [](const FoldProgress&) -> Result<void> {
            return fail(Errc::disk_full, "no room");
        });

        EXPECT_EQ(rebuild.run().error().code, Errc::disk_full);
    }

    EXPECT_EQ(state(), before);
}

TEST_F(RebuildTest, FindsAStateInOrder) {
    open(config);
    append_orders();
    stop();

    const RebuildCheck found = must(check(config));

    EXPECT_TRUE(found.comparison.differences.empty());
    EXPECT_EQ(found.comparison.items, 9U);
    EXPECT_EQ(found.records_behind, 0U);
    EXPECT_TRUE(found.completed.empty());
}

TEST_F(RebuildTest, FindsInOrderWhatIsBehindTheLogOnDisk) {
    open(config);
    append(ChangeKind::insert, "o-1", {{"creator", "alice"}, {"status", "OPEN"}});
    stop();
    std::filesystem::copy(shop->path() + "/state", shop->path() + "-kept");
    open(config);
    append(ChangeKind::modify, "o-1", {{"creator", "bob"}, {"status", "OPEN"}});
    stop();
    std::filesystem::remove_all(shop->path() + "/state");
    std::filesystem::rename(shop->path() + "-kept", shop->path() + "/state");

    const RebuildCheck found = must(check(config));

    EXPECT_TRUE(found.comparison.differences.empty());
    EXPECT_EQ(found.records_behind, 1U);
}

TEST_F(RebuildTest, FindsInOrderWhatIsBeingBuilt) {
    open(std::string(table));
    append_orders();
    open(config);
    ASSERT_TRUE(shop->sequencer().build());
    append(ChangeKind::insert, "o-3a", {{"creator", "alice"}, {"status", "OPEN"}});
    append(ChangeKind::insert, "a", {{"creator", "alice"}, {"status", "OPEN"}});
    stop();

    const RebuildCheck found = must(check(config));

    EXPECT_TRUE(found.comparison.differences.empty());
    EXPECT_EQ(found.completed, (std::vector<std::string>{"my-orders", "open-orders", "by-status"}));
}

TEST_F(RebuildTest, NamesARowThatIsMissingAndOneTooMany) {
    open(config);
    append_orders();
    stop();
    const std::string place = place_of("open-orders", "o-3");
    tamper([&](storage::StateBatch& batch) {
        batch.erase_row(rows_of("open-orders"), place);
        batch.put_row(rows_of("my-orders"), "nowhere", key_of("o-4"));
    });

    const RebuildCheck found = must(check(config));

    ASSERT_EQ(found.comparison.differences.size(), 2U);
    for (const StateDifference& difference : found.comparison.differences) {
        const bool is_open = difference.part == "list open-orders";
        EXPECT_TRUE(is_open || difference.part == "list my-orders") << difference.part;
        EXPECT_EQ(difference.missing, is_open ? 1U : 0U);
        EXPECT_EQ(difference.surplus, is_open ? 0U : 1U);
        EXPECT_EQ(difference.other, 0U);
        EXPECT_EQ(difference.samples,
                  std::vector<std::string>{is_open ? R"(missing: "o-3")" : R"(too many: "o-4")"});
    }
}

TEST_F(RebuildTest, NamesAnItemAndAGroupOfAnotherContent) {
    open(config);
    append_orders();
    stop();
    const std::string total = std::get<const TotalView*>(shop->catalog().view("by-status"))->rows;
    tamper([&](storage::StateBatch& batch) {
        const auto item = must(batch.item("orders", key_of("o-1")));
        storage::ItemParts parts = item->parts();
        parts.stale = true;
        batch.put_item("orders", key_of("o-1"), parts);
        batch.put_row(total, std::string("g\x40") + "OPEN" + std::string("\0\x01", 2), "7");
    });

    const RebuildCheck found = must(check(config));

    ASSERT_EQ(found.comparison.differences.size(), 2U);
    EXPECT_EQ(found.comparison.differences[0].part, "table orders");
    EXPECT_EQ(found.comparison.differences[0].other, 1U);
    EXPECT_EQ(found.comparison.differences[0].samples, std::vector<std::string>{R"(other: "o-1")"});
    EXPECT_EQ(found.comparison.differences[1].part, "total by-status");
    EXPECT_EQ(found.comparison.differences[1].samples,
              std::vector<std::string>{R"(other: the group "OPEN")"});
}

TEST_F(RebuildTest, ShowsWhatEntersAListAndWhatLeavesIt) {
    open(config);
    append_orders();
    stop();
    const Entries before = state();

    const RebuildPreview shown = must(preview(std::string(table) + R"(
[[table.list]]
name   = "open-orders"
where  = { status = ["DONE"] }
fields = ["id=pk"]

[[table.list]]
name   = "by-age"
sort   = "createdAt"
fields = ["id=pk"]

[[table.total]]
name   = "by-status"
by     = "status"
where  = { status = ["OPEN"] }
values = ["count", { max = "createdAt" }]
)"));

    ASSERT_EQ(shown.views.size(), 4U);
    const ViewDifference& open_orders = view(shown, "open-orders");
    EXPECT_TRUE(open_orders.defined_otherwise);
    EXPECT_EQ(open_orders.before, 5U);
    EXPECT_EQ(open_orders.after, 3U);
    EXPECT_EQ(open_orders.entering, 3U);
    EXPECT_EQ(open_orders.leaving, 5U);
    EXPECT_EQ(open_orders.entering_samples,
              (std::vector<std::string>{R"("o-0")", R"("o-6")", R"("o-7")"}));
    EXPECT_EQ(open_orders.leaving_samples.size(), 5U);
    const ViewDifference& by_age = view(shown, "by-age");
    EXPECT_FALSE(by_age.was_there);
    EXPECT_EQ(by_age.after, 8U);
    const ViewDifference& my_orders = view(shown, "my-orders");
    EXPECT_FALSE(my_orders.is_there);
    EXPECT_EQ(my_orders.before, 8U);
    const ViewDifference& by_status = view(shown, "by-status");
    EXPECT_EQ(by_status.before, 2U);
    EXPECT_EQ(by_status.leaving_samples, std::vector<std::string>{R"("DONE")"});
    EXPECT_EQ(by_status.changing, 0U);
    EXPECT_EQ(shown.before, shown.after);
    EXPECT_EQ(state(), before);
}

TEST_F(RebuildTest, CountsItemsThatChangeTheirPlace) {
    open(config);
    append_orders();
    stop();
    std::string rising = config;
    rising.replace(rising.find("createdAt desc"), 14, "createdAt");

    const RebuildPreview shown = must(preview(rising));

    EXPECT_EQ(view(shown, "my-orders").changing, 8U);
    EXPECT_EQ(view(shown, "my-orders").entering, 0U);
    EXPECT_FALSE(view(shown, "open-orders").defined_otherwise);
    EXPECT_EQ(view(shown, "open-orders").changing, 0U);
}

TEST_F(RebuildTest, RefusesToShowATableOfAnotherKey) {
    open(config);
    append_orders();
    stop();

    const auto shown = preview("[[table]]\nname = \"orders\"\nkey = [\"id\"]\n");

    ASSERT_FALSE(shown);
    EXPECT_EQ(shown.error().code, Errc::refused);
    EXPECT_NE(shown.error().message.find("orders"), std::string::npos);
}

TEST_F(RebuildTest, ComparesWithNoStateOfAnotherLog) {
    open(config);
    append_orders();
    stop();
    {
        const auto data = must(DataFolder::open(shop->path(), {}));
        must(
            data->state().commit(must(data->state().begin()),
                                 checkpoint_at({.epoch = 1, .position = Position{5}, .chain = 2})));
        must(data->settle());
    }

    const auto found = check(config);

    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::damaged_state);
}

}  // namespace
}  // namespace freshet::engine
