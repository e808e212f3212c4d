// What http/routes/item_write_routes.h promises, and what becomes of such a write.

#include "http/routes/item_write_routes.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"
#include "tests/world/tables.h"

namespace freshet::http {
namespace {

using support::must;

constexpr const char* tables = R"(
[[table]]
name   = "orders"
key    = ["pk"]
source = "direct"

[[table.view]]
name   = "order"
fields = ["id=pk", "*"]

[[table.list]]
name = "all-orders"
sort = "total desc"

[[table.event]]
type = "placed"
on   = "INSERT"
data = ["id=pk"]

[[table]]
name   = "lines"
key    = ["pk", "sk number"]
source = "direct"

[[table]]
name            = "careful"
key             = ["pk"]
source          = "direct"
demand_if_match = true

[[table]]
name = "fed"
key  = ["pk"]
)";

// Whose items are to be of a kind.
constexpr const char* tables_with_schema = R"(
[[table]]
name   = "pizzas"
key    = ["id"]
source = "direct"

[table.schema]
required = ["items"]

[table.schema.attributes.items]
type = "list"
max  = 2
each = { type = "map", required = ["size"] }

[table.schema.made]
createdAt   = { now = "insert" }
lastUpdated = { now = "write" }
numItems    = { size = "items" }
status      = { initial = "NEW" }

[[table.transition]]
field = "status"
from  = ["NEW"]
to    = "BAKED"

[[table.editable]]
field      = "status"
in         = ["NEW"]
attributes = ["items"]

[[table.removable]]
field = "status"
in    = ["NEW"]

[[table.view]]
name   = "pizza"
fields = ["*"]
)";

engine::Config config_of(const std::string& text) {
    return must(engine::parse_config(support::server_section + text, "direct.toml"));
}

class ItemWriteRoutes : public ::testing::Test {
protected:
    Answer write(const std::string& method, const std::string& target, const std::string& body,
                 std::vector<std::string> headers = {}) {
        headers.emplace_back("Content-Type: application/json");
        return shop.settle(shop.ask({method, target, std::move(headers), body}));
    }
    Answer put(const std::string& id, const std::string& body,
               std::vector<std::string> headers = {}) {
        return write("PUT", "/tables/orders/items/" + id, body, std::move(headers));
    }
    Answer remove(const std::string& target, std::vector<std::string> headers = {}) {
        return shop.settle(shop.ask({"DELETE", target, std::move(headers), ""}));
    }
    std::string order(const std::string& id) { return shop.get("/views/order/" + id).body; }
    std::size_t records() {
        const std::string page = shop.get("/records").body;
        std::size_t count = 0;
        const std::string mark = "\"eventName\"";
        for (std::size_t at = page.find(mark); at != std::string::npos;
             at = page.find(mark, at + 1)) {
            ++count;
        }
        return count;
    }

    RouteShop shop{config_of(std::string(tables) + tables_with_schema)};
};

// The answer to a write without its `etag`, which has to be the header's.
std::string body_of(const Answer& answer) {
    std::string tag;
    engine::append_json_string(tag, std::string(answer.header("ETag")));
    const std::string member = R"(,"etag":)" + tag;
    std::string body = answer.body;
    const std::size_t at = body.find(member);
    return at == std::string::npos ? "no etag in " + body : body.erase(at, member.size());
}

TEST_F(ItemWriteRoutes, APutMakesAnItemAndChangesIt) {
    const Answer created = put("a", R"({"status":"NEW","total":7.50})");

    EXPECT_EQ(created.status, 201);
    EXPECT_EQ(created.header("Location"), "/tables/orders/items/a");
    EXPECT_EQ(created.header("Freshet-Position"), "1");
    EXPECT_EQ(body_of(created), R"({"position":1,"status":"created","key":{"pk":"a"}})"
                                "\n");
    EXPECT_EQ(shop.get("/tables/orders/items/a").header("ETag"), created.header("ETag"));

    const Answer changed = put("a", R"({"pk":"a","total":8})");

    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(body_of(changed), R"({"position":2,"status":"changed","key":{"pk":"a"}})"
                                "\n");
    EXPECT_EQ(order("a"), "{\"id\":\"a\",\"pk\":\"a\",\"total\":8}\n");
}

TEST_F(ItemWriteRoutes, TheSameContentMakesNoRecord) {
    put("a", R"({"total":7.50,"l":[1]})");

    const Answer same = put("a", R"({"l":[1.0],"total":75e-1})");

    EXPECT_EQ(same.status, 200);
    EXPECT_EQ(body_of(same), R"({"position":1,"status":"unchanged","key":{"pk":"a"}})"
                             "\n");
    EXPECT_EQ(records(), 1U);
}

