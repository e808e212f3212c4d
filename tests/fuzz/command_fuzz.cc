// Spoilt bodies of direct writes: what is read as commands is ruled on, and carried out as a whole
// or refused with a pointer to each fault.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/records/item_body.h"
#include "engine/records/pattern_json.h"
#include "engine/records/transaction_body.h"
#include "tests/fuzz/hunt.h"
#include "tests/support/must.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::fuzz {
namespace {

using engine::ItemForm;
using support::must;

const std::string configuration = support::server_section + std::string(R"(
[[table]]
name   = "orders"
key    = ["id"]
source = "direct"

[table.schema]
attributes = { n = { min = 0, max = 9 }, tags = { type = "list", max = 3 } }
made       = { status = { initial = "A" }, size = { size = "tags" }, at = { now = "write" } }

[[table.transition]]
field = "status"
from  = ["A"]
to    = "B"

[[table.removable]]
field = "status"
in    = ["A"]

[[table]]
name   = "lines"
key    = ["pk", "sk number"]
source = "direct"
)");

class CommandFuzz : public ::testing::Test {
protected:
    // Whether the body is a transaction; expects that what becomes of it is whole.
    bool is_carried_out(const std::string& body, ItemForm form) {
        const engine::TransactionHelpers helpers{
            .take_tags =
                [](engine::Precondition& expected, bool is_match, std::string_view tags) {
                    if (is_match) expected.must_exist = true;
                    if (!is_match) expected.must_be_absent = true;
                    return tags == "*";
                },
            .make_key = [this] { return "made-" + std::to_string(++made_); },
            .may_write = [](const engine::Table&) { return true; }};
        auto read = engine::read_transaction(world_.catalog(), body, form, helpers);
        if (!read) {
            EXPECT_EQ(read.error().code, Errc::malformed);
            return false;
        }
        if (!*read) {
            EXPECT_FALSE(read->error().empty()) << "refused without a fault";
            return false;
        }
        engine::ChangeBatch batch;
        batch.commands = std::move((*read)->commands);
        const std::size_t asked = batch.commands.size();
        const storage::Position before = world_.now()->position();
        const engine::Receipt receipt = must(world_.append(std::move(batch)));
        if (receipt.refused_command) {
            EXPECT_TRUE(receipt.done.empty());
            EXPECT_LT(receipt.refused_command->index, asked);
            EXPECT_EQ(world_.now()->position(), before) << "refused, and written";
            const auto& refusal = receipt.refused_command->refusal;
            EXPECT_FALSE(refusal.detail.empty() && refusal.faults.empty());
        } else {
            EXPECT_EQ(receipt.done.size(), asked);
            EXPECT_EQ(world_.now()->position().value, before.value + receipt.appended);
        }
        return true;
    }

    support::SteppedEngine world_{configuration};
    int made_ = 0;
};

const std::vector<std::string> plain_bodies = {
    R"({"writes":[{"put":{"table":"orders","key":"a","item":{"n":1,"tags":["x"]}}},)"
    R"({"update":{"table":"orders","key":"b","add":{"n":1},"set":{"x":{"y":null}}}},)"
    R"({"check":{"table":"lines","key":["p",7],"if":{"n":[{"exists":false}]}}}]})",
    R"({"writes":[{"patch":{"table":"orders","key":{"id":"a"},"changes":{"status":"B"},)"
    R"("if":{"$or":[{"n":[1,2]},{"tags":[{"prefix":"x"}]}]},"ifMatch":"*"}},)"
    R"({"put":{"table":"lines","item":{"pk":"p","sk":1.50},"ifNoneMatch":"*"}}]})",
    R"({"writes":[{"delete":{"table":"orders","key":"a"}},{"put":{"table":"orders","item":{}}}]})"};

const std::vector<std::string> typed_bodies = {
    R"({"writes":[{"put":{"table":"orders","key":"a","item":{"n":{"N":"1"},"t":{"SS":["x"]}}}},)"
    R"({"update":{"table":"orders","key":{"id":{"S":"b"}},"add":{"t":{"SS":["y"]}},)"
    R"("delete":{"u":{"NS":["1"]}}}},{"put":{"table":"lines","item":)"
    R"({"pk":{"S":"p"},"sk":{"N":"2"},"b":{"B":"AAE="}}}}]})"};

const std::vector<std::string> tokens = {R"("key")",
                                         R"("table")",
                                         R"("if")",
                                         R"({"exists":true})",
                                         R"({"numeric":[">",0]})",
                                         R"("lines")",
                                         "null",
                                         "1e125",
                                         "-0.0",
                                         R"({"id":"a"})",
                                         R"(["p",1])",
                                         R"("*")",
                                         "[]",
                                         "{}"};

TEST_F(CommandFuzz, TransactionsAreWhole) {
    hunt({.corpus = plain_bodies, .tokens = tokens},
         [this](const std::string& body, Dice&) { return is_carried_out(body, ItemForm::plain); });
}

TEST_F(CommandFuzz, TransactionsInTheOtherFormAreWhole) {
    hunt({.corpus = typed_bodies, .tokens = tokens},
         [this](const std::string& body, Dice&) { return is_carried_out(body, ItemForm::typed); });
}

// What is read as a condition can be asked, and is bounded.
TEST_F(CommandFuzz, ConditionsCanBeAsked) {
    const auto item = must(engine::read_document(
        R"({"status":"NEW","n":7.5,"l":[1,"x",null],"m":{"a":{"b":true}}})", ItemForm::plain));
    const std::vector<std::string> corpus = {
        R"({"status":["NEW",{"prefix":"N"}],"n":[{"numeric":[">",0,"<=",9]}]})",
        R"({"$or":[{"l":["x"]},{"m":{"a":{"b":[true]}}}],"z":[{"exists":false}]})",
        R"({"m.a.b":[{"anything-but":[false,null]}],"l":[{"anything-but":{"suffix":["y","z"]}}]})",
        R"({"status":[{"prefix":{"equals-ignore-case":"n"}},{"null":true}]})"};
    hunt({.corpus = corpus, .tokens = tokens}, [&](const std::string& text, Dice&) {
        const auto read = engine::read_pattern_json(text, "if");
        if (!read) return false;
        if (!*read) {
            EXPECT_FALSE(read->error().empty());
            return false;
        }
        EXPECT_LE((*read)->entries(), engine::condition_entries_max);
        static_cast<void>((*read)->matches(item.value().view()));
        return true;
    });
}

}  // namespace
}  // namespace freshet::fuzz
