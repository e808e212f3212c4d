// What engine/commands/transition_check.h promises: every step of the pizza shop, for each who may
// take it, and what may be edited meanwhile.

#include "engine/commands/transition_check.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/commands/command_ruling.h"
#include "engine/config/config.h"
#include "engine/records/item_body.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using support::must;

constexpr const char* shop = R"(
[[table]]
name   = "orders"
key    = ["id"]
owner  = "creator"
source = "direct"
write  = ["owner", "staff"]

[table.schema.made]
creator     = { caller = "sub" }
lastUpdated = { now = "write" }
numItems    = { size = "items" }
status      = { initial = "WAITING" }

[[table.transition]]
field  = "status"
from   = ["WAITING", "SUBMITTED"]
to     = "SUBMITTED"
access = ["owner"]
where  = { numItems = [{ numeric = [">", 0] }] }
touch  = true

[[table.transition]]
field  = "status"
from   = ["SUBMITTED"]
to     = "IN PROGRESS"
access = ["staff"]

[[table.transition]]
field  = "status"
from   = ["SUBMITTED", "IN PROGRESS"]
to     = "REJECTED"
access = ["staff"]

[[table.transition]]
field  = "status"
from   = ["IN PROGRESS"]
to     = "COMPLETED"
access = ["staff"]

[[table.editable]]
field      = "status"
in         = ["WAITING", "SUBMITTED"]
attributes = ["items"]
)";

class Transitions : public ::testing::Test {
protected:
    static std::shared_ptr<const Caller> caller(const std::string& who) {
        Caller made;
        made.subject = who;
        made.roles = {who == "eve" ? "staff" : "customer"};
        return std::make_shared<const Caller>(std::move(made));
    }
    static storage::Image image(const std::string& json) {
        return must(read_document(json, ItemForm::plain)).value();
    }
    // "changed", "unchanged" or the number of the refusal, with what it says.
    std::string patched(const std::string& who, const std::string& item, const std::string& patch) {
        const Table& table = *config.catalog->table("orders");
        const Command command{.table = &table,
                              .item = must(ItemName::from_texts(table, {"a"})),
                              .kind = CommandKind::merge,
                              .document = image(patch),
                              .caller = caller(who)};
        const storage::Image known = image(item);
        storage::ItemParts parts;
        parts.changed = storage::Position{7};
        parts.image = known.view();
        const auto ruling = rule(command, parts, storage::AppendTime(std::chrono::seconds(1)));
        if (ruling) return ruling->effect == CommandEffect::changed ? "changed" : "unchanged";
        refusal = ruling.error();
        return refusal.kind == RefusalKind::conflict ? "conflict" : "forbidden";
    }
    static std::string order(const std::string& status, const std::string& items = "[1]") {
        return R"({"id":"a","creator":"ann","lastUpdated":"2026","numItems":)" +
               std::string(items == "[]" ? "0" : "1") + R"(,"items":)" + items + R"(,"status":")" +
               status + "\"}";
    }
    std::string step(const std::string& who, const std::string& from, const std::string& to) {
        return patched(who, order(from), R"({"status":")" + to + "\"}");
    }
    // What becomes of a new item of ann's.
    std::string put(const std::string& body) {
        const Table& table = *config.catalog->table("orders");
        const Command command{.table = &table,
                              .item = must(ItemName::from_texts(table, {"a"})),
                              .kind = CommandKind::put,
                              .document = image(body),
                              .caller = caller("ann")};
        const auto ruling = rule(command, std::nullopt, {});
        if (ruling) return "created";
        refusal = ruling.error();
        return "refused";
    }

    Config config = must(parse_config(support::server_section + std::string(shop), "shop.toml"));
    CommandRefusal refusal;
};