TEST_F(ItemWriteRoutes, APatchMergesIntoWhatIsThere) {
    put("a", R"({"status":"NEW","total":7,"to":{"street":"x","no":1}})");

    const Answer merged =
        write("PATCH", "/tables/orders/items/a", R"({"total":null,"to":{"no":2},"status":"OLD"})");

    EXPECT_EQ(merged.status, 200);
    EXPECT_EQ(order("a"), R"({"id":"a","pk":"a","status":"OLD","to":{"no":2,"street":"x"}})"
                          "\n");
    EXPECT_EQ(write("PATCH", "/tables/orders/items/b", R"({"total":1})").status, 404);
    EXPECT_EQ(records(), 2U);
}

TEST_F(ItemWriteRoutes, APatchIsKnownByItsOwnTypeToo) {
    put("a", R"({"x":1})");
    const Answer merged = shop.settle(shop.ask({"PATCH",
                                                "/tables/orders/items/a",
                                                {"Content-Type: application/merge-patch+json"},
                                                R"({"x":2})"}));
    EXPECT_EQ(merged.status, 200);
}

TEST_F(ItemWriteRoutes, APostMakesTheKey) {
    const Answer made = write("POST", "/tables/orders/items", R"({"status":"NEW"})");

    EXPECT_EQ(made.status, 201);
    const std::string path(made.header("Location"));
    EXPECT_TRUE(std::regex_match(
        path, std::regex("/tables/orders/items/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab].{16}")))
        << path;
    EXPECT_EQ(shop.get(path).status, 200);
    const Answer next = write("POST", "/tables/orders/items", R"({"status":"NEW"})");
    EXPECT_GT(std::string(next.header("Location")), path);
    EXPECT_EQ(write("POST", "/tables/orders/items", R"({"pk":"a"})").status, 422);
    EXPECT_EQ(write("POST", "/tables/orders/items/a", R"({})").status, 405);
    EXPECT_EQ(write("POST", "/tables/orders/items", "{}", {"If-Match: *"}).status, 400);
    EXPECT_EQ(write("POST", "/tables/orders/items", "{}", {"If-None-Match: *"}).status, 400);
    const Answer line = write("POST", "/tables/lines/items", R"({"sk":7})");
    EXPECT_EQ(line.status, 201);
    EXPECT_EQ(shop.get(std::string(line.header("Location"))).status, 200);
}

TEST_F(ItemWriteRoutes, ADeleteRemovesWhatIsThere) {
    put("a", R"({"x":1})");

    EXPECT_EQ(remove("/tables/orders/items/a").status, 204);
    EXPECT_EQ(shop.get("/views/order/a").status, 404);
    EXPECT_EQ(records(), 2U);
    EXPECT_EQ(remove("/tables/orders/items/a").status, 204);
    EXPECT_EQ(remove("/tables/orders/items/b").status, 204);
    EXPECT_EQ(records(), 2U);
    EXPECT_EQ(put("a", R"({"x":1})").status, 201);
}

TEST_F(ItemWriteRoutes, AKeyOfTwoPartsIsTwoSegments) {
    EXPECT_EQ(write("PUT", "/tables/lines/items/a%2Fb/7.0", R"({"x":1})").header("Location"),
              "/tables/lines/items/a%2Fb/7");
    EXPECT_EQ(body_of(write("PUT", "/tables/lines/items?key=a%2Fb&key=7", R"({"x":1})")),
              R"({"position":1,"status":"unchanged","key":{"pk":"a/b","sk":7}})"
              "\n");
    EXPECT_EQ(write("PUT", "/tables/lines/items?key=..&key=7", R"({"x":1})").header("Location"),
              "/tables/lines/items?key=..&key=7");
    EXPECT_EQ(write("PUT", "/tables/lines/items/a", R"({"x":1})").status, 400);
    EXPECT_EQ(write("PUT", "/tables/lines/items/a/b", R"({"x":1})").status, 400);
    EXPECT_EQ(write("PUT", "/tables/lines/items/a/7?if=x", R"({"x":1})").status, 400);
}

