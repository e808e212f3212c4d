// What engine/commands/made_attributes.h promises, by example.

#include "engine/commands/made_attributes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "engine/config/config.h"
#include "engine/records/item_body.h"
#include "engine/values/plain_json.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using support::must;

class MadeAttributes : public ::testing::Test {
protected:
    static storage::Image image(const std::string& json) {
        return must(read_document(json, ItemForm::plain)).value();
    }
    // What is made of the document, where the item is as `known` says; empty: there is none.
    std::string made(const std::string& document, const std::string& known = "",
                     int milliseconds = 4) {
        const storage::AppendTime now{std::chrono::seconds(1'795'000'000) +
                                      std::chrono::milliseconds(milliseconds)};
        const auto before = known.empty() ? std::nullopt : std::optional(image(known));
        const auto result =
            with_made(schema, image(document).view(),
                      before ? std::optional(before->view()) : std::nullopt, caller, now);
        std::string json;
        append_plain_json(json, result.view());
        return json;
    }
    std::string faults(const std::string& document, const std::string& known = "",
                       CommandKind kind = CommandKind::merge) {
        const auto before = known.empty() ? std::nullopt : std::optional(image(known));
        const Table& table = *config.catalog->table("orders");
        const Command command{.table = &table,
                              .item = must(ItemName::from_texts(table, {"a"})),
                              .kind = kind,
                              .document = image(document),
                              .caller = std::make_shared<const Caller>(caller)};
        std::string text;
        for (const Fault& fault :
             faults_of_made(command, image(document).view(),
                            before ? std::optional(before->view()) : std::nullopt)) {
            text += fault.pointer + ": " + fault.detail + '\n';
        }
        return text;
    }

    Config config = must(parse_config(
        support::server_section + std::string("[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n"
                                              "source = \"direct\"\n[table.schema]\nmade = { "
                                              "createdAt = { now = \"insert\" }, "
                                              "lastUpdated = { now = \"write\" }, "
                                              "creator = { caller = \"sub\" }, "
                                              "tenant = { caller = \"tenant\" }, "
                                              "numItems = { size = \"items\" }, "
                                              "status = { initial = \"NEW\" } }\n"),
        "made.toml"));
    const Schema& schema = *config.catalog->table("orders")->schema;
    Caller caller{.subject = "ann", .roles = {}, .claims = {{"tenant", {"acme"}}}, .grants = {}};
};

TEST_F(MadeAttributes, AreMadeOfANewItem) {
    EXPECT_EQ(made(R"({"pk":"a","items":[1,2],"z":1})"),
              R"({"createdAt":"2026-11-18T11:06:40.004Z","creator":"ann","items":[1,2],)"
              R"("lastUpdated":"2026-11-18T11:06:40.004Z","numItems":2,"pk":"a","status":"NEW",)"
              R"("tenant":"acme","z":1})");
}

TEST_F(MadeAttributes, OfAnItemThatIsThereStayButForThoseOfEachWrite) {
    const std::string known = made(R"({"pk":"a","items":[1,2]})");
    caller.subject = "eve";
    EXPECT_EQ(made(R"({"pk":"a","items":[1],"status":"PAID"})", known, 999),
              R"({"createdAt":"2026-11-18T11:06:40.004Z","creator":"ann","items":[1],)"
              R"("lastUpdated":"2026-11-18T11:06:40.999Z","numItems":1,"pk":"a","status":"PAID",)"
              R"("tenant":"acme"})");
    EXPECT_EQ(made(R"({"pk":"a"})", R"({"pk":"a","status":"PAID"})"),
              R"({"lastUpdated":"2026-11-18T11:06:40.004Z","pk":"a","status":"PAID"})")
        << "what it has no more, or never had, is not made again";
}

TEST_F(MadeAttributes, AreNotThereWithoutWhatTheyAreMadeOf) {
    caller = {};
    EXPECT_EQ(made(R"({"pk":"a","items":"none"})"),
              R"({"createdAt":"2026-11-18T11:06:40.004Z","items":"none",)"
              R"("lastUpdated":"2026-11-18T11:06:40.004Z","pk":"a","status":"NEW"})");
}

TEST_F(MadeAttributes, AreWrittenBackAsTheyWereRead) {
    const std::string known = made(R"({"pk":"a","items":[1,2]})");
    EXPECT_EQ(faults(known, known), "");
    EXPECT_EQ(faults(R"({"pk":"a","status":"PAID"})"), "") << "its first value is only a default";
    const std::string detail =
        ": is made by the server: leave it out, or write it as it was read\n";
    EXPECT_EQ(faults(R"({"pk":"a","creator":"eve","numItems":3})", known),
              "/creator" + detail + "/numItems" + detail);
    EXPECT_EQ(faults(R"({"pk":"a","creator":"ann"})"), "/creator" + detail);
    EXPECT_EQ(faults(R"({"pk":"a","status":null})", known),
              "/status: has a first value, so it cannot be removed: write another\n");
    EXPECT_EQ(faults(R"({"pk":"a","creator":null})", known),
              "/creator: is made by the server, and cannot be removed\n");
}

// Somebody else may have written since it was read; a PATCH names what it means.
TEST_F(MadeAttributes, OfEachWriteMayBeOutOfDateInAPut) {
    const std::string known = made(R"({"pk":"a","items":[1,2]})");
    const std::string later = made(R"({"pk":"a","items":[1,2,3]})", known, 999);
    EXPECT_EQ(faults(known, later, CommandKind::put), "");
    EXPECT_NE(faults(known, later, CommandKind::merge), "");
    EXPECT_NE(faults(R"({"pk":"a","creator":"eve"})", later, CommandKind::put), "");
}

TEST_F(MadeAttributes, ThatAnItemLacksAreAnAdminsToWrite) {
    const std::string older = R"({"pk":"a","items":[1]})";
    const std::string document = R"({"pk":"a","items":[1],"creator":"bob"})";
    EXPECT_NE(faults(document, older, CommandKind::put), "");
    caller.roles = {std::string(admin_role)};
    EXPECT_EQ(faults(document, older, CommandKind::put), "");
    EXPECT_NE(made(document, older).find(R"("creator":"bob")"), std::string::npos);
    EXPECT_NE(faults(document, made(older), CommandKind::put), "") << "this one has its creator";
}

TEST_F(MadeAttributes, DoNotMakeAnItemAnother) {
    const storage::Image before = image(made(R"({"pk":"a","items":[1,2]})"));
    const storage::Image same = image(made(R"({"pk":"a","items":[1,2.0]})", "", 999));
    const storage::Image other = image(made(R"({"pk":"a","items":[1,2],"status":"PAID"})"));
    EXPECT_TRUE(same_but_made(schema, before.view(), same.view()));
    EXPECT_FALSE(same_but_made(schema, before.view(), other.view()));
}

}  // namespace
}  // namespace freshet::engine
