// What http/routes/reconciliation_routes.h promises.

#include "http/routes/reconciliation_routes.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "http/messages/target.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;

const std::string path = "/tables/orders/reconciliations";
const std::vector<std::string> json_type{"Content-Type: application/json"};

JsonValue json(const Answer& answer) {
    const auto value = JsonValue::parse(answer.body);
    EXPECT_TRUE(value.has_value()) << answer.body;
    return value.value_or(JsonValue());
}

// A change of an order of the table shop in that region, long ago.
std::string change(const std::string& id, int sequence, const std::string& region = "eu-west-1") {
    return R"({"Records":[{"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:)" + region +
           R"(:123456789012:table/shop/stream/2026-01-01T00:00:00.000","dynamodb":{)" +
           R"("ApproximateCreationDateTime":1700000000,"Keys":{"pk":{"S":")" + id +
           R"("}},"NewImage":{"pk":{"S":")" + id +
           R"("},"creator":{"S":"ann"},"status":{"S":"OPEN"}},"SequenceNumber":")" +
           std::to_string(sequence) + R"("}}]})";
}

class ReconciliationRoutes : public ::testing::Test {
protected:
    Answer post(const std::string& target, const std::string& body,
                const std::vector<std::string>& headers = json_type) {
        return std::get<Answer>(shop.ask({"POST", target, headers, body}));
    }
    // Once the one before has let go of its shelf.
    Answer begin(const std::string& body = R"({"as_of":"2026-11-20T11:39:28Z"})") {
        Answer begun = post(path, body);
        while (begun.status == 503) begun = post(path, body);
        return begun;
    }
    static std::string place(const Answer& begun) { return std::string(begun.header("Location")); }

    // By a client that reaches the server under that path.
    Answer begin_under(const std::string& prefix) {
        Request request;
        request.method = "POST";
        request.target = support::must(parse_target(path));
        request.headers = {{"Content-Type", "application/json"}};
        request.prefix = prefix;
        request.body = R"({"as_of":"2026-11-20T11:39:28Z"})";
        return std::get<Answer>(next_step(shop.context(), request, shop.now));
    }

    // Hands lines in, as a connection does once they have come.
    void send(const std::string& id, const std::vector<std::string>& lines) {
        const auto step = shop.ask({"POST",
                                    "/records?table=orders&reconciliation=" + id,
                                    {"Content-Type: application/x-ndjson"},
                                    ""});
        BulkAppend bulk(shop.engine().catalog(), std::get<LinesToAppend>(step).options);
        for (const std::string& line : lines) bulk.take(line + "\n");
        bulk.end();
        while (bulk.has_batch()) {
            std::promise<Result<engine::Receipt>> receipt;
            shop.engine().append(bulk.take_batch(), [&](Result<engine::Receipt> given) {
                receipt.set_value(std::move(given));
            });
            bulk.settle(receipt.get_future().get());
        }
        const Answer answer = bulk.answer({});
        EXPECT_EQ(answer.status, 200) << answer.body;
    }
    // What it says once it has come to an end of its work.
    JsonValue run(const std::string& place, const std::string& body) {
        const Answer begun = post(place, body);
        EXPECT_EQ(begun.status, 200) << begun.body;
        while (true) {
            JsonValue status = json(shop.get(place));
            const std::string phase = status["phase"].text();
            if (phase != "counting" && phase != "applying") return status;
            shop.engine().sequencer().step();
        }
    }

    RouteShop shop;
};

TEST_F(ReconciliationRoutes, TheLocationIsWhereTheClientReachesIt) {
    const Answer begun = begin_under("/shop/freshet");

    EXPECT_EQ(begun.status, 201) << begun.body;
    EXPECT_EQ(place(begun), "/shop/freshet" + path + "/" + std::string(json(begun)["id"].text()));
}