TEST_F(ItemWriteRoutes, APreconditionIsOfTheItemsState) {
    const std::string first(put("a", R"({"x":1})").header("ETag"));
    const std::string seen(shop.get("/views/order/a").header("ETag"));
    EXPECT_NE(first, seen);
    const auto status = [&](const std::string& header) {
        return put("a", R"({"x":1})", {header}).status;
    };

    for (const std::string& tag : {first, seen, "W/" + first, "\"7-a\", , " + first,
                                   seen.substr(0, seen.size() - 1) + "-gzip\""}) {
        EXPECT_EQ(status("If-Match: " + tag), 200) << tag;
        EXPECT_EQ(status("If-None-Match: " + tag), 412) << tag;
    }
    for (const char* tag : {"\"2-a\"", "\"x\"", "\"1\"", "\"\""}) {
        EXPECT_EQ(status("If-Match: " + std::string(tag)), 412) << tag;
        EXPECT_EQ(status("If-None-Match: " + std::string(tag)), 200) << tag;
    }
    const std::string unquoted = first.substr(1, first.size() - 2);
    for (const std::string& no_tag :
         {unquoted, std::string("x"), first + ", x", std::string(), std::string("\"*\"")}) {
        EXPECT_EQ(status("If-Match: " + no_tag), 400) << no_tag;
        EXPECT_EQ(status("If-None-Match: " + no_tag), 400) << no_tag;
    }
    EXPECT_EQ(status("If-Match: *"), 200);
    EXPECT_EQ(status("If-None-Match: *"), 412);
    EXPECT_EQ(put("b", R"({"x":1})", {"If-Match: *"}).status, 412);
    EXPECT_EQ(put("b", R"({"x":1})", {"If-Match: " + first}).status, 412);
    EXPECT_EQ(put("b", R"({"x":1})", {"If-None-Match: *"}).status, 201);
    EXPECT_EQ(put("a", R"({"x":2})", {"If-Match: " + first}).status, 200);
    const Answer late = put("a", R"({"x":3})", {"If-Match: " + first});
    EXPECT_EQ(late.status, 412);
    EXPECT_EQ(late.header("ETag"), shop.get("/tables/orders/items/a").header("ETag"));
    EXPECT_EQ(remove("/tables/orders/items/a", {"If-Match: " + first}).status, 412);
    EXPECT_EQ(order("a"), "{\"id\":\"a\",\"pk\":\"a\",\"x\":2}\n");
}

TEST_F(ItemWriteRoutes, ATableMayDemandAPrecondition) {
    const std::string target = "/tables/careful/items/a";

    EXPECT_EQ(write("PUT", target, "{}").status, 428);
    EXPECT_EQ(write("PATCH", target, "{}").status, 428);
    EXPECT_EQ(remove(target).status, 428);
    EXPECT_EQ(write("PUT", target, "{}", {"If-None-Match: *"}).status, 201);
    EXPECT_EQ(remove(target, {"If-Match: *"}).status, 204);
    EXPECT_EQ(write("POST", "/tables/careful/items", "{}").status, 201);
}

TEST_F(ItemWriteRoutes, TypedJsonSaysWhatPlainJsonCannot) {
    const Answer answer =
        shop.settle(shop.ask({"PUT",
                              "/tables/orders/items/a",
                              {"Content-Type: application/x-amz-json-1.0"},
                              R"({"tags":{"SS":["b","a"]},"raw":{"B":"AP8="},"n":{"N":"1.0"}})"}));

    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(order("a"), R"({"id":"a","n":1.0,"pk":"a","raw":"AP8=","tags":["a","b"]})"
                          "\n");
}

TEST_F(ItemWriteRoutes, AnItemIsReadInTheFormThatItIsWrittenIn) {
    const std::string item = R"({"n":{"N":"1.0"},"pk":{"S":"a"},"tags":{"SS":["a","b"]}})";
    const std::string path = "/tables/orders/items/a";
    const std::string wanted = "Accept: application/x-amz-json-1.0";
    shop.settle(shop.ask({"PUT", path, {"Content-Type: application/x-amz-json-1.0"}, item}));
    put("a", R"({"n":2})");

    const Answer typed = shop.get(path + "?at=1", {wanted});
    const Answer plain = shop.get(path + "?at=1");

    EXPECT_EQ(typed.body, item + "\n");
    EXPECT_EQ(typed.header("Content-Type"), "application/x-amz-json-1.0");
    EXPECT_EQ(plain.body, R"({"n":1.0,"pk":"a","tags":["a","b"]})"
                          "\n");
    EXPECT_EQ(plain.header("Content-Type"), "application/json");
    EXPECT_NE(typed.header("ETag"), plain.header("ETag")) << "a cache tells the two apart";
    EXPECT_EQ(shop.get(path, {wanted}).body, R"({"n":{"N":"2"},"pk":{"S":"a"}})"
                                             "\n");
    const std::string tag(shop.get(path, {wanted}).header("ETag"));
    EXPECT_EQ(put("a", R"({"n":3})", {"If-Match: " + tag}).status, 200);
}

