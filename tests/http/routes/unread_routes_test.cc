// What http/routes/unread_routes.h promises, and POST /records with ?bad=park: told as what happens
// to records that nobody understands.

#include "http/routes/unread_routes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/routes/bulk_append.h"
#include "http/routes/write_routes.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;
using support::must;

const std::vector<std::string> json_type{"Content-Type: application/json"};

JsonValue json(const Answer& answer) {
    const auto value = JsonValue::parse(answer.body);
    EXPECT_TRUE(value.has_value()) << answer.body;
    return value.value_or(JsonValue());
}

bool has(const Answer& answer, std::string_view text) {
    return answer.body.find(text) != std::string::npos;
}

// A record without its eventName.
std::string nameless(std::string_view id) {
    return R"({"dynamodb": {"Keys":{"pk":{"S":")" + std::string(id) +
           R"("}}, "SequenceNumber":"31"}})";
}

class UnreadRoutes : public ::testing::Test {
protected:
    Answer park(const std::string& body, const std::string& more = {},
                std::vector<std::string> headers = json_type) {
        return shop.post(body, "?table=orders&bad=park" + more, std::move(headers));
    }
    Answer ask(const std::string& method, const std::string& target, const std::string& body = {}) {
        return shop.settle(shop.ask(
            {method, target, body.empty() ? std::vector<std::string>() : json_type, body}));
    }
    Answer order(const std::string& body) { return ask("POST", "/records/parked", body); }
    std::string positions(const std::string& query = {}) {
        std::string text;
        const JsonValue page = json(shop.get("/records/parked" + query));
        for (const JsonValue& one : page["parked"].elements()) {
            text += (text.empty() ? "" : " ") + one["position"].text();
        }
        return page["next"].exists() ? text + " next " + page["next"].text() : text;
    }

    RouteShop shop;
};

TEST_F(UnreadRoutes, TheSourceIsToldWhatIsParkedAndContinues) {
    const Answer answer = park(R"({"Records":[)" + nameless("a") + "," +
                               R"({"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"b"}},)" +
                               R"("SequenceNumber":"1"}},7,7]})");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body,
              R"({"position":3,"appended":1,"duplicates":1,"ignored":0,"parked":2,"results":[)"
              R"({"sequenceNumber":"31","position":1,"status":"parked"},)"
              R"({"sequenceNumber":"1","position":2,"status":"appended"},)"
              R"({"sequenceNumber":"","position":3,"status":"parked"},)"
              R"({"sequenceNumber":"","position":3,"status":"duplicate"}],"batchItemFailures":[]})"
              "\n");
    const Answer minimal = park("[8]", "", {json_type[0], "Prefer: return=minimal"});
    EXPECT_TRUE(has(minimal, R"("ignored":0,"parked":1,"batchItemFailures":[])")) << minimal.body;
}

TEST_F(UnreadRoutes, WhereNobodyAsksForItNothingIsParked) {
    EXPECT_EQ(shop.post("[7]", "?table=orders").status, 422);
    EXPECT_FALSE(has(shop.post("[]"), "parked"));
    EXPECT_EQ(positions(), "");
}

TEST_F(UnreadRoutes, WhatIsNoJsonAndOtherValuesOfBadAreRefused) {
    EXPECT_EQ(park("{").status, 400);
    for (const char* bad : {"?bad=", "?bad=drop", "?bad=true", "?bad=park&bad=park"}) {
        EXPECT_EQ(shop.post("[7]", bad).status, 400) << bad;
    }
    EXPECT_EQ(shop.post("[7]", "?table=orders&bad=park", {"Content-Type: text/plain"}).status, 415);
    EXPECT_EQ(positions(), "");
}

TEST_F(UnreadRoutes, AStreamThatIsNotTakenIsRefusedAndNothingIsParked) {
    const Answer answer = shop.post(
        R"([7,{"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/elsewhere",)"
        R"("dynamodb":{"Keys":{"pk":{"S":"b"}},"SequenceNumber":"1"}}])",
        "?bad=park");

    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(has(answer, R"("pointer":"/1/eventSourceARN")")) << answer.body;
    EXPECT_EQ(positions(), "");
}