TEST_F(ReconciliationRoutes, MakeATableEvenWithAnExport) {
    shop.post(change("kept", 1));
    shop.post(change("gone", 2));
    const Answer begun = begin();
    EXPECT_EQ(begun.status, 201) << begun.body;
    const std::string id = json(begun)["id"].text();
    EXPECT_EQ(place(begun), path + "/" + id);
    EXPECT_NE(shop.get("/status").body.find(R"("reconciliation":{"table":"orders","id":")" + id +
                                            R"(","phase":"receiving","percent":0})"),
              std::string::npos);

    send(id, {R"({"Item":{"pk":{"S":"kept"},"creator":{"S":"ann"},"status":{"S":"DONE"}}})",
              R"({"Item":{"pk":{"S":"new"},"creator":{"S":"ann"},"status":{"S":"OPEN"}}})"});
    const JsonValue counted = run(place(begun), R"({"dry_run":true})");
    EXPECT_EQ(counted["phase"].text(), "counted");
    EXPECT_EQ(counted["exported"].text(), "2");
    EXPECT_EQ(counted["present"].text(), "2");
    EXPECT_EQ(counted["samples"]["removed"].elements().at(0).text(), "\"gone\"");
    EXPECT_EQ(run(place(begun), "{}")["phase"].text(), "refused");
    const JsonValue done = run(place(begun), R"({"removals":1})");

    EXPECT_EQ(done["phase"].text(), "done");
    EXPECT_EQ(done["added"].text(), "1");
    EXPECT_EQ(done["replaced"].text(), "1");
    EXPECT_EQ(done["removed"].text(), "1");
    EXPECT_EQ(json(shop.get("/views/order/kept"))["status"].text(), "DONE");
    EXPECT_EQ(shop.get("/views/order/gone").status, 404);
    EXPECT_EQ(shop.get("/views/order/new").status, 200);
    EXPECT_EQ(shop.get("/status").body.find(R"("reconciliation":)"), std::string::npos);
    EXPECT_NE(
        shop.get("/tables/orders/sources").body.find(R"("reconciled":"2026-11-20T11:39:28Z")"),
        std::string::npos);
    EXPECT_NE(shop.get("/status").body.find(R"("reconciled":"2026-11-20T11:39:28Z")"),
              std::string::npos);
    EXPECT_NE(shop.get("/records?notices=1")
                  .body.find(R"("notice":"reconciliation","table":"orders",)"
                             R"("moment":"2026-11-20T11:39:28Z")"),
              std::string::npos);
}

TEST_F(ReconciliationRoutes, AReconciledRecordIsTheSameWhereItIsSentOn) {
    shop.post(change("a", 1));
    const Answer begun = begin(R"({"as_of":"2026-11-20T11:39:28Z","events":true})");
    send(json(begun)["id"].text(),
         {R"({"Item":{"pk":{"S":"a"},"creator":{"S":"ann"},"status":{"S":"DONE"}}})"});
    run(place(begun), "{}");
    const std::string page = shop.get("/records?after=1").body;
    EXPECT_NE(page.find(R"("reconciled":true,"told":true,"eventName":"MODIFY")"), std::string::npos)
        << page;

    RouteShop next;
    next.post(change("a", 1));
    EXPECT_EQ(json(next.post(page, "?table=orders"))["appended"].text(), "1");
    EXPECT_EQ(json(next.post(page, "?table=orders"))["duplicates"].text(), "1")
        << "it is even by then";

    EXPECT_EQ(next.get("/records?after=1").body, page);
    EXPECT_EQ(json(next.get("/views/order/a"))["status"].text(), "DONE");
}

TEST_F(ReconciliationRoutes, RefuseARecordThatIsReconciledInPartOnly) {
    const auto faults = [this](const std::string& members, const std::string& stream) {
        const Answer answer = shop.post(R"({"reconciled":true,)" + members +
                                            R"("dynamodb":{"Keys":{"pk":{"S":"a"}},)" + stream +
                                            R"("SequenceNumber":"0"}})",
                                        "?table=orders");
        EXPECT_EQ(answer.status, 422) << answer.body;
        return answer.body;
    };
    const std::string time = R"("ApproximateCreationDateTime":1700000000,)";
    const std::string image = R"("NewImage":{"pk":{"S":"a"}},)";

    EXPECT_NE(faults(R"("eventName":"MODIFY",)", image).find("needs the moment of the export"),
              std::string::npos);
    EXPECT_NE(faults(R"("eventName":"MODIFY",)", time).find("has its NewImage, or is a REMOVE"),
              std::string::npos);
    EXPECT_NE(faults(R"("imported":true,"eventName":"INSERT",)", time + image)
                  .find("an import is not reconciled"),
              std::string::npos);
}

