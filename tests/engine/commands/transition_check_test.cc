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
#include "engine/text/enum_words.h"
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
from   = ["IN PROGRESS", "COMPLETED"]
to     = "COMPLETED"
access = ["staff"]

[[table.editable]]
field      = "status"
in         = ["WAITING", "SUBMITTED"]
attributes = ["items"]

[[table.removable]]
field  = "status"
in     = ["WAITING"]
access = ["owner"]

[[table.removable]]
field  = "status"
in     = ["REJECTED"]
access = ["staff"]
)";

class Transitions : public ::testing::Test {
protected:
    static std::shared_ptr<const Caller> caller(const std::string& who) {
        Caller made;
        made.subject = who;
        made.roles = {who == "eve" ? "staff" : who == "root" ? "admin" : "customer"};
        return std::make_shared<const Caller>(std::move(made));
    }
    static storage::Image image(const std::string& json) {
        return must(read_document(json, ItemForm::plain)).value();
    }
    static std::string word_of_refusal(RefusalKind kind) {
        switch (kind) {
            case RefusalKind::conflict:
                return "conflict";
            case RefusalKind::forbidden:
                return "forbidden";
            case RefusalKind::invalid:
                return "invalid";
            default:
                return "another";
        }
    }
    // What became of the command: a word of its effect, or of its refusal.
    std::string carried_out(Command command, const std::string& who, const std::string& item,
                            bool is_stale = false) {
        command.caller = caller(who);
        const auto known = item.empty() ? std::nullopt : std::optional(image(item));
        storage::ItemParts parts;
        parts.changed = storage::Position{7};
        parts.stale = is_stale;
        if (known) parts.image = known->view();
        const bool is_there = known || is_stale;
        const auto ruling = rule(command, is_there ? std::optional(parts) : std::nullopt,
                                 storage::AppendTime(std::chrono::seconds(1)));
        if (ruling) return std::string(word_of(ruling->effect));
        refusal = ruling.error();
        return word_of_refusal(refusal.kind);
    }
    Command command(CommandKind kind, const std::string& document = "") const {
        const Table& table = *config.catalog->table("orders");
        return {.table = &table,
                .item = must(ItemName::from_texts(table, {"a"})),
                .kind = kind,
                .document = document.empty() ? std::nullopt : std::optional(image(document))};
    }
    std::string patched(const std::string& who, const std::string& item, const std::string& patch) {
        return carried_out(command(CommandKind::merge, patch), who, item);
    }
    std::string put(const std::string& who, const std::string& item, const std::string& document) {
        return carried_out(command(CommandKind::put, document), who, item);
    }
    std::string removed(const std::string& who, const std::string& item) {
        return carried_out(command(CommandKind::remove), who, item);
    }
    static std::string order(const std::string& status, const std::string& items = "[1]") {
        return R"({"id":"a","creator":"ann","lastUpdated":"2026","numItems":)" +
               std::string(items == "[]" ? "0" : "1") + R"(,"items":)" + items + R"(,"status":")" +
               status + "\"}";
    }
    std::string step(const std::string& who, const std::string& from, const std::string& to) {
        return patched(who, order(from), R"({"status":")" + to + "\"}");
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
    constexpr Cell staff{"forbidden", "changed"};
    constexpr Cell again{"forbidden", "unchanged"};
    constexpr std::array<std::array<Cell, 5>, 5> cells = {{
        {{none, {"changed", "forbidden"}, none, none, none}},
        {{none, {"changed", "forbidden"}, staff, staff, none}},
        {{none, none, none, staff, staff}},
        {{none, none, none, none, none}},
        {{none, none, none, none, again}},
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

// Of two who press the same button, the second is told, whatever else they write.
TEST_F(Transitions, TellThoseWhoComeSecond) {
    EXPECT_EQ(step("eve", "IN PROGRESS", "IN PROGRESS"), "conflict");
    EXPECT_EQ(refusal.detail,
              "the status of the item is \"IN PROGRESS\" already, and there is no step from it to "
              "itself; there are: \"REJECTED\", \"COMPLETED\"");
    EXPECT_EQ(patched("eve", order("IN PROGRESS"), R"({"status":"IN PROGRESS","clerk":"eve"})"),
              "conflict");
    Command update = command(CommandKind::update);
    update.update = ItemUpdate{.set = image(R"({"status":"IN PROGRESS","clerk":"eve"})")};
    EXPECT_EQ(carried_out(update, "eve", order("IN PROGRESS")), "conflict");
    EXPECT_EQ(patched("ann", order("COMPLETED"), R"({"status":"COMPLETED","note":"x"})"),
              "forbidden");
    EXPECT_EQ(patched("ann", order("SUBMITTED"), R"({"status":"SUBMITTED","items":[]})"),
              "conflict")
        << "the step asks for items, also when it is taken again";
}

TEST_F(Transitions, LeaveAPutOfAnItemAsItWasReadAlone) {
    const auto with_note = [&](const std::string& status) {
        std::string json = order(status);
        return json.insert(json.size() - 1, R"(,"note":"x")");
    };
    EXPECT_EQ(put("ann", order("IN PROGRESS"), order("IN PROGRESS")), "unchanged");
    EXPECT_EQ(put("ann", order("IN PROGRESS"), with_note("IN PROGRESS")), "changed");
    EXPECT_EQ(put("ann", order("SUBMITTED"), order("SUBMITTED")), "changed") << "touched";
    EXPECT_EQ(put("eve", order("SUBMITTED"), order("SUBMITTED")), "unchanged") << "not her step";
    EXPECT_EQ(put("eve", order("IN PROGRESS"), order("COMPLETED")), "changed");
    EXPECT_EQ(put("eve", order("COMPLETED"), order("IN PROGRESS")), "conflict");
    EXPECT_EQ(put("ann", order("IN PROGRESS"), order("COMPLETED")), "forbidden");
}

TEST_F(Transitions, AskWhoMayTakeThemOfTheItemAsItIs) {
    Config open = must(parse_config(support::server_section + std::string(R"([[table]]
name   = "orders"
key    = ["id"]
owner  = "creator"
source = "direct"
write  = ["owner", "staff"]
[[table.transition]]
field  = "status"
from   = ["WAITING"]
to     = "SUBMITTED"
access = ["owner"]
)"),
                                    "open.toml"));
    std::swap(open, config);
    EXPECT_EQ(patched("eve", order("WAITING"), R"({"creator":"eve","status":"SUBMITTED"})"),
              "forbidden");
    EXPECT_EQ(patched("ann", order("WAITING"), R"({"status":"SUBMITTED"})"), "changed");
}

TEST_F(Transitions, OfANewItemThatAreTheCallersAreReachable) {
    Config begun = must(parse_config(support::server_section + std::string(R"([[table]]
name   = "orders"
key    = ["id"]
owner  = "creator"
source = "direct"
write  = ["owner", "staff"]
[table.schema.made]
creator = { caller = "sub" }
[[table.transition]]
field  = "status"
to     = "DRAFT"
access = ["owner"]
[[table.transition]]
field  = "status"
to     = "VIP"
access = [{ role = "staff" }]
)"),
                                     "begun.toml"));
    std::swap(begun, config);
    EXPECT_EQ(put("ann", "", R"({"id":"a","status":"FOO"})"), "conflict");
    EXPECT_EQ(refusal.status->reachable, std::vector<std::string>{"DRAFT"});
    EXPECT_EQ(put("ann", "", R"({"id":"a","status":"VIP"})"), "forbidden");
    EXPECT_EQ(put("ann", "", R"({"id":"a","status":"DRAFT"})"), "created");
}

TEST_F(Transitions, AreOfStrings) {
    for (const char* status : {"5", "true", "[]", "{}", "null"}) {
        const std::string document =
            std::string(R"({"id":"a","items":[],"status":)") + status + '}';
        EXPECT_EQ(put("ann", "", document), "invalid") << status;
        EXPECT_EQ(refusal.faults.front().pointer, "/status");
    }
    EXPECT_EQ(patched("ann", order("WAITING"), R"({"status":7})"), "invalid");
}

TEST_F(Transitions, SayWhatMayBeRemovedAndByWhom) {
    EXPECT_EQ(removed("ann", order("WAITING")), "removed");
    EXPECT_EQ(removed("eve", order("WAITING")), "forbidden");
    EXPECT_EQ(removed("eve", order("REJECTED")), "removed");
    EXPECT_EQ(removed("ann", order("REJECTED")), "forbidden");
    for (const char* status : {"SUBMITTED", "IN PROGRESS", "COMPLETED"}) {
        EXPECT_EQ(removed("ann", order(status)), "conflict") << status;
        EXPECT_EQ(removed("eve", order(status)), "conflict") << status;
    }
    EXPECT_EQ(refusal.detail,
              "the item may be removed while its status is one of \"WAITING\", \"REJECTED\", and "
              "it is \"COMPLETED\"");
    EXPECT_EQ(refusal.status->current, "COMPLETED");
    EXPECT_EQ(removed("ann", ""), "unchanged");
}

TEST_F(Transitions, OfAnItemThatIsOlderThanTheSchemaBeginWithTheFirstStatus) {
    const std::string older = R"({"id":"a","creator":"ann","items":[1]})";
    EXPECT_EQ(patched("ann", older, R"({"items":[1,2]})"), "changed");
    EXPECT_EQ(patched("ann", older, R"({"status":"SUBMITTED"})"), "changed");
    EXPECT_EQ(patched("ann", older, R"({"status":"COMPLETED"})"), "conflict");
    EXPECT_EQ(refusal.status->current, "WAITING");
}

// Nobody but an admin can say what became of it meanwhile.
TEST_F(Transitions, OfAnItemThatIsNotKnownAreAnAdmins) {
    for (const std::string& known : {order("WAITING"), std::string()}) {
        const Command whole = command(CommandKind::put, order("COMPLETED"));
        EXPECT_EQ(carried_out(whole, "ann", known, true), "conflict");
        EXPECT_EQ(carried_out(whole, "root", known, true), "changed");
        EXPECT_EQ(carried_out(command(CommandKind::remove), "ann", known, true), "conflict");
        EXPECT_EQ(carried_out(command(CommandKind::remove), "root", known, true), "removed");
    }
}

TEST_F(Transitions, BeginWithTheFirstStatus) {
    EXPECT_EQ(put("ann", "", R"({"id":"a","items":[]})"), "created");
    EXPECT_EQ(put("ann", "", R"({"id":"a","items":[],"status":"WAITING"})"), "created");
    EXPECT_EQ(put("ann", "", R"({"id":"a","items":[],"status":"COMPLETED"})"), "conflict");
    EXPECT_EQ(refusal.detail,
              "the status of a new item is one of \"WAITING\", and not \"COMPLETED\"");
    EXPECT_FALSE(refusal.status->current);
    EXPECT_EQ(refusal.status->reachable, std::vector<std::string>{"WAITING"});
    EXPECT_EQ(patched("ann", order("WAITING"), R"({"status":null})"), "invalid");
}

}  // namespace
}  // namespace freshet::engine