TEST_F(Transitions, AreThoseThatAreDeclared) {
    constexpr std::array statuses = {"WAITING", "SUBMITTED", "IN PROGRESS", "REJECTED",
                                     "COMPLETED"};
    // For ann, whose order it is, and for eve of the staff.
    struct Cell {
        const char* ann;
        const char* eve;
    };
    constexpr Cell none{"conflict", "conflict"};
    constexpr Cell same{"unchanged", "unchanged"};
    constexpr Cell staff{"forbidden", "changed"};
    constexpr std::array<std::array<Cell, 5>, 5> cells = {{
        {{same, {"changed", "forbidden"}, none, none, none}},
        {{none, {"changed", "unchanged"}, staff, staff, none}},
        {{none, none, same, staff, staff}},
        {{none, none, none, same, none}},
        {{none, none, none, none, same}},
    }};
    for (std::size_t from = 0; from < statuses.size(); ++from) {
        for (std::size_t to = 0; to < statuses.size(); ++to) {
            const Cell& cell = cells.at(from).at(to);
            EXPECT_EQ(step("ann", statuses.at(from), statuses.at(to)), cell.ann)
                << statuses.at(from) << " to " << statuses.at(to);
            EXPECT_EQ(step("eve", statuses.at(from), statuses.at(to)), cell.eve)
                << statuses.at(from) << " to " << statuses.at(to);
        }
    }
}

TEST_F(Transitions, SayWhereTheItemStandsAndWhereItMayGo) {
    EXPECT_EQ(step("eve", "IN PROGRESS", "WAITING"), "conflict");
    EXPECT_EQ(refusal.detail,
              "the status of the item is \"IN PROGRESS\", from which there is no step to "
              "\"WAITING\"; there are: \"REJECTED\", \"COMPLETED\"");
    EXPECT_EQ(refusal.newest, storage::Position{7});
    ASSERT_TRUE(refusal.status);
    EXPECT_EQ(refusal.status->current, "IN PROGRESS");
    EXPECT_EQ(refusal.status->reachable, (std::vector<std::string>{"REJECTED", "COMPLETED"}));

    EXPECT_EQ(step("ann", "IN PROGRESS", "WAITING"), "conflict");
    EXPECT_TRUE(refusal.status->reachable.empty()) << "the others are not hers to take";
}

TEST_F(Transitions, AskWhatTheItemIsThen) {
    EXPECT_EQ(patched("ann", order("WAITING", "[]"), R"({"status":"SUBMITTED"})"), "conflict");
    EXPECT_EQ(refusal.detail,
              "the item is not what the step from \"WAITING\" to \"SUBMITTED\" asks for");
    EXPECT_EQ(patched("ann", order("WAITING", "[]"), R"({"status":"SUBMITTED","items":[1]})"),
              "changed");
}

TEST_F(Transitions, LockWhatMayNotBeEdited) {
    EXPECT_EQ(patched("ann", order("WAITING"), R"({"items":[1,2]})"), "changed");
    EXPECT_EQ(patched("ann", order("SUBMITTED"), R"({"items":[1,2]})"), "changed");
    for (const char* status : {"IN PROGRESS", "REJECTED", "COMPLETED"}) {
        EXPECT_EQ(patched("ann", order(status), R"({"items":[1,2]})"), "conflict") << status;
        EXPECT_EQ(patched("ann", order(status), R"({"note":"x"})"), "changed") << status;
        EXPECT_EQ(patched("ann", order(status), R"({"items":[1]})"), "unchanged") << status;
    }
    EXPECT_EQ(patched("eve", order("SUBMITTED"), R"({"status":"IN PROGRESS","items":[2]})"),
              "changed")
        << "as it was, it could be edited";
    EXPECT_EQ(patched("ann", order("REJECTED"), R"({"items":null})"), "conflict");
    EXPECT_EQ(refusal.detail,
              "\"items\" may be changed while the status of the item is one of \"WAITING\", "
              "\"SUBMITTED\", and it is \"REJECTED\"");
}

TEST_F(Transitions, BeginWithTheFirstStatus) {
    EXPECT_EQ(put(R"({"id":"a","items":[]})"), "created");
    EXPECT_EQ(put(R"({"id":"a","items":[],"status":"WAITING"})"), "created");
    EXPECT_EQ(put(R"({"id":"a","items":[],"status":"COMPLETED"})"), "refused");
    EXPECT_EQ(refusal.detail,
              "the status of the item is none, from which there is no step to \"COMPLETED\"; "
              "there are: none");
    EXPECT_EQ(patched("ann", order("WAITING"), R"({"status":null})"), "unchanged")
        << "what has a first value keeps it";
}

}  // namespace
}  // namespace freshet::engine