TEST_F(UnreadRoutes, TheLinesOfABodyAreParkedAndCounted) {
    Request request;
    request.method = "POST";
    request.target = must(parse_target("/records?table=orders&bad=park"));
    request.identity.caller = engine::everybody();
    const auto options = bulk_options(shop.engine(), request, 1'000);
    ASSERT_TRUE(options.has_value());
    BulkAppend bulk(shop.engine().catalog(), *options);
    bulk.take("no JSON\n" + nameless("a") + "\n\n{}\n");
    bulk.end();
    while (bulk.has_batch()) {
        shop.engine().append(bulk.take_batch(), [&](auto receipt) { bulk.settle(receipt); });
        shop.engine().sequencer().step();
    }

    const Answer answer = bulk.answer({});

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"position":3,"lines":4,"appended":0,"duplicates":0,"ignored":0,)"
                           R"("parked":3,"batchItemFailures":[]})"
                           "\n");
    EXPECT_EQ(json(shop.get("/records/parked/1"))["text"].text(), "no JSON");
}

TEST_F(UnreadRoutes, TheItemsOfAReconciliationComeWhole) {
    Request request;
    request.method = "POST";
    request.target = must(parse_target("/records?table=orders&bad=park&reconciliation=1"));
    request.identity.caller = engine::everybody();

    const auto options = bulk_options(shop.engine(), request, 1'000);

    ASSERT_FALSE(options.has_value());
    EXPECT_EQ(options.error().status, 400);
}

TEST_F(UnreadRoutes, AreListedPageByPageWithoutTheirTexts) {
    park("[" + nameless("a") + R"(,"b","c"])");

    EXPECT_EQ(positions(), "1 2 3");
    EXPECT_EQ(positions("?limit=2"), "1 2 next 2");
    EXPECT_EQ(positions("?limit=2&after=2"), "3");
    EXPECT_EQ(positions("?after=18446744073709551615"), "");
    EXPECT_EQ(shop.get("/records/parked?limit=0").status, 400);
    EXPECT_EQ(shop.get("/records/parked?limit=1001").status, 400);
    EXPECT_EQ(shop.get("/records/parked?text=1").status, 400);

    const JsonValue first = json(shop.get("/records/parked"))["parked"][0];
    EXPECT_EQ(first["sequence"].text(), "31");
    EXPECT_EQ(first["error"].text(), "is missing, expected INSERT, MODIFY or REMOVE");
    EXPECT_EQ(first["pointer"].text(), "/eventName");
    EXPECT_EQ(first["bytes"].text(), std::to_string(nameless("a").size()));
    EXPECT_TRUE(first["since"].exists());
    EXPECT_FALSE(first["text"].exists());
}

TEST_F(UnreadRoutes, OneIsShownAsItCame) {
    park(nameless("a"));

    const JsonValue record = json(shop.get("/records/parked/1"));

    EXPECT_EQ(record["text"].text(), nameless("a"));
    EXPECT_EQ(record["pointer"].text(), "/eventName");
    for (const char* other : {"2", "0", "x", "18446744073709551616"}) {
        EXPECT_EQ(shop.get("/records/parked/" + std::string(other)).status, 404) << other;
    }
}

TEST_F(UnreadRoutes, OneIsDroppedAndMayBeSentAgainMended) {
    park("[" + nameless("a") + ",7]");

    const Answer answer = ask("DELETE", "/records/parked/1");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"record\":1,\"done\":\"dropped\",\"position\":3}\n");
    EXPECT_EQ(answer.header("Freshet-Position"), "3");
    EXPECT_EQ(positions(), "2");
    EXPECT_EQ(ask("DELETE", "/records/parked/1").status, 404);
    EXPECT_EQ(shop.get("/records/parked/1").status, 404);
    std::string mended = nameless("a");
    mended.insert(1, R"("eventName":"INSERT",)");
    EXPECT_TRUE(has(park(mended), R"("appended":1)"));
}

