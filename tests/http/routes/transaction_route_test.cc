// What http/routes/transaction_route.h promises: all or none, told of each write.

#include "http/routes/transaction_route.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"
#include "tests/world/tables.h"

namespace freshet::http {
namespace {

using support::must;

constexpr const char* tables = R"(
[[table]]
name   = "orders"
key    = ["id"]
source = "direct"

[table.schema.attributes]
total = { min = 0 }

[[table]]
name   = "lines"
key    = ["pk", "sk number"]
source = "direct"

[[table]]
name   = "blobs"
key    = ["b binary"]
source = "direct"

[[table]]
name            = "guarded"
key             = ["id"]
source          = "direct"
demand_if_match = true

[[table]]
name = "fed"
key  = ["pk"]
)";

class TransactionRoute : public ::testing::Test {
protected:
    Answer post(const std::string& writes, std::vector<std::string> headers = {},
                const std::string& type = "application/json") {
        headers.push_back("Content-Type: " + type);
        return shop.settle(shop.ask(
            {"POST", "/transactions", std::move(headers), R"({"writes":[)" + writes + "]}"}));
    }
    static std::string put(const std::string& key, const std::string& item,
                           const std::string& more = "") {
        return R"({"put":{"table":"orders","key":")" + key + R"(","item":)" + item + more + "}}";
    }
    std::string item(const std::string& key) {
        return shop.get("/tables/orders/items/" + key).body;
    }
    // With notices.
    std::uint64_t records() {
        const std::string body = shop.get("/readyz").body;
        return std::stoull(body.substr(body.rfind(':') + 1));
    }

    RouteShop shop{must(
        engine::parse_config(support::server_section + std::string(tables), "transactions.toml"))};
};

std::string many_entries(int count) {
    std::string entries = "1";
    for (int i = 1; i < count; ++i) entries += ",1";
    return entries;
}

bool has(const Answer& answer, const std::string& text) {
    return answer.body.find(text) != std::string::npos;
}

TEST_F(TransactionRoute, CarriesOutEachKindOfWrite) {
    post(put("a", R"({"n":1})") + ',' + put("b", "{}") + ',' + put("c", R"({"n":1})") + ',' +
         put("d", R"({"n":1})"));
    const Answer done =
        post(put("a", R"({"n":2})") +
             R"(,{"patch":{"table":"orders","key":"c","changes":{"n":null,"m":1}}},)"
             R"({"update":{"table":"orders","key":"d","add":{"n":1.5},"set":{"x":"y"}}},)"
             R"({"delete":{"table":"orders","key":"b"}},)"
             R"({"put":{"table":"lines","key":["p",7],"item":{"x":1}}},)"
             R"({"put":{"table":"lines","key":{"sk":8,"pk":"p"},"item":{"x":1}}},)"
             R"({"put":{"table":"lines","item":{"pk":"p","sk":9}}},)"
             R"({"check":{"table":"orders","key":"none","ifNoneMatch":"*"}})");
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.body.substr(0, done.body.find(R"(,"etag")")),
              R"({"position":11,"writes":[{"table":"orders","key":{"id":"a"},"status":"changed",)"
              R"("position":5)");
    EXPECT_TRUE(has(done, R"({"table":"orders","key":{"id":"b"},"status":"removed","position":8})"))
        << done.body;
    EXPECT_TRUE(
        has(done, R"({"table":"orders","key":{"id":"none"},"status":"checked","position":0})"));
    EXPECT_EQ(item("a"), "{\"id\":\"a\",\"n\":2}\n");
    EXPECT_EQ(item("c"), "{\"id\":\"c\",\"m\":1}\n");
    EXPECT_EQ(item("d"), "{\"id\":\"d\",\"n\":2.5,\"x\":\"y\"}\n");
    EXPECT_EQ(shop.get("/tables/orders/items/b").status, 404);
    for (const char* sk : {"7", "8", "9"}) {
        EXPECT_EQ(shop.get(std::string("/tables/lines/items/p/") + sk).status, 200) << sk;
    }
    EXPECT_EQ(records(), 11U);
}