TEST_F(ItemWriteRoutes, WhatIsWrongIsRefusedAndWritesNothing) {
    EXPECT_EQ(put("a", "{").status, 400);
    EXPECT_EQ(put("a", "[]").status, 422);
    EXPECT_EQ(put("a", R"({"pk":"b"})").status, 422);
    EXPECT_EQ(write("PUT", "/tables/nothing/items/a", "{}").status, 404);
    EXPECT_EQ(write("PUT", "/tables/fed/items/a", "{}").status, 409);
    EXPECT_EQ(write("POST", "/tables/fed/items", "{}").status, 409);
    EXPECT_EQ(remove("/tables/fed/items/a").status, 409);
    const Answer untyped = shop.settle(
        shop.ask({"PUT", "/tables/orders/items/a", {"Content-Type: text/plain"}, "{}"}));
    EXPECT_EQ(untyped.status, 415);
    EXPECT_EQ(records(), 0U);
}

TEST_F(ItemWriteRoutes, ATableTakesWritesOrRecordsButNotBoth) {
    const std::string record = order_event("INSERT", "a", 1, "NEW");

    const Answer named = shop.post(record, "?table=orders");
    EXPECT_EQ(named.status, 409);
    EXPECT_NE(named.body.find("is written directly"), std::string::npos) << named.body;
    EXPECT_EQ(shop.post(record, "?table=orders&partial=true").status, 409);
    EXPECT_EQ(shop.post(record, "?table=fed").status, 200);
    std::string by_source = record;
    by_source.replace(by_source.find(":table/shop"), 11, ":table/orders");
    EXPECT_EQ(shop.post(by_source).status, 409);
    EXPECT_EQ(records(), 1U);
}

TEST_F(ItemWriteRoutes, ATableThatIsWrittenHasNoSources) {
    const Answer adopted = write("POST", "/tables/orders/sources",
                                 R"({"stream":"arn:aws:dynamodb:eu:1:table/orders"})");
    EXPECT_EQ(adopted.status, 409);
    EXPECT_EQ(write("POST", "/tables/orders/reconciliations", "{}").status, 409);
}

// An application that leaves DynamoDB brings its items along.
TEST_F(ItemWriteRoutes, ATableMayBeginWithAnImport) {
    const Answer imported =
        shop.post(R"({"Item":{"pk":{"S":"a"},"x":{"N":"1"}}})", "?table=orders");
    EXPECT_EQ(imported.status, 200) << imported.body;

    EXPECT_EQ(write("PATCH", "/tables/orders/items/a", R"({"y":2})").status, 200);

    EXPECT_EQ(order("a"), "{\"id\":\"a\",\"pk\":\"a\",\"x\":1,\"y\":2}\n");
}

TEST_F(ItemWriteRoutes, SurvivesARestartAndARebuild) {
    put("a", R"({"x":1})");
    write("PATCH", "/tables/orders/items/a", R"({"y":2})");
    put("b", R"({"x":1})");
    remove("/tables/orders/items/b");

    shop.restart(true);

    EXPECT_EQ(order("a"), "{\"id\":\"a\",\"pk\":\"a\",\"x\":1,\"y\":2}\n");
    EXPECT_EQ(shop.get("/views/order/b").status, 404);
    EXPECT_EQ(body_of(put("a", R"({"x":1,"y":2})")),
              R"({"position":2,"status":"unchanged","key":{"pk":"a"}})"
              "\n");
    EXPECT_EQ(put("c", "{}").header("Freshet-Position"), "5");
}

// By names that another table takes from, too.
TEST_F(ItemWriteRoutes, AnImportIsOfTheTableThatIsNamed) {
    RouteShop both(
        config_of("[[table]]\nname = \"orders\"\nkey = [\"pk\"]\nsource = \"direct\"\n"
                  "[[table]]\nname = \"old\"\nkey = [\"pk\"]\nfrom = \"orders\"\n"));
    const Answer imported = both.post(R"({"Item":{"pk":{"S":"a"}}})", "?table=orders");
    EXPECT_NE(imported.body.find(R"("appended":1)"), std::string::npos) << imported.body;
}

// Only what differs is of the table's declaration: the one is written, the other fed.
TEST_F(ItemWriteRoutes, ItsRecordsFeedAnotherFreshetWithTheSameViews) {
    put("a", R"({"status":"NEW","total":7.50,"l":[1,{"x":null}]})");
    put("b", R"({"total":9})");
    write("PATCH", "/tables/orders/items/a", R"({"status":"OLD"})");
    remove("/tables/orders/items/b");
    put("b", R"({"total":1})");

    std::string text = tables;
    for (std::size_t at = 0; (at = text.find("\"direct\"", at)) != std::string::npos;) {
        text.replace(at, 8, "\"stream\"");
    }
    text.erase(text.find("demand_if_match = true"), 22);
    RouteShop fed(config_of(text));
    const Answer taken = fed.post(shop.get("/records").body);

    EXPECT_EQ(taken.status, 200) << taken.body;
    EXPECT_EQ(taken.header("Freshet-Position"), "5");
    for (const char* path : {"/views/all-orders", "/views/order/a", "/views/order/b",
                             "/tables/orders/items/a/history", "/tables/orders/items/b/history"}) {
        const Answer here = shop.get(path);
        const Answer there = fed.get(path);
        EXPECT_EQ(there.body, here.body) << path;
        EXPECT_EQ(there.header("ETag"), here.header("ETag")) << path;
    }
    const Answer again = fed.post(shop.get("/records").body);
    EXPECT_NE(again.body.find(R"("appended":0,"duplicates":5)"), std::string::npos) << again.body;
}

