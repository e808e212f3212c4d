// What engine/commands/command_ruling.h promises.

#include "engine/commands/command_ruling.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/config/config.h"
#include "engine/records/item_body.h"
#include "engine/values/plain_json.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::must;

class RulingOfCommands : public ::testing::Test {
protected:
    [[nodiscard]] static storage::Image image(const std::string& json) {
        return must(read_document(json, ItemForm::plain)).value();
    }
    [[nodiscard]] Command command(CommandKind kind, const std::string& body = {}) const {
        const Table& table = *config.catalog->table("orders");
        Command made{
            .table = &table, .item = must(ItemName::from_texts(table, {"a"})), .kind = kind};
        if (!body.empty()) made.document = image(body);
        return made;
    }
    // What becomes of it where the item is as `now` says; empty: there is none.
    [[nodiscard]] static std::string ruled(const Command& command, const std::string& now) {
        std::optional<storage::Image> image_now;
        storage::ItemParts parts;
        parts.changed = Position{7};
        if (!now.empty()) {
            image_now = image(now);
            parts.image = image_now->view();
        }
        const auto ruling = rule(command, parts, {});
        if (!ruling) return "refused " + std::to_string(static_cast<int>(ruling.error().kind));
        std::string text = std::to_string(static_cast<int>(ruling->effect));
        if (ruling->after) {
            text += ' ';
            append_plain_json(text, ruling->after->view());
        }
        return text;
    }
    static std::string refused(RefusalKind kind) {
        return "refused " + std::to_string(static_cast<int>(kind));
    }
    static std::string effect(CommandEffect effect, const std::string& after = {}) {
        return std::to_string(static_cast<int>(effect)) + (after.empty() ? "" : " " + after);
    }
    [[nodiscard]] static std::shared_ptr<const Caller> caller(const std::string& subject) {
        Caller made;
        made.subject = subject;
        made.roles = {"customer"};
        return std::make_shared<const Caller>(std::move(made));
    }

    const Config config = must(parse_config(support::server_section + R"(
[[table]]
name = "orders"
key = ["pk"]
source = "direct"
owner = "by"
write = ["owner"]
)",
                                            "tables.toml"));
};

TEST_F(RulingOfCommands, MakesOfTheItemWhatIsAsked) {
    const Command put = command(CommandKind::put, R"({"pk":"a","x":1})");
    EXPECT_EQ(ruled(put, ""), effect(CommandEffect::created, R"({"pk":"a","x":1})"));
    EXPECT_EQ(ruled(put, R"({"pk":"a","y":1})"),
              effect(CommandEffect::changed, R"({"pk":"a","x":1})"));
    EXPECT_EQ(ruled(put, R"({"pk":"a","x":1.0})"), effect(CommandEffect::unchanged));

    const Command merge = command(CommandKind::merge, R"({"x":null})");
    EXPECT_EQ(ruled(merge, R"({"pk":"a","x":1})"), effect(CommandEffect::changed, R"({"pk":"a"})"));
    EXPECT_EQ(ruled(merge, R"({"pk":"a"})"), effect(CommandEffect::unchanged));
    EXPECT_EQ(ruled(merge, ""), refused(RefusalKind::absent));

    const Command remove = command(CommandKind::remove);
    EXPECT_EQ(ruled(remove, R"({"pk":"a"})"), effect(CommandEffect::removed));
    EXPECT_EQ(ruled(remove, ""), effect(CommandEffect::unchanged));
}

// So nobody takes an item from its owner, or gives one away.
TEST_F(RulingOfCommands, AsksWhoMayWriteTheItemAsItIsAndAsItWouldBe) {
    const auto by = [&](const std::string& subject, Command made) {
        made.caller = caller(subject);
        return made;
    };
    const std::string anns = R"({"by":"ann","pk":"a"})";
    const Command to_ann = command(CommandKind::put, R"({"pk":"a","by":"ann","x":1})");
    const Command to_bob = command(CommandKind::merge, R"({"by":"bob"})");
    const Command remove = command(CommandKind::remove);
    const std::string forbidden = refused(RefusalKind::forbidden);

    EXPECT_NE(ruled(by("ann", to_ann), anns), forbidden);
    EXPECT_NE(ruled(by("ann", to_ann), ""), forbidden);
    EXPECT_EQ(ruled(by("bob", to_ann), ""), forbidden);
    EXPECT_EQ(ruled(by("bob", to_ann), anns), forbidden);
    EXPECT_EQ(ruled(by("bob", to_bob), anns), forbidden);
    EXPECT_EQ(ruled(by("ann", to_bob), anns), forbidden);
    EXPECT_EQ(ruled(by("bob", remove), anns), forbidden);
    EXPECT_NE(ruled(by("ann", remove), anns), forbidden);
}