TEST_F(TransactionRoute, CarriesOutAllOrNone) {
    post(put("a", R"({"total":1})"));
    const std::string spend = R"({"update":{"table":"orders","key":"a","add":{"total":-1}}})";
    EXPECT_EQ(post(spend + ',' + put("b", "{}")).status, 200);

    const Answer refused = post(put("c", "{}") + ',' + spend);
    EXPECT_EQ(refused.status, 422);
    EXPECT_TRUE(has(refused, R"("write":1)")) << refused.body;
    EXPECT_TRUE(has(refused, R"({"pointer":"/writes/1/update/add/total",)")) << refused.body;
    EXPECT_EQ(post(put("c", "{}") + ',' + put("a", "{}", R"(,"ifNoneMatch":"*")")).status, 412);
    EXPECT_EQ(post(put("c", "{}") + ',' + put("a", "{}", R"(,"ifMatch":"\"1-0\"")")).status, 412);
    EXPECT_EQ(
        post(put("c", "{}") + R"(,{"patch":{"table":"orders","key":"d","changes":{}}})").status,
        404);
    EXPECT_EQ(refused.header("ETag"), "") << "it is of a transaction";
    const Answer unmet =
        post(put("c", "{}") + R"(,{"check":{"table":"orders","key":"a","if":{"total":[7]}}})");
    EXPECT_EQ(unmet.status, 412);
    EXPECT_TRUE(has(unmet, R"("write":1,"etag":"\"2-)")) << unmet.body;
    EXPECT_TRUE(has(unmet, R"(write 1, of table orders and key {\"id\":\"a\"}: the item is not)"))
        << unmet.body;
    EXPECT_EQ(shop.get("/tables/orders/items/c").status, 404);
    EXPECT_EQ(records(), 3U);
}

TEST_F(TransactionRoute, MakesKeysAsAPostDoes) {
    const Answer made = post(R"({"put":{"table":"orders","item":{"n":1}}},)"
                             R"({"put":{"table":"lines","item":{"sk":1}}})");
    EXPECT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(records(), 2U);
    const Answer wrong = post(R"({"put":{"table":"lines","item":{"pk":"p"}}})");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_TRUE(has(wrong, R"("pointer":"/writes/0/put/item/sk")")) << wrong.body;
}

TEST_F(TransactionRoute, OfOneNameIsCarriedOutOnce) {
    const std::string name = "Idempotency-Key: \"one\"";
    const std::string writes = R"({"put":{"table":"orders","item":{"n":1}}},)" + put("b", "{}") +
                               R"(,{"delete":{"table":"orders","key":"none"}})";
    const Answer first = post(writes, {name});
    const Answer again = post(writes, {name});
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
    EXPECT_EQ(again.body.substr(again.body.find("writes")),
              first.body.substr(first.body.find("writes")))
        << "with the key that was made";
    EXPECT_EQ(records(), 3U) << "two writes, and a notice of the one that changed nothing";

    const std::string other_order = R"({"put":{"item":{"n":1},"table":"orders"}},)" +
                                    put("b", "{}") +
                                    R"(, {"delete":{"key":"none","table":"orders"}})";
    EXPECT_EQ(post(other_order, {name}).header("Idempotent-Replayed"), "true");
    EXPECT_EQ(post(writes, {name}, "application/x-amz-json-1.0").status, 422)
        << "the same text says something else";
    EXPECT_EQ(post(put("c", "{}"), {name}).status, 422);
    EXPECT_EQ(
        shop
            .settle(shop.ask(
                {"PUT", "/tables/orders/items/x", {name, "Content-Type: application/json"}, "{}"}))
            .status,
        422)
        << "nor is it good for a write alone";
    EXPECT_EQ(records(), 3U);
}

TEST_F(TransactionRoute, IsRefusedWithAPointerToEachFault) {
    const std::vector<std::pair<std::string, std::string>> faults = {
        {"", R"("/writes","detail":"has 0 writes)"},
        {"7", R"("/writes/0","detail":"is no write)"},
        {R"({"put":{},"check":{}})", R"("/writes/0","detail":"is no write)"},
        {R"({"put":7})", R"("/writes/0/put","detail":"found a number)"},
        {R"({"put":{"item":{}}})", R"("/writes/0/put","detail":"has no table)"},
        {R"({"put":{"table":7,"item":{}}})", R"("/writes/0/put/table","detail":"found a number)"},
        {R"({"put":{"table":"none","item":{}}})", R"("/writes/0/put/table","detail":"is no table)"},
        {R"({"put":{"table":"fed","item":{}}})",
         R"("/writes/0/put/table","detail":"takes the rec)"},
        {put("a", "7"), R"("/writes/0/put/item","detail":"found a number)"},
        {put("a", R"({"id":"b"})"), R"("/writes/0/put/item/id","detail":"is not the key)"},
        {put("a", "{}", R"(,"key":"b")"), R"("/writes/0/put/key","detail":"is there twice)"},
        {put("a", "{}", R"(,"iff":{})"), R"(did you mean \"if\"?)"},
        {put("a", "{}", R"(,"if":{"n":1})"), R"("/writes/0/put/if/n","detail":"found 1 in if)"},
        {put("a", "{}", R"(,"ifMatch":7)"), R"("/writes/0/put/ifMatch","detail":"is no ETag)"},
        {R"({"put":{"table":"orders","key":"a"}})", R"("/writes/0/put","detail":"has no item)"},
        {R"({"delete":{"table":"orders"}})", R"("/writes/0/delete","detail":"has no key)"},
        {R"({"delete":{"table":"lines","key":"p"}})", R"(has 1 parts, expected the 2 of)"},
        {R"({"delete":{"table":"lines","key":["p","x"]}})", R"("/writes/0/delete/key/sk")"},
        {R"({"delete":{"table":"lines","key":{"sk":1,"sx":1}}})",
         R"(lacks pk, which is a part of the key)"},
        {R"({"check":{"table":"orders","key":"a","ifNoneMatch":"junk"}})", R"(is no ETag)"},
        {R"({"check":{"table":"orders","key":"a","ifMatch":""}})", R"(is no ETag)"},
        {R"({"check":{"table":"orders","key":"a","if":{"n":[)" + many_entries(21) + "]}}}",
         R"("/writes/0/check/if","detail":"has 21 entries, expected at most 20)"},
        {R"({"check":{"table":"orders","key":"a","if":{"n":[)" + many_entries(2000) + "]}}}",
         R"("/writes/0/check/if","detail":"has more than 1000 values)"},
        {R"({"delete":{"table":"lines","key":["p",1]}},{"delete":{"table":"lines","key":["p",1.0]}})",
         R"("/writes/1","detail":"is of the same item as /writes/0)"},
        {R"({"delete":{"table":"orders","key":[{}]}})", R"("/writes/0/delete/key")"},
        {R"({"check":{"table":"orders","key":"a"}})", R"("detail":"has nothing to check)"},
        {R"({"update":{"table":"orders","key":"a"}})", R"("detail":"has nothing to do)"},
        {R"({"update":{"table":"orders","key":"a","add":{"n":"x"}}})",
         R"("/writes/0/update/add/n")"},
        {R"({"update":{"table":"orders","key":"a","add":{"id":1}}})",
         R"("/writes/0/update/add/id")"},
        {put("a", "{}") + ',' + put("a", "{}"),
         R"("/writes/1","detail":"is of the same item as /writes/0)"},
    };
    for (const auto& [writes, said] : faults) {
        const Answer answer = post(writes);
        EXPECT_EQ(answer.status, 422) << writes;
        EXPECT_TRUE(has(answer, said)) << writes << '\n' << answer.body;
    }
    std::string many;
    for (int i = 0; i <= 100; ++i) many += (i == 0 ? "" : ",") + put(std::to_string(i), "{}");
    EXPECT_TRUE(has(post(many), "has 101 writes, expected 1 to 100"));
    EXPECT_EQ(post("{").status, 400);
    EXPECT_EQ(post(put("a", "{}"), {}, "text/plain").status, 415);
    EXPECT_EQ(post(put("a", "{}"), {"If-Match: *"}).status, 400);
    EXPECT_EQ(records(), 0U);
}

// Each pointer holds the long name, and there would be a hundred of them.
TEST_F(TransactionRoute, AnswersManyFaultsBelowALongNameInShort) {
    const std::string name(100'000, 'x');
    std::string entries;
    for (int i = 0; i < 300; ++i) entries += (i == 0 ? "" : ",") + std::string(R"({"y":1})");
    const std::string condition = R"({")" + name + R"(":[)" + entries + "]}";
    const Answer wrong_condition =
        post(R"({"check":{"table":"orders","key":"a","if":)" + condition + "}}");
    EXPECT_EQ(wrong_condition.status, 422);
    EXPECT_LT(wrong_condition.body.size(), 2 * name.size());

    const Answer wrong_item = post(put("a", R"({")" + name + R"(":{"L":[)" + entries + "]}}"), {},
                                   "application/x-amz-json-1.0");
    EXPECT_EQ(wrong_item.status, 422);
    EXPECT_LT(wrong_item.body.size(), 2 * name.size());
}

// All writers wait meanwhile, so what one asks for is bounded.
TEST_F(TransactionRoute, LooksAtAndWritesABoundedAmount) {
    const std::string large = R"({"l":")" + std::string(380'000, 'x') + R"("})";
    std::string adds;
    std::string checks;
    for (int i = 0; i < 12; ++i) {
        const std::string key = std::to_string(i);
        ASSERT_EQ(post(put(key, large)).status, 200);
        const std::string comma = i == 0 ? "" : ",";
        adds += comma + R"({"update":{"table":"orders","key":")" + key + R"(","add":{"n":1}}})";
        checks += comma + R"({"check":{"table":"orders","key":")" + key +
                  R"(","if":{"l":[{"exists":true},{"prefix":"y"}]}}})";
    }
    const Answer added = post(adds);
    EXPECT_EQ(added.status, 422);
    EXPECT_TRUE(has(added, R"("write":11)")) << added.body;
    EXPECT_TRUE(has(added, "bytes of items, as DynamoDB allows")) << added.body;
    const Answer checked = post(checks);
    EXPECT_EQ(checked.status, 422);
    EXPECT_TRUE(has(checked, R"("write":11)")) << checked.body;
    EXPECT_EQ(records(), 12U);
}