// A table that took a stream so far is written from now on, and its items continue.
TEST_F(ItemWriteRoutes, ContinuesATableThatTookAStream) {
    const support::TempFolder folder;
    const std::string table =
        "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\nfrom = \"shop\"\n"
        "[[table.view]]\nname = \"order\"\nfields = [\"status\"]\n";
    {
        RouteShop before(config_of(table), folder.file("data"));
        EXPECT_EQ(before.post(order_event("INSERT", "a", 700, "NEW")).status, 200);
    }
    std::string direct = table;
    direct.replace(direct.find("from = \"shop\""), 13, "source = \"direct\"");
    RouteShop after(config_of(direct), folder.file("data"));

    const auto patch = [&](const std::string& body) {
        return after.settle(after.ask(
            {"PATCH", "/tables/orders/items/a", {"Content-Type: application/json"}, body}));
    };
    EXPECT_EQ(patch(R"({"status":"OLD"})").status, 200);
    EXPECT_EQ(after.get("/views/order/a").body, "{\"status\":\"OLD\"}\n");
    EXPECT_EQ(patch(R"({"status":"OLDER"})").status, 200);
    after.restart(true);
    EXPECT_EQ(after.get("/views/order/a").body, "{\"status\":\"OLDER\"}\n");
    EXPECT_EQ(patch(R"({"status":"OLDEST"})").status, 200);
    const std::string log = after.get("/records?notices=1").body;
    EXPECT_NE(log.find(R"("notice":"adoption","table":"orders","stream":"arn:freshet:::table/)"),
              std::string::npos)
        << log;
}

// Numbers of a stream that has no name could not be told from ours.
TEST_F(ItemWriteRoutes, DoesNotContinueAStreamWithoutAName) {
    const support::TempFolder folder;
    const std::string table = "[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n";
    {
        RouteShop before(config_of(table), folder.file("data"));
        const Answer taken =
            before.post(R"({"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"a"}},"NewImage":)"
                        R"({"pk":{"S":"a"}},"SequenceNumber":"700"}})",
                        "?table=orders");
        EXPECT_EQ(taken.status, 200) << taken.body;
    }
    RouteShop after(config_of(table + "source = \"direct\"\n"), folder.file("data"));

    const Answer refused = after.settle(after.ask(
        {"PUT", "/tables/orders/items/a", {"Content-Type: application/json"}, R"({"x":1})"}));
    EXPECT_EQ(refused.status, 409);
    EXPECT_NE(refused.body.find("do not say their stream"), std::string::npos) << refused.body;
}

TEST_F(ItemWriteRoutes, AnUpdateNeedsNoRead) {
    const std::string target = "/tables/orders/items/a/update";
    const Answer made = write("POST", target, R"({"add":{"n":1}})");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("Location"), "/tables/orders/items/a");
    const Answer added = write("POST", target, R"({"add":{"n":1.5},"set":{"x":"y"}})");
    EXPECT_EQ(added.status, 200) << added.body;
    EXPECT_EQ(order("a"), "{\"id\":\"a\",\"n\":2.5,\"pk\":\"a\",\"x\":\"y\"}\n");
    EXPECT_EQ(body_of(write("POST", target, R"({"add":{"n":0}})")),
              "{\"position\":2,\"status\":\"unchanged\",\"key\":{\"pk\":\"a\"}}\n");

    const Answer unfit = write("POST", target, R"({"add":{"x":1}})");
    EXPECT_EQ(unfit.status, 422);
    EXPECT_NE(unfit.body.find(R"("pointer":"/add/x")"), std::string::npos) << unfit.body;
    EXPECT_EQ(write("POST", target, R"({"take":{"x":1}})").status, 422);
    EXPECT_EQ(write("POST", target, "{").status, 400);
    EXPECT_EQ(write("POST", target, R"({"add":{"n":1}})", {"If-Match: \"1-0\""}).status, 412);
    EXPECT_EQ(
        write("POST", "/tables/orders/items/never/update", R"({"add":{"n":1}})", {"If-Match: *"})
            .status,
        412);
    EXPECT_EQ(write("POST", "/tables/lines/items/a/7/update", R"({"add":{"n":1}})").status, 201);
    EXPECT_EQ(write("POST", "/tables/fed/items/a/update", R"({"add":{"n":1}})").status, 409);
    EXPECT_EQ(write("POST", "/tables/careful/items/a/update", R"({"add":{"n":1}})").status, 428);
    EXPECT_EQ(records(), 3U);
}