// Those who may not write an item cannot find out what state it is in.
TEST_F(RulingOfCommands, TellsNothingOfAnItemThatMayNotBeWritten) {
    Command guess = command(CommandKind::remove);
    guess.caller = caller("bob");
    for (const std::uint64_t position : {6U, 7U}) {
        guess.precondition.match = {Position{position}};
        EXPECT_EQ(ruled(guess, R"({"by":"ann","pk":"a"})"), refused(RefusalKind::forbidden));
    }
}

TEST_F(RulingOfCommands, AsksForTheStateBeforeAnythingElseOfTheItem) {
    Command merge = command(CommandKind::merge, R"({"x":1})");
    merge.precondition.match = {Position{6}};
    EXPECT_EQ(ruled(merge, ""), refused(RefusalKind::precondition));
    EXPECT_EQ(ruled(merge, R"({"pk":"a","x":1})"), refused(RefusalKind::precondition));
    merge.precondition.match = {Position{6}, Position{7}};
    EXPECT_EQ(ruled(merge, R"({"pk":"a","x":1})"), effect(CommandEffect::unchanged));
    EXPECT_EQ(ruled(merge, ""), refused(RefusalKind::precondition));
    merge.precondition = {.must_be_absent = true};
    EXPECT_EQ(ruled(merge, R"({"pk":"a"})"), refused(RefusalKind::precondition));
}

// What could not be read again must not be written.
TEST_F(RulingOfCommands, BoundsWhatAnItemGrowsTo) {
    const std::string half(item_size_max / 2, 'x');
    const auto with = [&](const std::string& name) {
        return R"({"pk":"a",")" + name + R"(":")" + half + R"("})";
    };
    EXPECT_EQ(ruled(command(CommandKind::merge, with("y")), R"({"pk":"a"})").substr(0, 2),
              effect(CommandEffect::changed) + " ");
    EXPECT_EQ(ruled(command(CommandKind::merge, with("y")), with("x")),
              refused(RefusalKind::invalid));
    EXPECT_EQ(ruled(command(CommandKind::put, R"({"x":")" + half + half + R"("})"), ""),
              refused(RefusalKind::invalid));
    std::string many = R"({"l":[1)";
    for (std::size_t i = 0; i < item_size_max / 3; ++i) many += ",1";
    EXPECT_EQ(ruled(command(CommandKind::merge, many + "]}"), R"({"pk":"a"})"),
              refused(RefusalKind::invalid));
}

// A change came without its image, so what is known of the item is out of date.
TEST_F(RulingOfCommands, TakesAStaleItemForOneThatIsNotKnown) {
    const storage::Image known = image(R"({"pk":"a","x":1})");
    storage::ItemParts parts;
    parts.changed = Position{7};
    parts.stale = true;
    for (const bool has_image : {true, false}) {
        if (has_image) parts.image = known.view();
        const auto put = rule(command(CommandKind::put, R"({"pk":"a","x":1})"), parts, {});
        ASSERT_TRUE(put.has_value());
        EXPECT_EQ(put->effect, CommandEffect::changed);
        const auto merge = rule(command(CommandKind::merge, R"({"x":1})"), parts, {});
        ASSERT_FALSE(merge.has_value());
        EXPECT_EQ(merge.error().kind, RefusalKind::conflict);
        EXPECT_EQ(rule(command(CommandKind::remove), parts, {})->effect, CommandEffect::removed);
        parts.image.reset();
    }
}

// Nor of one that was removed.
TEST_F(RulingOfCommands, TellsNoPositionOfAnItemThatIsGone) {
    Command put = command(CommandKind::put, R"({"pk":"a","by":"ann"})");
    put.precondition.match = {Position{6}};
    storage::ItemParts gone;
    gone.changed = Position{7};
    const auto refusal = rule(put, gone, {});
    ASSERT_FALSE(refusal.has_value());
    EXPECT_EQ(refusal.error().newest, Position{});
    put.caller = caller("bob");
    EXPECT_EQ(ruled(put, ""), refused(RefusalKind::forbidden));
}

}  // namespace
}  // namespace freshet::engine