TEST_F(UnreadRoutes, SeveralAreDroppedAtOnce) {
    park(R"(["a","b","c","d"])");

    const JsonValue dry = json(order(R"({"do":"drop","all":true,"dry_run":true})"));
    EXPECT_EQ(dry["dropped"].text(), "4");
    EXPECT_EQ(dry["dry_run"].text(), "true");
    EXPECT_EQ(dry["records"].size(), 4U);
    EXPECT_EQ(positions(), "1 2 3 4");

    const JsonValue some = json(order(R"({"do":"drop","records":[2,2,4,99]})"));
    EXPECT_EQ(some["dropped"].text(), "2");
    EXPECT_EQ(some["absent"].text(), "1");
    EXPECT_EQ(some["position"].text(), "6");
    EXPECT_EQ(positions(), "1 3");

    EXPECT_EQ(json(order(R"({"do":"drop","all":true,"after":1})"))["dropped"].text(), "1");
    EXPECT_EQ(positions(), "1");
    EXPECT_EQ(json(order(R"({"do":"drop","all":true})"))["dropped"].text(), "1");
    EXPECT_EQ(json(order(R"({"do":"drop","all":true})"))["dropped"].text(), "0");
    EXPECT_EQ(positions(), "");
}

TEST_F(UnreadRoutes, AllOfManyAreDroppedPageByPage) {
    std::string records;
    for (int i = 0; i < 1'500; ++i) records += (i > 0 ? "," : "") + std::to_string(i);
    park("[" + records + "]");

    const JsonValue first = json(order(R"({"do":"drop","all":true})"));

    EXPECT_EQ(first["dropped"].text(), "1000");
    EXPECT_EQ(first["records"].size(), 10U);
    EXPECT_EQ(first["next"].text(), "1000");
    const JsonValue rest = json(order(R"({"do":"drop","all":true,"after":1000})"));
    EXPECT_EQ(rest["dropped"].text(), "500");
    EXPECT_FALSE(rest["next"].exists());
}

TEST_F(UnreadRoutes, AnOrderOfAnotherFormIsRefused) {
    park("[7]");
    for (const char* body :
         {"{}", "[]", R"({"do":"drop"})", R"({"do":"again","all":true})",
          R"({"do":"drop","all":false})", R"({"do":"drop","all":true,"records":[1]})",
          R"({"do":"drop","records":[0]})", R"({"do":"drop","records":["1"]})",
          R"({"do":"drop","records":1})", R"({"do":"drop","records":[1],"after":1})",
          R"({"do":"drop","all":true,"dry_run":1})", R"({"do":"drop","all":true,"more":1})",
          R"({"do":7,"all":true})"}) {
        EXPECT_EQ(order(body).status, 422) << body;
    }
    EXPECT_EQ(order("{").status, 400);
    EXPECT_EQ(positions(), "1");
}

TEST_F(UnreadRoutes, TheStatusTellsHowManyThereAre) {
    EXPECT_FALSE(has(shop.get("/status"), R"("parked")"));
    park("[7,88]");
    EXPECT_TRUE(has(shop.get("/status"), R"("parked":{"records":2,"bytes":3})"));
}

TEST_F(UnreadRoutes, TheLogTellsOfThemButNotTheirTexts) {
    park("[" + nameless("a") + "]");
    ask("DELETE", "/records/parked/1");

    const JsonValue records = json(shop.get("/records?notices=1"))["Records"];

    EXPECT_EQ(records[0]["notice"].text(), "unread");
    EXPECT_EQ(records[0]["pointer"].text(), "/eventName");
    EXPECT_EQ(records[0]["bytes"].text(), std::to_string(nameless("a").size()));
    EXPECT_EQ(records[1]["notice"].text(), "discarded");
    EXPECT_EQ(records[1]["record"].text(), "1");
}

}  // namespace
}  // namespace freshet::http