TEST_F(ItemWriteRoutes, AnUpdateIsOfItemsOfABoundedSize) {
    const std::string many(200'000, 'x');
    const std::string body = R"({"add":{"l":[")" + many + R"("]}})";
    EXPECT_EQ(write("POST", "/tables/orders/items/a/update", body).status, 201);
    EXPECT_EQ(write("POST", "/tables/orders/items/a/update", body).status, 200);
    EXPECT_EQ(write("POST", "/tables/orders/items/a/update", body).status, 422);
    EXPECT_EQ(records(), 2U);
}

// `condition` is a pattern, as it would be written.
std::string if_of(const std::string& condition) {
    return format_target(
        {.segments = {"tables", "orders", "items", "a"}, .query = {{"if", condition}}});
}

TEST_F(ItemWriteRoutes, AWriteAsksWhatTheItemIsLike) {
    put("a", R"({"status":"NEW","n":1})");
    const Answer unmet = write("PUT", if_of(R"({"status":["PAID"]})"), R"({"n":2})");
    EXPECT_EQ(unmet.status, 412);
    EXPECT_NE(unmet.body.find("the item is not as `if` has it"), std::string::npos) << unmet.body;
    EXPECT_EQ(unmet.header("ETag").substr(0, 3), "\"1-");
    EXPECT_EQ(write("PATCH", if_of(R"({"n":[{"numeric":["<",1]}]})"), R"({"n":2})").status, 412);
    EXPECT_EQ(write("DELETE", if_of(R"({"status":[{"exists":false}]})"), "").status, 412);
    EXPECT_EQ(records(), 1U);
    EXPECT_EQ(write("PATCH", if_of(R"({"status":["NEW"],"n":[1]})"), R"({"n":2})").status, 200);
    EXPECT_EQ(write("DELETE", if_of(R"({"n":[2]})"), "").status, 204);
    EXPECT_EQ(records(), 3U);

    EXPECT_EQ(write("PUT", if_of(R"({"n":[2]})"), "{}").status, 412) << "it has no attributes now";
    EXPECT_EQ(write("PUT", if_of(R"({"n":[{"exists":false}]})"), "{}").status, 201);
}

TEST_F(ItemWriteRoutes, AConditionThatIsNoneIsRefused) {
    const Answer wrong = write("PUT", if_of(R"({"status":"PAID"})"), R"({"n":2})");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_NE(wrong.body.find(R"("errors":[{"pointer":"/status","detail":"found \"PAID\" in if,)"),
              std::string::npos)
        << wrong.body;
    EXPECT_EQ(write("PUT", if_of("status"), R"({"n":2})").status, 400);
    EXPECT_EQ(write("POST", "/tables/orders/items?if=%7B%7D", R"({"n":2})").status, 400);
    EXPECT_EQ(records(), 0U);
}

TEST_F(ItemWriteRoutes, AnItemIsAsItsSchemaHasIt) {
    const std::string target = "/tables/pizzas/items/a";
    const Answer wrong =
        write("PUT", target, R"({"items":[{},{"size":"s"},{"size":"s"}],"createdAt":7})");
    EXPECT_EQ(wrong.status, 422) << wrong.body;
    EXPECT_NE(wrong.body.find(R"([{"pointer":"/createdAt","detail":"is made by the server)"),
              std::string::npos)
        << wrong.body;
    const Answer long_list = write("PUT", target, R"({"items":[{},{"size":"s"},{"size":"s"}]})");
    EXPECT_NE(long_list.body.find(R"({"pointer":"/items","detail":"has 3 elements)"),
              std::string::npos)
        << long_list.body;
    EXPECT_NE(long_list.body.find(R"({"pointer":"/items/0/size","detail":"is missing"})"),
              std::string::npos)
        << long_list.body;
    EXPECT_EQ(write("PUT", target, "{}").status, 422);
    EXPECT_EQ(write("POST", target + "/update", R"({"add":{"items":[1]}})").status, 422);
    EXPECT_EQ(records(), 0U);

    EXPECT_EQ(write("PUT", target, R"({"items":[{"size":"s"}]})").status, 201);
    const std::string made = shop.get("/views/pizza/a").body;
    EXPECT_NE(made.find(R"("numItems":1,"status":"NEW"})"), std::string::npos) << made;
    EXPECT_NE(made.find(R"({"createdAt":"20)"), std::string::npos) << made;

    EXPECT_EQ(write("PATCH", target, R"({"plan":7})").status, 200);
    EXPECT_EQ(write("PATCH", target, R"({"items":null})").status, 422);
    EXPECT_EQ(write("PATCH", target, R"({"items":[]})").status, 200);
    EXPECT_EQ(records(), 3U);
}

TEST_F(ItemWriteRoutes, AStatusTakesTheStepsOfItsTable) {
    const std::string target = "/tables/pizzas/items/a";
    ASSERT_EQ(write("PUT", target, R"({"items":[]})").status, 201);
    ASSERT_EQ(write("PATCH", target, R"({"status":"BAKED"})").status, 200);
    const Answer again = write("PATCH", target, R"({"status":"BAKED"})");
    EXPECT_EQ(again.status, 409);
    EXPECT_NE(again.body.find(R"("field":"status","current":"BAKED","reachable":[])"),
              std::string::npos)
        << again.body;
    EXPECT_NE(again.body.find("is \\\"BAKED\\\" already"), std::string::npos) << again.body;
    EXPECT_EQ(write("PATCH", target, R"({"items":[{"size":"s"}]})").status, 409);
    EXPECT_EQ(write("DELETE", target, "").status, 409);
    const Answer begun = write("PUT", "/tables/pizzas/items/b", R"({"items":[],"status":"OVEN"})");
    EXPECT_EQ(begun.status, 409);
    EXPECT_NE(begun.body.find(R"("current":null)"), std::string::npos) << begun.body;
    EXPECT_EQ(records(), 2U);
}

// Neither by being sent again as it was written, nor as it was read.
TEST_F(ItemWriteRoutes, WhatIsMadeMakesNoRecord) {
    const std::string target = "/tables/pizzas/items/a";
    const std::string body = R"({"items":[{"size":"s"}]})";
    write("PUT", target, body);
    const Answer again = write("PUT", target, body);
    EXPECT_NE(again.body.find("unchanged"), std::string::npos) << again.body;
    EXPECT_NE(write("PUT", target, shop.get(target).body).body.find("unchanged"),
              std::string::npos);
    EXPECT_NE(write("PATCH", target, body).body.find("unchanged"), std::string::npos);
    EXPECT_EQ(records(), 1U);
}

TEST_F(ItemWriteRoutes, ATableShowsItsSchema) {
    EXPECT_EQ(shop.get("/tables/pizzas").body,
              R"({"name":"pizzas","key":[{"name":"id","type":"string"}],"source":"direct",)"
              R"("schema":{"$schema":"https://json-schema.org/draft/2020-12/schema",)"
              R"("title":"pizzas","type":"object","required":["items"],"properties":{)"
              R"("createdAt":{"readOnly":true},"id":{"type":"string"},)"
              R"("items":{"type":"array","maxItems":2,"items":{"type":"object",)"
              R"("required":["size"]}},"lastUpdated":{"readOnly":true},)"
              R"("numItems":{"readOnly":true},"status":{"default":"NEW"}}},)"
              R"("transitions":[{"field":"status","from":["NEW"],"to":"BAKED"}],)"
              R"("editable":[{"field":"status","in":["NEW"],"attributes":["items"]}],)"
              R"("removable":[{"field":"status","in":["NEW"]}]})"
              "\n");
    EXPECT_EQ(shop.get("/tables/lines").body,
              R"({"name":"lines","key":[{"name":"pk","type":"string"},)"
              R"({"name":"sk","type":"number"}],"source":"direct"})"
              "\n");
    EXPECT_EQ(shop.get("/tables/none").status, 404);
}

// Each kind of write, sent again: the answer is that of the first, and nothing more is written.
TEST_F(ItemWriteRoutes, AWriteOfTheSameNameIsCarriedOutOnce) {
    put("there", R"({"n":1})");
    struct Write {
        std::string method;
        std::string target;
        std::string body;
        int status;
    };
    const std::vector<Write> writes = {
        {"PUT", "/tables/orders/items/a", R"({"n":1})", 201},
        {"PUT", "/tables/orders/items/there", R"({"n":2})", 200},
        {"PATCH", "/tables/orders/items/there", R"({"m":3})", 200},
        {"POST", "/tables/orders/items", R"({"n":1})", 201},
        {"DELETE", "/tables/orders/items/there", "", 204},
        {"DELETE", "/tables/orders/items/never", "", 204},
        {"PUT", "/tables/orders/items/a", R"({"n":1.0})", 200},
        {"POST", "/tables/orders/items/a/update", R"({"add":{"n":1}})", 200},
    };
    const auto send = [&](std::size_t i) {
        return write(writes[i].method, writes[i].target, writes[i].body,
                     {"Idempotency-Key: \"" + std::to_string(i) + '"'});
    };
    std::vector<Answer> first;
    for (std::size_t i = 0; i < writes.size(); ++i) first.push_back(send(i));
    const std::string log = shop.get("/records?notices=1").body;

    for (const bool without_state : {false, true}) {
        shop.restart(without_state);
        for (std::size_t i = 0; i < writes.size(); ++i) {
            SCOPED_TRACE(writes[i].method + ' ' + writes[i].target);
            const Answer again = send(i);
            EXPECT_EQ(again.status, writes[i].status) << again.body;
            EXPECT_EQ(again.status, first[i].status);
            EXPECT_EQ(again.body, first[i].body);
            EXPECT_EQ(again.header("Location"), first[i].header("Location"));
            EXPECT_EQ(again.header("ETag"), first[i].header("ETag"));
            EXPECT_EQ(first[i].header("Idempotent-Replayed"), "");
            EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
        }
        EXPECT_EQ(shop.get("/records?notices=1").body, log);
    }
    EXPECT_EQ(records(), 7U) << "six of them made one";
    const std::string noted = shop.get("/records?notices=1&after=6&limit=1").body;
    EXPECT_TRUE(noted.starts_with(
        R"({"Records":[{"position":7,"notice":"idempotency","table":"orders","key":"5","at":")"))
        << "what changed nothing is noted: " << noted;
}

// A table without items may be declared with another key; what its writes were called is known.
TEST_F(ItemWriteRoutes, ANameOutlivesTheKeyOfItsTable) {
    const support::TempFolder folder;
    const RouteShop::Asked asked{"DELETE", "/tables/orders/items/a", {"Idempotency-Key: k"}, ""};
    const auto declared = [](const std::string& key) {
        return config_of("[[table]]\nname = \"orders\"\nkey = [\"" + key +
                         "\"]\nsource = \"direct\"\n");
    };
    {
        RouteShop before(declared("pk"), folder.file("data"));
        EXPECT_EQ(before.settle(before.ask(asked)).status, 204);
    }
    RouteShop after(declared("id"), folder.file("data"));

    const Answer refused = after.settle(after.ask(asked));
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(after.settle(after.ask({"DELETE", "/tables/orders/items/a", {}, ""})).status, 204)
        << "the server writes all the same";
}

TEST_F(ItemWriteRoutes, ANameIsOfOneWrite) {
    const std::vector<std::string> name = {"Idempotency-Key: k"};
    EXPECT_EQ(put("a", R"({"n":1,"m":2})", name).status, 201);

    EXPECT_EQ(put("a", R"({ "m": 2, "n": 1 })", name).status, 201) << "it is the same body";
    EXPECT_EQ(put("a", R"({"n":1,"m":2})", {"If-None-Match: *", name[0]}).status, 201)
        << "it was not there when it was sent first";
    EXPECT_EQ(put("b", R"({"n":1,"m":2})", name).status, 422);
    EXPECT_EQ(write("PATCH", "/tables/orders/items/a", R"({"n":1,"m":2})", name).status, 422);
    EXPECT_EQ(remove("/tables/orders/items/a", name).status, 422);
    const Answer other = put("a", R"({"n":1,"m":3})", name);
    EXPECT_EQ(other.status, 422);
    EXPECT_NE(other.body.find("was used for another write"), std::string::npos) << other.body;
    EXPECT_EQ(records(), 1U);
}

// What was refused may be sent again once it has been put right, under the same name.
TEST_F(ItemWriteRoutes, ARefusalLeavesTheNameFree) {
    const std::vector<std::string> named = {"Idempotency-Key: k"};
    EXPECT_EQ(write("PATCH", "/tables/orders/items/a", R"({"n":1})", named).status, 404);
    EXPECT_EQ(put("a", R"({"n":0})", {"If-Match: *", named[0]}).status, 412);
    put("a", R"({"n":0})");

    EXPECT_EQ(write("PATCH", "/tables/orders/items/a", R"({"n":1})", named).status, 200);
    EXPECT_EQ(put("b", "{}", {"Idempotency-Key: \"k"}).status, 400);
    EXPECT_EQ(shop.get("/views/order/b").status, 404) << "nothing is written under a wrong name";
}

TEST_F(ItemWriteRoutes, ARefusedWriteIsCountedAsOne) {
    put("a", "{}");
    put("a", "{}", {"If-None-Match: *"});

    const std::string metrics = shop.engine().metrics_text();
    EXPECT_NE(metrics.find("freshet_batches_total{outcome=\"admitted\"} 1\n"), std::string::npos);
    EXPECT_NE(metrics.find("freshet_batches_total{outcome=\"refused\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace freshet::http
