#include "http/routes/write_routes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/config/config.h"
#include "http/credentials/digest.h"
#include "http/credentials/revocations.h"
#include "http/routes/bulk_append.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

bool has(const Answer& answer, std::string_view text) {
    return answer.body.find(text) != std::string::npos;
}

class WriteRoutes : public ::testing::Test {
protected:
    RouteShop shop;
};

TEST_F(WriteRoutes, TheAnswerTellsWhatBecameOfEachRecord) {
    const Answer answer = shop.post(order_event("INSERT", "a", 7, "OPEN"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.header("Freshet-Position"), "1");
    EXPECT_EQ(answer.body, R"({"position":1,"appended":1,"duplicates":0,"ignored":0,)"
                           R"("results":[{"sequenceNumber":"7","position":1,"status":"appended"}],)"
                           R"("batchItemFailures":[]})"
                           "\n");
}

TEST_F(WriteRoutes, ADuplicateIsAcknowledgedWithItsItemsPosition) {
    shop.post(order_event("INSERT", "a", 7, "OPEN"));

    const Answer answer = shop.post(order_event("INSERT", "a", 7, "OPEN"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(has(answer, R"("appended":0,"duplicates":1)"));
    EXPECT_TRUE(has(answer, R"({"sequenceNumber":"7","position":1,"status":"duplicate"})"));
}

TEST_F(WriteRoutes, AMinimalAnswerLeavesResultsOut) {
    const Answer answer =
        shop.post(order_event("INSERT", "a", 7, "OPEN"), "",
                  {"Content-Type: application/json", "Prefer: respond-async, Return=Minimal; x=1"});

    EXPECT_FALSE(has(answer, "results"));
    EXPECT_TRUE(has(answer, R"("batchItemFailures":[])"));
    EXPECT_EQ(answer.header("Preference-Applied"), "return=minimal");
}

TEST_F(WriteRoutes, AWrongTypeIsToldTheRightCommand) {
    for (const char* type :
         {"Content-Type: text/plain", "Content-Type: application/jsonx", "X: no type at all"}) {
        const Answer answer = shop.post("[]", "", {type});
        EXPECT_EQ(answer.status, 415) << type;
        EXPECT_TRUE(has(answer,
                        "curl -H 'Content-Type: application/json' --data-binary "
                        "@records.json http://localhost:8080/records"));
        EXPECT_TRUE(has(answer,
                        "curl -X POST -H 'Content-Type: application/x-ndjson' -T records.ndjson "
                        "http://localhost:8080/records"));
    }
}

Request request_of(std::string_view method, std::string_view target,
                   std::vector<HeaderField> headers) {
    Request request;
    request.method = method;
    request.target = support::must(parse_target(target));
    request.headers = std::move(headers);
    request.identity.caller = engine::everybody();
    return request;
}

TEST_F(WriteRoutes, RecordsLineByLineAreABulk) {
    const HeaderField lines{"Content-Type", "application/x-ndjson"};
    EXPECT_TRUE(is_bulk(request_of("POST", "/records", {lines})));
    EXPECT_TRUE(is_bulk(request_of("POST", "/records?partial=true",
                                   {{"content-type", "Application/NDJSON; charset=utf-8"}})));
    EXPECT_TRUE(is_bulk(request_of("POST", "/records", {{"Content-Type", "application/jsonl"}})));

    EXPECT_FALSE(is_bulk(request_of("GET", "/records", {lines})));
    EXPECT_FALSE(is_bulk(request_of("POST", "/records/1", {lines})));
    EXPECT_FALSE(is_bulk(request_of("POST", "/", {lines})));
    EXPECT_FALSE(is_bulk(request_of("POST", "/records", {lines, lines})));
    EXPECT_FALSE(is_bulk(request_of("POST", "/records", {})));
    EXPECT_FALSE(is_bulk(request_of("POST", "/records", {{"Content-Type", "application/json"}})));
}

TEST_F(WriteRoutes, ABulkIsReadAsItsQuerySays) {
    const Request request = request_of("POST", "/records?table=orders&partial=true", {});

    const auto options = bulk_options(shop.engine(), request, 100);

    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->decode.table, shop.engine().catalog().table("orders"));
    EXPECT_TRUE(options->decode.partial);
    EXPECT_EQ(options->line_bytes_max, 100U);
}

TEST_F(WriteRoutes, ABulkThatCannotBeReadIsRefusedByItsHead) {
    const auto status = [this](std::string_view target, std::vector<HeaderField> headers = {}) {
        const Request request = request_of("POST", target, std::move(headers));
        const auto options = bulk_options(shop.engine(), request, 100);
        return options ? 0 : options.error().status;
    };

    EXPECT_EQ(status("/records"), 0);
    EXPECT_EQ(status("/records?table=nothing"), 404);
    EXPECT_EQ(status("/records?partial=perhaps"), 400);
    EXPECT_EQ(status("/records?limit=1"), 400);
}

TEST_F(WriteRoutes, ParametersOfTheTypeDoNotMatter) {
    EXPECT_EQ(shop.post("[]", "", {"content-type: Application/JSON ; charset=utf-8"}).status, 200);
}

TEST_F(WriteRoutes, ABodyInAnUnknownCodingIsRefusedWithTheKnownOnes) {
    const Answer refused =
        shop.post("[]", "", {"Content-Type: application/json", "Content-Encoding: br"});

    EXPECT_EQ(refused.status, 415);
    EXPECT_EQ(refused.header("Accept-Encoding"), "gzip, deflate, zstd");
    EXPECT_NE(refused.body.find("gzip, deflate or zstd"), std::string::npos) << refused.body;
    EXPECT_EQ(shop.post("[]", "", {"Content-Type: application/json", "Content-Encoding: identity"})
                  .status,
              200);
}

TEST_F(WriteRoutes, AnUnknownTableIsNotFound) {
    EXPECT_EQ(shop.post("[]", "?table=nothing").status, 404);
}

TEST_F(WriteRoutes, BrokenJsonIsToldItsPlace) {
    const Answer answer = shop.post("[\n{]");

    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(has(answer, "line 2, column 2"));
}

TEST_F(WriteRoutes, TooManyRecordsAreTooLarge) {
    std::string body = "[{}";
    for (std::size_t i = 0; i < engine::batch_records_max; ++i) body += ",{}";

    EXPECT_EQ(shop.post(body + "]").status, 413);
}

TEST_F(WriteRoutes, OneWrongRecordKeepsTheWholeBatchOut) {
    std::string event = order_event("INSERT", "a", 7, "OPEN");
    event.insert(event.size() - 2, R"(,{"eventName":"EAT"})");

    const Answer answer = shop.post(event);

    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(has(answer, " faults in the records; none of them was appended"));
    EXPECT_TRUE(has(answer, R"({"pointer":"/Records/1/eventName")"));
    EXPECT_EQ(shop.get("/views/order/a").status, 404);
}

TEST_F(WriteRoutes, WithPartialWhatStandsBeforeTheWrongRecordIsAppended) {
    std::string event = order_event("INSERT", "a", 7, "OPEN");
    event.insert(event.size() - 2, R"(,{"eventName":"EAT","dynamodb":{"SequenceNumber":"9"}})");

    const Answer answer = shop.post(event, "?partial=true");

    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(has(answer, R"("appended":1)"));
    EXPECT_TRUE(
        has(answer, R"("batchItemFailures":[{"itemIdentifier":"9"}],"errors":[{"pointer":)"));
    EXPECT_EQ(shop.get("/views/order/a").status, 200);
}

constexpr const char* exported =
    R"({"Item":{"pk":{"S":"a"},"status":{"S":"EXPORTED"},"creator":{"S":"c"}}})";

TEST_F(WriteRoutes, AnItemOfAnExportIsAnImportOfTheNamedTable) {
    const Answer answer = shop.post(exported, "?table=orders");
    const Answer again = shop.post(exported, "?table=orders");

    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(
        has(answer, R"("results":[{"sequenceNumber":"0","position":1,"status":"appended"}])"));
    EXPECT_TRUE(has(again, R"("appended":0,"duplicates":1)"));
    EXPECT_TRUE(has(shop.get("/views/order/a"), "EXPORTED"));
    EXPECT_TRUE(has(shop.get("/records"), R"("imported":true,"eventName":"INSERT")"));

    EXPECT_TRUE(has(shop.post(order_event("MODIFY", "a", 7, "OPEN")), R"("appended":1)"));
    EXPECT_TRUE(has(shop.get("/views/order/a"), "OPEN"));
}

TEST_F(WriteRoutes, AnItemOfAnExportHasToBeToldItsTable) {
    const Answer answer = shop.post(exported);

    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(has(answer, "name it with ?table="));
    EXPECT_EQ(shop.get("/views/order/a").status, 404);
}

TEST_F(WriteRoutes, AnItemOfAnExportWithoutItsKeyIsAWrongRecord) {
    const Answer answer =
        shop.post(R"([{"Item":{"pk":{"N":"1"}}},{"Item":{"id":{"S":"a"}}}])", "?table=orders");

    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(has(answer, R"({"pointer":"/0/Item/pk")")) << answer.body;
    EXPECT_TRUE(has(answer, R"({"pointer":"/1/Item")")) << answer.body;
}

TEST_F(WriteRoutes, AWrongRecordWithoutANumberIsNamedByNone) {
    const Answer answer = shop.post("[{}]", "?partial=true");

    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(has(answer, R"("batchItemFailures":[{"itemIdentifier":""}])"));
}

TEST(ReceiptAnswer, AnIgnoredRecordHasNoPosition) {
    engine::Receipt receipt;
    receipt.position = {5};
    receipt.ignored = 1;
    receipt.outcomes = {{engine::Outcome::ignored, "3", {}}};

    const Answer answer = receipt_answer(receipt, {});

    EXPECT_TRUE(has(answer, R"("results":[{"sequenceNumber":"3","status":"ignored"}])"));
}

TEST(ReceiptAnswer, AFullQueueAsksToTryAgain) {
    const Answer answer = receipt_answer(fail(Errc::busy, "full"), {});

    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");
}

TEST(ReceiptAnswer, AnAdmissionThatIsRefusedIsAProblem) {
    engine::Receipt receipt;
    receipt.refusal = engine::Refusal{{{"/Records/0", "wrong source"}}, "1"};

    const Answer answer = receipt_answer(receipt, {});

    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(has(answer, "1 fault in the records"));
}

engine::Config config_with_machines() {
    std::string machines;
    for (const std::string name : {"lambda", "script"}) {
        machines += "{ name = \"" + name + "\", sha256 = \"" + session_of(digest_of(name)) +
                    "\", rights = [\"ingest\"] }, ";
    }
    return support::must(engine::parse_config(
        "[auth]\nmachines = [" + machines + "]\n[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n",
        "shop.toml"));
}

TEST(WriteRoutesOfClients, EachBatchSaysWhoseItIs) {
    RouteShop shop(config_with_machines());
    const auto sent_by = [&](const std::string& machine, const char* type) {
        return shop.ask({"POST",
                         "/records?table=orders",
                         {"Authorization: Bearer " + machine, std::string("Content-Type: ") + type},
                         order_event("INSERT", "a", 7, "OPEN")});
    };
    const auto client = [&](const std::string& machine) {
        return std::get<RecordsToAppend>(sent_by(machine, "application/json")).batch.client;
    };

    EXPECT_EQ(client("lambda"), client("lambda"));
    EXPECT_NE(client("lambda"), client("script"));
    EXPECT_NE(client("lambda"), "");
    const LinesToAppend lines = std::get<LinesToAppend>(sent_by("script", "application/x-ndjson"));
    EXPECT_EQ(lines.options.client, client("script"));
    BulkAppend bulk(shop.engine().catalog(), lines.options);
    bulk.take(order_event("INSERT", "a", 7, "OPEN") + "\n");
    EXPECT_EQ(bulk.take_batch().client, client("script"));
}

TEST_F(WriteRoutes, WhereNobodyIsAskedForACredentialNobodyIsToldApart) {
    const NextStep step = shop.ask({"POST",
                                    "/records",
                                    {"Content-Type: application/json"},
                                    order_event("INSERT", "a", 7, "OPEN")});

    EXPECT_EQ(std::get<RecordsToAppend>(step).batch.client, "");
}

}  // namespace
}  // namespace freshet::http