TEST_F(TransactionRoute, ReadsKeysAsAnswersShowThem) {
    const Answer done = post(R"({"put":{"table":"blobs","key":{"b":"+/8="},"item":{"n":1}}})");
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_TRUE(has(done, R"("key":{"b":"+/8="})")) << done.body;
    EXPECT_EQ(post(R"({"delete":{"table":"blobs","key":{"b":{"B":"+/8="}}}})", {},
                   "application/x-amz-json-1.0")
                  .status,
              200);
    EXPECT_EQ(shop.get("/tables/blobs/items/-_8").status, 404);
    const Answer typed =
        post(R"({"put":{"table":"blobs","key":{"b":"+/8="},"item":{"n":{"N":"1"}}}})", {},
             "application/x-amz-json-1.0");
    EXPECT_EQ(typed.status, 200) << typed.body;
    EXPECT_TRUE(has(typed, R"("key":{"b":"+/8="})")) << typed.body;
}

TEST_F(TransactionRoute, ReadsWhatPlainJsonCannotSay) {
    const Answer done =
        post(put("a", R"({"tags":{"SS":["x"]}})") +
                 R"(,{"update":{"table":"orders","key":"b","add":{"t":{"NS":["1"]}}}})",
             {}, "application/x-amz-json-1.0");
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(item("a"), "{\"id\":\"a\",\"tags\":[\"x\"]}\n");
    EXPECT_EQ(item("b"), "{\"id\":\"b\",\"t\":[1]}\n");
}

TEST_F(TransactionRoute, DemandsAStateWhereItsTableDoes) {
    const std::string guarded = R"({"put":{"table":"guarded","key":"a","item":{})";
    const Answer refused = post(put("a", "{}") + ',' + guarded + "}}");
    EXPECT_EQ(refused.status, 428);
    EXPECT_TRUE(has(refused, R"("write":1)")) << refused.body;
    EXPECT_EQ(post(guarded + R"(,"ifNoneMatch":"*"}})").status, 200);
}

}  // namespace
}  // namespace freshet::http