TEST_F(ReconciliationRoutes, SayWhatIsExpected) {
    for (const char* body : {"{}", "[]", R"({"as_of":"soon"})", R"({"as_of":1800000000,"other":1})",
                             R"({"as_of":1800000000,"events":"yes"})"}) {
        const Answer answer = begin(body);
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_NE(answer.body.find("the moment of the export"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(begin("{").status, 400);
    EXPECT_EQ(post(path, "{}", {}).status, 415);
    EXPECT_EQ(post("/tables/nothing/reconciliations", "{}").status, 404);
    EXPECT_EQ(post(path + "?x=1", "{}").status, 400);
    EXPECT_EQ(begin(R"({"as_of":1900000000})").status, 422) << "it is in the future";
    EXPECT_EQ(shop.get(path + "/0123").status, 404);

    const std::string place = ReconciliationRoutes::place(begin());
    for (const char* body : {R"({"dry_run":1})", R"({"removals":-1})", R"({"removals":"all"})",
                             R"({"removal":1})", "7"}) {
        EXPECT_EQ(post(place, body).status, 422) << body;
    }
    EXPECT_EQ(shop.get("/tables/lines" + place.substr(14)).status, 404) << "it is of orders";
}

TEST_F(ReconciliationRoutes, TakeAnExportOfTheNewestSourceOnly) {
    const std::string of_eu = R"({"as_of":1790000000,"export_of":)"
                              R"("arn:aws:dynamodb:eu-west-1:123456789012:table/shop"})";
    const std::string of_us = R"({"as_of":1790000000,"export_of":)"
                              R"("arn:aws:dynamodb:us-east-1:123456789012:table/shop"})";
    shop.post(change("a", 1));

    const Answer refused = begin(of_us);
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("adopt"), std::string::npos) << refused.body;
    EXPECT_EQ(begin(of_eu).status, 201);
}

TEST_F(ReconciliationRoutes, RefuseAnExportThatIsOlderThanTheLast) {
    const Answer first = begin();
    run(place(first), "{}");

    const Answer older = begin(R"({"as_of":"2026-11-20T11:39:27Z"})");

    EXPECT_EQ(older.status, 422);
    EXPECT_NE(older.body.find("even with a later export already"), std::string::npos);
    EXPECT_EQ(begin().status, 201) << "the same one again";
}

TEST_F(ReconciliationRoutes, EndOneThatIsUnderWay) {
    const Answer begun = begin();

    const Answer other = begin();
    EXPECT_EQ(other.status, 409);
    EXPECT_NE(other.body.find(place(begun)), std::string::npos) << other.body;
    EXPECT_EQ(std::get<Answer>(shop.ask({"DELETE", place(begun), {}, ""})).status, 200);
    EXPECT_EQ(begin().status, 201);
    EXPECT_EQ(shop.get(place(begun)).status, 404) << "there is another now";
}

TEST_F(ReconciliationRoutes, TakeItemsWholeAndWithTheirTable) {
    const auto refused = [this](const std::string& query) {
        return std::get<Answer>(
                   shop.ask(
                       {"POST", "/records" + query, {"Content-Type: application/x-ndjson"}, ""}))
            .status;
    };
    EXPECT_EQ(refused("?reconciliation=0123"), 400);
    EXPECT_EQ(refused("?table=orders&partial=true&reconciliation=0123"), 400);
    EXPECT_EQ(shop.post(change("a", 1), "?table=orders&reconciliation=0123").status, 400)
        << "they come line by line";
}

}  // namespace
}  // namespace freshet::http
