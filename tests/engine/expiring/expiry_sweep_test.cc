// Items whose time is over: removed where they are written directly, hidden where a source will
// remove them.

#include "engine/expiring/expiry_sweep.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/commands/command.h"
#include "engine/records/expiry.h"
#include "engine/records/item_body.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using storage::ChangeKind;
using storage::ValueType;
using support::must;

constexpr std::int64_t now_s = 1'800'000'000;
constexpr std::int64_t five_years_s = 5LL * 365 * 24 * 3'600;

const std::string configuration = support::server_section + R"(
[[table]]
name    = "sessions"
key     = ["id"]
source  = "direct"
expires = "until"

[[table.view]]
name   = "session"
fields = ["*"]

[[table.list]]
name   = "all-sessions"
fields = ["id"]

[[table]]
name    = "orders"
key     = ["pk"]
expires = "until"

[[table.view]]
name   = "order"
fields = ["*"]

[[table.list]]
name   = "all-orders"
fields = ["pk"]

[[table.total]]
name   = "order-count"
values = ["count"]

[[table.event]]
type = "gone"
on   = "REMOVE"
)";

class ExpirySweepTest : public ::testing::Test {
protected:
    ExpirySweepTest() : world_(configuration) {
        world_.clock().set_wall(sys_seconds(seconds(now_s)));
    }

    [[nodiscard]] const Table& table(const std::string& name) {
        return *world_.catalog().table(name);
    }

    Receipt put(const std::string& id, const std::string& rest) {
        const Table& sessions = table("sessions");
        ChangeBatch batch;
        Command command{.table = &sessions, .item = must(ItemName::from_texts(sessions, {id}))};
        const auto document =
            must(read_document(R"({"id":")" + id + "\"" + rest + "}", ItemForm::plain));
        command.document =
            document_of(sessions, command.item.keys.view(), document.value().view()).value();
        batch.commands.push_back(std::move(command));
        return must(world_.append(std::move(batch)));
    }

    // `until` is the text of a number; empty: it has none.
    Receipt post(ChangeKind kind, const std::string& id, const std::string& until,
                 const std::string& status = "NEW") {
        storage::Change change = support::bare_change(
            kind, {.id = id, .attributes = {}, .sequence = std::to_string(++sequence_)});
        if (kind != ChangeKind::remove) {
            storage::ImageBuilder builder;
            std::vector<storage::ImageBuilder::Value> values;
            values.push_back(builder.scalar(ValueType::string, "pk", id));
            values.push_back(builder.scalar(ValueType::string, "status", status));
            if (!until.empty()) values.push_back(builder.scalar(ValueType::number, "until", until));
            change.after = builder.finish(values);
        }
        return must(world_.append({support::keyed(world_.catalog(), std::move(change))}));
    }

    // `meanwhile` is called once, before the first slice is handed in.
    Result<std::size_t> sweep(std::function<void()> meanwhile = nullptr) {
        if (!sweep_) {
            sweep_.emplace(world_.catalog(), world_.clock(),
                           ExpirySweep::Engine{
                               .read_point = [this] { return world_.engine().read_point(); },
                               .submit =
                                   [this](ChangeBatch batch, AppendDone done) {
                                       if (meanwhile_) std::exchange(meanwhile_, nullptr)();
                                       slices_.push_back(batch.due->keys.size());
                                       world_.engine().append(std::move(batch), std::move(done));
                                       world_.sequencer().step();
                                   }},
                           [this](const ExpiryStatus& status) { told_.push_back(status); });
        }
        meanwhile_ = std::move(meanwhile);
        return sweep_->sweep();
    }

    // What the view shows; nothing if there is no such item.
    std::optional<std::string> shown(const std::string& view, const std::string& id) {
        const auto found = world_.catalog().view(view);
        const auto answer =
            must(world_.now()->item(*std::get<const ItemView*>(found), {id}, *everybody()));
        return answer ? std::optional(answer->json) : std::nullopt;
    }

    std::vector<std::string> listed(const std::string& list) {
        const auto found = world_.catalog().view(list);
        return must(world_.now()->page(*std::get<const ListView*>(found), {}, *everybody())).items;
    }

    [[nodiscard]] storage::Position head() { return world_.now()->position(); }

    std::vector<storage::Record> records() {
        return must(world_.engine().records_after(*world_.now(), {}, {}));
    }

    support::SteppedEngine world_;
    std::uint64_t sequence_ = 0;
    std::function<void()> meanwhile_;
    std::vector<std::size_t> slices_;
    std::vector<ExpiryStatus> told_;
    std::optional<ExpirySweep> sweep_;
};

std::string at(std::int64_t time) {
    return std::to_string(time);
}
std::string until(std::int64_t time) {
    return R"(,"until":)" + at(time);
}

TEST_F(ExpirySweepTest, RemovesWhatIsWrittenDirectlyAndMarksIt) {
    put("a", until(now_s));
    put("b", until(now_s + 1));

    EXPECT_EQ(must(sweep()), 1U);

    EXPECT_EQ(listed("all-sessions"), std::vector<std::string>{R"({"id":"b"})"});
    const auto all = records();
    ASSERT_EQ(all.size(), 3U);
    const storage::Record& removal = all.back();
    EXPECT_EQ(removal.kind(), ChangeKind::remove);
    EXPECT_EQ(removal.before()->view().find("id")->text(), "a");
    EXPECT_TRUE(is_expiry(removal));
    EXPECT_FALSE(is_expiry(all.front()));
}

TEST_F(ExpirySweepTest, HidesWhatASourceWillRemoveAndLeavesItAsItIs) {
    post(ChangeKind::insert, "a", at(now_s - 1));
    post(ChangeKind::insert, "b", at(now_s + 1));
    const storage::Position newest = head();

    EXPECT_EQ(must(sweep()), 1U);

    EXPECT_EQ(shown("order", "a"), std::nullopt);
    EXPECT_EQ(must(world_.now()->item(table("orders"), {"a"}, *everybody())), std::nullopt);
    EXPECT_EQ(listed("all-orders"), std::vector<std::string>{R"({"pk":"b"})"});
    const auto total = world_.catalog().view("order-count");
    EXPECT_EQ(must(world_.now()->total(*std::get<const TotalView*>(total), {}, *everybody())),
              R"({"count":1})");
    EXPECT_TRUE(records().back().is_notice());
    const auto history = must(world_.engine().history(*world_.now(), table("orders"), {"a"}));
    ASSERT_TRUE(history);
    EXPECT_EQ(must(history->page({})).changes.size(), 1U) << "hiding is no change of the item";
    EXPECT_EQ(must(sweep()), 0U) << "once";
    EXPECT_EQ(head().value, newest.value + 1);
}

TEST_F(ExpirySweepTest, WhatIsHiddenIsShownAgainOnceItsTimeIsAnother) {
    for (const std::string id : {"same", "later", "none", "text"}) {
        post(ChangeKind::insert, id, at(now_s));
    }
    must(sweep());
    ASSERT_TRUE(listed("all-orders").empty());

    post(ChangeKind::modify, "same", at(now_s) + ".0", "DONE");
    post(ChangeKind::modify, "later", at(now_s + 5), "DONE");
    post(ChangeKind::modify, "none", "", "DONE");
    EXPECT_EQ(shown("order", "same"), std::nullopt);
    EXPECT_NE(shown("order", "later"), std::nullopt);
    EXPECT_NE(shown("order", "none"), std::nullopt);
    EXPECT_EQ(listed("all-orders").size(), 2U);

    post(ChangeKind::remove, "same", "");
    EXPECT_EQ(records().back().before()->view().find("status")->text(), "DONE")
        << "the source's own removal has the item as it was";
    post(ChangeKind::insert, "same", at(now_s));
    EXPECT_NE(shown("order", "same"), std::nullopt) << "a new life, until it is looked at";
    must(sweep());
    EXPECT_EQ(shown("order", "same"), std::nullopt);
}

TEST_F(ExpirySweepTest, TimesAreThoseOfDynamoDB) {
    put("text", R"(,"until":")" + at(now_s) + "\"");
    put("old", until(now_s - five_years_s - 1));
    put("negative", R"(,"until":-5)");
    put("missing", "");
    put("map", R"(,"until":{"a":1})");
    ASSERT_EQ(must(sweep()), 0U);

    put("part", R"(,"until":)" + at(now_s) + ".9");
    put("exponent", R"(,"until":18e8)");
    put("oldest", until(now_s - five_years_s));
    EXPECT_EQ(must(sweep()), 3U);
}

TEST_F(ExpirySweepTest, IsJudgedByTheItemAsItIsThen) {
    put("a", until(now_s));
    post(ChangeKind::insert, "a", at(now_s));

    EXPECT_EQ(must(sweep([this] {
                  put("a", until(now_s + 60));
                  post(ChangeKind::modify, "a", at(now_s + 60));
              })),
              0U);

    EXPECT_NE(shown("session", "a"), std::nullopt);
    EXPECT_NE(shown("order", "a"), std::nullopt);
}

TEST_F(ExpirySweepTest, WritesNothingWhereNothingIsDue) {
    put("a", until(now_s + 1));
    const storage::Position before = head();

    EXPECT_EQ(must(sweep()), 0U);

    EXPECT_EQ(head(), before);
    EXPECT_TRUE(slices_.empty());
}

TEST_F(ExpirySweepTest, ManyGoInSlicesWithRoomForOthersBetween) {
    constexpr std::size_t many = 600;
    for (std::size_t i = 0; i < many; ++i) put("s" + std::to_string(i), until(now_s - 1));

    EXPECT_EQ(must(sweep([this] { put("z", until(now_s - 1)); })), many + 1);

    EXPECT_EQ(slices_, (std::vector<std::size_t>{256, 256, 89}));
    EXPECT_TRUE(listed("all-sessions").empty());
}

TEST_F(ExpirySweepTest, StopsWhenTheClockJumpsAndSaysSo) {
    put("a", until(now_s + 7'200));
    must(sweep());
    const auto go = [this](std::chrono::seconds counted, std::int64_t wall_s) {
        world_.clock().advance(counted);
        world_.clock().set_wall(sys_seconds(seconds(wall_s)));
    };

    go(seconds(1), now_s + 7'201);
    EXPECT_EQ(must(sweep()), 0U);
    EXPECT_EQ(must(sweep()), 0U) << "and stays so";
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_TRUE(sweep_->status().is_halted);
    EXPECT_EQ(sweep_->status().clock_moved, seconds(7'200));
    EXPECT_NE(shown("session", "a"), std::nullopt);

    go(seconds(1), now_s + 2);
    EXPECT_EQ(must(sweep()), 0U);
    ASSERT_EQ(told_.size(), 2U);
    EXPECT_FALSE(told_.back().is_halted);

    for (int hour = 1; hour <= 3; ++hour) {
        go(seconds(3'600), now_s + 2 + std::int64_t{3'600} * hour);
        must(sweep());
    }
    EXPECT_FALSE(sweep_->status().is_halted) << "time that passes is no jump";
    EXPECT_EQ(shown("session", "a"), std::nullopt);

    go(seconds(1), now_s - 3'600);
    must(sweep());
    EXPECT_TRUE(sweep_->status().is_halted) << "nor back";
    EXPECT_LT(sweep_->status().clock_moved, seconds(0));
}

TEST_F(ExpirySweepTest, SaysHowFarItIsBehind) {
    must(sweep());
    world_.clock().advance(seconds(90));
    EXPECT_EQ(sweep_->status().behind, seconds(90));
    world_.clock().set_wall(sys_seconds(seconds(now_s + 90)));
    must(sweep());
    EXPECT_EQ(sweep_->status().behind, seconds(0));
}

TEST_F(ExpirySweepTest, WhatIsHiddenDependsOnWhatTheTableSays) {
    post(ChangeKind::insert, "a", at(now_s));
    must(sweep());
    sweep_.reset();

    std::string without = configuration;
    for (auto at = without.find("expires = \"until\""); at != std::string::npos;
         at = without.find("expires = \"until\"")) {
        without.erase(at, std::string("expires = \"until\"").size());
    }
    must(world_.reconfigure(without));
    while (world_.sequencer().build()) {
    }
    EXPECT_NE(shown("order", "a"), std::nullopt);
    EXPECT_EQ(listed("all-orders").size(), 1U);
    EXPECT_EQ(must(sweep()), 0U) << "nothing expires";

    sweep_.reset();
    must(world_.reconfigure(configuration));
    while (world_.sequencer().build()) {
    }
    EXPECT_EQ(shown("order", "a"), std::nullopt) << "it had expired by this attribute";
    EXPECT_TRUE(listed("all-orders").empty());
}

// A first write by mistake could not be taken back, and neither could a removal.
TEST_F(ExpirySweepTest, OfATableThatIsWrittenHereSinceLatelyWaitsForAWrite) {
    post(ChangeKind::insert, "a", at(now_s));
    const auto declared = [](const std::string& source) {
        std::string text = configuration;
        const std::string name = "name    = \"orders\"\n";
        text.insert(text.find(name) + name.size(), "source = \"" + source + "\"\n");
        return text;
    };
    must(world_.reconfigure(declared("direct")));
    while (world_.sequencer().build()) {
    }
    const storage::Position before = head();
    EXPECT_EQ(must(sweep()), 0U);
    EXPECT_EQ(sweep_->status().waiting, std::vector<std::string>{"orders"});
    EXPECT_EQ(head(), before) << "nothing is handed in";

    const Table& orders = table("orders");
    ChangeBatch batch;
    batch.commands.push_back(
        {.table = &orders,
         .item = must(ItemName::from_texts(orders, {"b"})),
         .document = must(read_document(R"({"pk":"b"})", ItemForm::plain)).value(),
         .precondition = {}});
    must(world_.append(std::move(batch)));
    EXPECT_EQ(must(sweep()), 1U);
    EXPECT_TRUE(sweep_->status().waiting.empty());
    EXPECT_TRUE(is_expiry(records().back()));
}

TEST_F(ExpirySweepTest, OneTableHoldsUpNoOther) {
    for (int i = 0; i < 600; ++i) post(ChangeKind::insert, "o" + std::to_string(i), at(now_s));
    put("a", until(now_s));
    std::vector<std::string> order;
    bool is_orders_failing = false;
    ExpirySweep sweep(world_.catalog(), world_.clock(),
                      {.read_point = [this] { return world_.engine().read_point(); },
                       .submit =
                           [&](ChangeBatch batch, AppendDone done) {
                               order.push_back(batch.due->table->name);
                               if (is_orders_failing && order.back() == "orders") {
                                   return done(fail(Errc::busy, "too much waits"));
                               }
                               world_.engine().append(std::move(batch), std::move(done));
                               world_.sequencer().step();
                           }},
                      nullptr);
    EXPECT_EQ(must(sweep.sweep()), 601U);
    EXPECT_EQ(order, (std::vector<std::string>{"sessions", "orders", "orders", "orders"}));

    order.clear();
    is_orders_failing = true;
    world_.clock().advance(seconds(1));
    world_.clock().set_wall(sys_seconds(seconds(now_s + 1)));
    post(ChangeKind::insert, "again", at(now_s));
    put("b", until(now_s));
    EXPECT_EQ(sweep.sweep().error().code, Errc::busy);
    EXPECT_EQ(shown("session", "b"), std::nullopt) << "the others are done";
    EXPECT_EQ(sweep.status().behind, seconds(1)) << "and it is told that one is not";
}

}  // namespace
}  // namespace freshet::engine
