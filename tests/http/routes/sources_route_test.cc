// What http/routes/sources_route.h promises, told as what happens to a table that fails over to a
// replica in another region, and back.

#include "http/routes/sources_route.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <variant>

#include "http/messages/target.h"
#include "http/routes/endpoints.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::JsonValue;

const std::string eu = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop";
const std::string us = "arn:aws:dynamodb:us-east-1:123456789012:table/shop";
const std::string first_label = "/stream/2026-01-01T00:00:00.000";
const std::string older_label = "/stream/2025-11-01T00:00:00.000";

JsonValue json(const Answer& answer) {
    const auto value = JsonValue::parse(answer.body);
    EXPECT_TRUE(value.has_value()) << answer.body;
    return value.value_or(JsonValue());
}

// A change of order `a`, as the stream of that name sends it.
std::string change(const std::string& stream, int sequence, const std::string& status,
                   int seconds = 0) {
    const std::string time =
        seconds == 0 ? "" : R"("ApproximateCreationDateTime":)" + std::to_string(seconds) + ",";
    return R"({"Records":[{"eventName":"MODIFY","eventSourceARN":")" + stream +
           R"(","dynamodb":{)" + time + R"("Keys":{"pk":{"S":"a"}},"NewImage":{"pk":{"S":"a"},)" +
           R"("creator":{"S":"ann"},"status":{"S":")" + status + R"("}},"SequenceNumber":")" +
           std::to_string(sequence) + R"("}}]})";
}

// A change of the first line of order `a`.
std::string line_of(const std::string& stream, int sequence = 7) {
    const std::string keys = R"({"pk":{"S":"a"},"sk":{"N":"1"}})";
    return R"({"Records":[{"eventName":"MODIFY","eventSourceARN":")" + stream +
           R"(","dynamodb":{"Keys":)" + keys + R"(,"NewImage":)" + keys + R"(,"SequenceNumber":")" +
           std::to_string(sequence) + R"("}}]})";
}

class SourcesRoute : public ::testing::Test {
protected:
    Answer adopt(const std::string& body) {
        return shop.settle(
            shop.ask({"POST", "/tables/orders/sources", {"Content-Type: application/json"}, body}));
    }
    Answer adopt_stream(const std::string& stream) {
        return adopt(R"({"stream":")" + stream + "\"}");
    }
    Answer adopt_for_lines(const std::string& stream) {
        return shop.settle(shop.ask({"POST",
                                     "/tables/lines/sources",
                                     {"Content-Type: application/json"},
                                     R"({"stream":")" + stream + "\"}"}));
    }
    // A batch without a record, whose reader met one of a stream that no table took.
    static engine::ChangeBatch refused_of(const std::string& stream) {
        engine::ChangeBatch batch;
        batch.untaken = engine::RefusedStream{.stream = stream, .records = 1};
        return batch;
    }
    // What becomes of a change: its status, or the code of the refusal.
    std::string sent(const std::string& text) {
        const Answer answer = shop.post(text);
        if (answer.status != 200) return std::to_string(answer.status);
        return json(answer)["results"].elements().at(0)["status"].text();
    }
    std::string status() { return json(shop.get("/views/order/a"))["status"].text(); }

    RouteShop shop;
};

TEST_F(SourcesRoute, AReplicasStreamIsRefusedUntilItIsAdoptedAndTheOldOneIsADuplicateThen) {
    EXPECT_EQ(sent(change(eu + first_label, 900, "V1")), "appended");
    for (const std::string& label : {older_label, std::string("/stream/2026-09-01T00:00:00.000")}) {
        const Answer refused = shop.post(change(us + label, 7, "V2"));
        EXPECT_EQ(refused.status, 422);
        EXPECT_NE(refused.body.find("freshet adopt --table orders --stream " + us),
                  std::string::npos)
            << refused.body;
    }
    EXPECT_EQ(status(), "V1");

    const Answer adopted = adopt_stream(us + older_label);

    EXPECT_EQ(adopted.status, 200) << adopted.body;
    EXPECT_EQ(adopted.body, "{\"position\":2,\"adopted\":true}\n");
    EXPECT_EQ(sent(change(us + older_label, 7, "V2")), "appended") << "though its label is older";
    EXPECT_EQ(status(), "V2");
    EXPECT_EQ(sent(change(eu + first_label, 901, "V1")), "duplicate");
    EXPECT_EQ(sent(change(us + older_label, 7, "V2")), "duplicate");
    EXPECT_EQ(status(), "V2");
}

TEST_F(SourcesRoute, GoesBackToAFamilyThatIsAdoptedAgain) {
    sent(change(eu + first_label, 900, "V1"));
    adopt_stream(us);
    sent(change(us + older_label, 7, "V2"));

    EXPECT_EQ(json(adopt_stream(eu))["adopted"].text(), "true");
    EXPECT_EQ(json(adopt_stream(eu))["adopted"].text(), "false");

    EXPECT_EQ(sent(change(eu + first_label, 900, "V1")), "duplicate") << "its number still counts";
    EXPECT_EQ(sent(change(eu + first_label, 950, "V3")), "appended");
    EXPECT_EQ(sent(change(us + older_label, 8, "V2")), "duplicate");
    EXPECT_EQ(status(), "V3");
}

TEST_F(SourcesRoute, WhatAReplicaRepeatsIsOvertakenOrLeavesTheItemUnchanged) {
    sent(change(eu + first_label, 900, "V1", 1'767'225'600));
    sent(change(eu + first_label, 901, "V2", 1'767'225'700));
    adopt_stream(us);

    EXPECT_EQ(sent(change(us + older_label, 1, "V1", 1'767'225'600)), "duplicate") << "overtaken";
    EXPECT_EQ(sent(change(us + older_label, 2, "V2", 1'767'225'700)), "appended");
    EXPECT_EQ(sent(change(eu + first_label, 902, "V0", 1'767'225'701)), "duplicate")
        << "the head has moved to the replica's stream";
    EXPECT_EQ(sent(change(us + older_label, 3, "V3", 1'767'225'701)), "appended");
    EXPECT_EQ(status(), "V3");
    const std::string metrics = shop.engine().metrics_text();
    EXPECT_NE(metrics.find(R"(freshet_records_total{outcome="overtaken",table="orders"} 1)"),
              std::string::npos);
}

TEST_F(SourcesRoute, CountsAndNamesSuspiciousDuplicates) {
    sent(change(eu + first_label, 900, "V1", 1'767'225'600));

    EXPECT_EQ(sent(change(eu + first_label, 899, "V2", 1'767'225'601)), "duplicate");

    const std::string metrics = shop.engine().metrics_text();
    EXPECT_NE(metrics.find(R"(freshet_suspicious_duplicates_total{table="orders"} 1)"),
              std::string::npos);
    const JsonValue table = json(shop.get("/status"))["tables"].elements().at(0);
    EXPECT_EQ(table["suspicious_duplicates"].text(), "1");
    EXPECT_EQ(table["last_suspicious"],
              JsonValue::parse(R"({"key":"a","stream":")" + eu + first_label +
                               R"(","sequenceNumber":"899","winner":1})"));
}

TEST_F(SourcesRoute, AFailBackInTheWrongOrderIsSuspiciousAndMendedBySendingAgain) {
    sent(change(eu + first_label, 900, "V1", 1'767'225'600));
    adopt_stream(us);
    sent(change(us + older_label, 7, "V2", 1'767'225'700));
    const std::string back = change(eu + first_label, 901, "V3", 1'767'225'761);

    EXPECT_EQ(sent(back), "duplicate") << "it came before it was adopted again";

    const JsonValue table = json(shop.get("/status"))["tables"].elements().at(0);
    EXPECT_EQ(table["last_suspicious"]["winner"].text(), "3");
    adopt_stream(eu);
    EXPECT_EQ(sent(back), "appended");
    EXPECT_EQ(status(), "V3");
}

TEST_F(SourcesRoute, ShowsAStreamThatIsRefusedUntilItIsAdopted) {
    sent(change(eu + first_label, 900, "V1"));
    EXPECT_EQ(sent(change(us + older_label, 7, "V2")), "422");
    EXPECT_EQ(sent(change(us + older_label, 7, "V2")), "422");
    EXPECT_EQ(sent(change(eu + "-restored" + first_label, 7, "V2")), "422");
    const auto shown = [this] { return json(shop.get("/status")); };
    const JsonValue before = shown();
    EXPECT_EQ(before["tables"].elements().at(0)["refused_stream"],
              JsonValue::parse(R"({"stream":")" + us + older_label + R"(","records":2})"));
    EXPECT_EQ(before["unknown_stream"], JsonValue::parse(R"({"stream":")" + eu + "-restored" +
                                                         first_label + R"(","records":1})"));

    adopt_stream(us);
    adopt_stream(eu + "-restored");

    EXPECT_EQ(shown()["tables"].elements().at(0)["refused_stream"].text(), "null");
    EXPECT_EQ(shown()["unknown_stream"].text(), "null");
}

TEST_F(SourcesRoute, CountsChangesThatDoNotSayWhatTheirItemIsNow) {
    const auto counted = [this] {
        const std::string metrics = shop.engine().metrics_text();
        const std::string name = R"(freshet_without_image_total{table="orders"} )";
        return metrics.substr(metrics.find(name) + name.size(), 1);
    };
    const auto without_image = [](const std::string& kind, int number) {
        return R"({"eventName":")" + kind +
               R"(","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":")" +
               std::to_string(number) + R"("}})";
    };
    shop.post(change(eu + first_label, 900, "V1"));
    EXPECT_EQ(counted(), "0");

    EXPECT_EQ(shop.post(without_image("MODIFY", 901), "?table=orders").status, 200);
    EXPECT_EQ(counted(), "1");
    EXPECT_EQ(shop.post(without_image("MODIFY", 901), "?table=orders").status, 200);
    EXPECT_EQ(counted(), "1") << "a duplicate changes nothing";
    EXPECT_EQ(shop.post(without_image("REMOVE", 902), "?table=orders").status, 200);
    EXPECT_EQ(counted(), "1") << "a removal leaves no image";
}

// ---- a table that was restored under another name ----

TEST_F(SourcesRoute, AnAdoptionIsEnoughForATableThatWasRestoredUnderAnotherName) {
    const std::string restored = eu + "-restored";
    sent(change(eu + first_label, 900, "V1"));
    const Answer refused = shop.post(change(restored + first_label, 7, "V2"));
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("freshet adopt --table TABLE --stream " + restored),
              std::string::npos)
        << refused.body;

    const Answer adopted = adopt_stream(restored);

    EXPECT_EQ(json(adopted)["note"].text(),
              "the table's name, shop-restored, differs from `from`, shop; that is right for a "
              "restored table");
    EXPECT_EQ(sent(change(restored + first_label, 7, "V2")), "appended");
    EXPECT_EQ(status(), "V2");
    EXPECT_EQ(sent(change(eu + first_label, 901, "V1")), "duplicate");
    const Answer foreign = shop.post(change(us + "-restored" + first_label, 8, "V3"));
    EXPECT_EQ(foreign.status, 422) << "the same name in another region is another table";
}

TEST_F(SourcesRoute, TheFirstTableThatHasAdoptedASourceTakesItsRecords) {
    const std::string restored = eu + "-restored";
    ASSERT_EQ(shop.settle(shop.ask({"POST",
                                    "/tables/lines/sources",
                                    {"Content-Type: application/json"},
                                    R"({"stream":")" + restored + "\"}"}))
                  .status,
              200);
    const Answer wrong_key = shop.post(change(restored + first_label, 7, "V1"));
    EXPECT_EQ(wrong_key.status, 422);
    EXPECT_NE(wrong_key.body.find("the whole key of table lines"), std::string::npos)
        << wrong_key.body;

    adopt_stream(restored);

    EXPECT_EQ(sent(change(restored + first_label, 7, "V1")), "appended") << "orders comes first";
    EXPECT_EQ(status(), "V1");
}

TEST_F(SourcesRoute, SaysWhereRecordsOfAnAdoptedSourceGoToAnotherTable) {
    const std::string lines = "arn:aws:dynamodb:eu-west-1:123456789012:table/lines";

    const std::string note = json(adopt_stream(lines))["note"].text();

    EXPECT_NE(note.find("table lines takes from it too"), std::string::npos) << note;
    EXPECT_NE(note.find("?table=orders"), std::string::npos) << note;
}

// Two tables of other regions may have one name, and each may continue another table here.
TEST_F(SourcesRoute, ARecordGoesToTheTableThatAdoptedTheWholeFamily) {
    ASSERT_EQ(adopt_stream(us + "-restored").status, 200);
    ASSERT_EQ(adopt_for_lines(eu + "-restored").status, 200);

    EXPECT_EQ(sent(line_of(eu + "-restored" + first_label)), "appended");
    EXPECT_EQ(sent(change(us + "-restored" + first_label, 7, "V1")), "appended");

    EXPECT_EQ(shop.get("/views/line/a/1").status, 200);
    EXPECT_EQ(status(), "V1");
    EXPECT_EQ(shop.post(change("arn:aws:dynamodb:x:1:table/shop-restored", 8, "V2")).status, 422)
        << "of a third region, which nobody has adopted";
    EXPECT_EQ(status(), "V1");
}

TEST_F(SourcesRoute, ATableThatWouldNotTakeAFamilyLeavesItToTheOneThatAdoptedIt) {
    const std::string lines = "arn:aws:dynamodb:eu-west-1:123456789012:table/lines";
    const std::string other = "arn:aws:dynamodb:us-east-1:123456789012:table/lines";
    EXPECT_EQ(sent(line_of(lines + first_label)), "appended");

    EXPECT_EQ(json(adopt_stream(other))["note"].text().find("takes from it too"),
              std::string::npos);

    EXPECT_EQ(sent(change(other + first_label, 7, "V1")), "appended");
    EXPECT_EQ(status(), "V1");
    EXPECT_EQ(sent(line_of(lines + first_label, 8)), "appended") << "of its own family as before";
}

TEST_F(SourcesRoute, AStreamThatIsAdoptedAlreadyIsNotShownAsRefused) {
    sent(change(eu + first_label, 900, "V1"));
    adopt_stream(us);
    // As a record leaves it that was read while the adoption was on its way.
    shop.engine().append(refused_of(us + older_label), [](const auto&) {});
    shop.stepped().sequencer().step();
    const auto shown = [this] { return json(shop.get("/status"))["unknown_stream"].text(); };
    ASSERT_NE(shown(), "null");

    EXPECT_EQ(json(adopt_stream(us))["adopted"].text(), "false");

    EXPECT_EQ(shown(), "null");
}

TEST_F(SourcesRoute, ShowsTheLineage) {
    EXPECT_EQ(shop.get("/tables/orders/sources").body, "{\"sources\":[]}\n");
    sent(change(eu + first_label, 900, "V1"));
    adopt_stream(us);
    const std::string expected = R"([{"family":")" + eu +
                                 R"(","labels":["2026-01-01T00:00:00.000"]},{"family":")" + us +
                                 R"(","labels":[]}])";

    const Answer answer = shop.get("/tables/orders/sources");

    EXPECT_EQ(answer.body, R"({"sources":)" + expected + "}\n");
    EXPECT_NE(shop.get("/status").body.find(R"({"name":"orders","sources":)" + expected),
              std::string::npos);
}

TEST_F(SourcesRoute, ShowsTheLabelsOfAFamilyInTheirOrder) {
    sent(change(eu + first_label, 900, "V1"));
    std::string of_another = change(eu + older_label, 5, "V0");
    for (const std::string part : {R"({"S":"a"})", R"({"S":"a"})"}) {
        of_another.replace(of_another.find(part), part.size(), R"({"S":"b"})");
    }
    EXPECT_EQ(sent(of_another), "appended");

    EXPECT_EQ(shop.get("/tables/orders/sources").body,
              R"({"sources":[{"family":")" + eu +
                  R"(","labels":["2025-11-01T00:00:00.000","2026-01-01T00:00:00.000"]}]})" + "\n");
}

TEST_F(SourcesRoute, ShowsTheNoticeToThoseWhoAskForNoticesOnly) {
    sent(change(eu + first_label, 900, "V1"));
    adopt_stream(us);
    sent(change(us + older_label, 7, "V2"));

    const auto records = [&](const std::string& query) {
        return json(shop.get("/records" + query))["Records"].elements();
    };
    EXPECT_EQ(records("").size(), 2U);
    ASSERT_EQ(records("?notices=1").size(), 3U);
    const JsonValue notice = records("?notices=1").at(1);
    EXPECT_EQ(notice["notice"].text(), "adoption");
    EXPECT_EQ(notice["position"].text(), "2");
    EXPECT_EQ(notice["table"].text(), "orders");
    EXPECT_EQ(notice["stream"].text(), us);
    const auto history = json(shop.get("/tables/orders/items/a/history"))["changes"].elements();
    EXPECT_EQ(history.size(), 2U);
}

TEST_F(SourcesRoute, AReplicaThatRepeatsAllIsNoSignOfALoss) {
    sent(change(eu + first_label, 900, "V1", 1'767'225'600));
    adopt_stream(us);
    std::string repeated = change(us + older_label, 7, "V1", 1'767'225'600);
    const std::string modify = R"("eventName":"MODIFY")";
    repeated.replace(repeated.find(modify), modify.size(), R"("eventName":"INSERT")");

    EXPECT_EQ(sent(repeated), "appended");

    EXPECT_EQ(json(shop.get("/status"))["gaps"].text(), "0");
}

TEST_F(SourcesRoute, AdoptsNothingBesideAStreamThatHasNoNameYet) {
    const std::string nameless = R"({"eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"a"}},)"
                                 R"("NewImage":{"pk":{"S":"a"}},"SequenceNumber":"5"}})";
    EXPECT_EQ(shop.post(nameless, "?table=orders").status, 200);

    const Answer refused = adopt_stream(eu);

    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("eventSourceARN"), std::string::npos) << refused.body;
    EXPECT_EQ(sent(change(eu + first_label, 5, "V1")), "duplicate") << "it is the same stream";
    EXPECT_EQ(sent(change(eu + first_label, 6, "V1")), "appended");
    EXPECT_EQ(adopt_stream(us).status, 200);
}

// An import that says its stream does not make the next record say it.
TEST_F(SourcesRoute, ARecordWithoutAStreamAfterAnImportIsOfTheTablesOnlyOne) {
    const std::string item = R"({"Item":{"pk":{"S":"a"}},"eventSourceARN":")" + eu + "\"}";
    const std::string nameless = R"({"eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"a"}},)"
                                 R"("NewImage":{"pk":{"S":"a"}},"SequenceNumber":"5"}})";
    EXPECT_EQ(shop.post(item, "?table=orders").status, 200);

    EXPECT_EQ(shop.post("[" + nameless + "]", "?table=orders").status, 200);

    EXPECT_EQ(sent(change(eu + first_label, 6, "V2")), "appended");
    EXPECT_EQ(status(), "V2");
}

TEST_F(SourcesRoute, RefusesWhatItCannotAdopt) {
    EXPECT_EQ(adopt(R"({"stream":")" + us + "/stream/\"}").status, 422) << "no such name";
    EXPECT_EQ(adopt("{}").status, 422);
    EXPECT_EQ(adopt(R"({"stream":""})").status, 422);
    EXPECT_EQ(adopt(R"({"stream":7})").status, 422);
    EXPECT_EQ(adopt(R"({"stream":"a","table":"b"})").status, 422);
    EXPECT_EQ(adopt("[").status, 400);
    EXPECT_EQ(adopt(R"({"stream":")" + std::string(2'049, 'a') + "\"}").status, 422);
    for (const std::string& name :
         {std::string("hello world"), us + " ", us + "\\n", "arn:" + us.substr(3),
          std::string("arn:aws:kinesis:us-east-1:123456789012:stream/orders"),
          std::string("arn:aws:kinesis:us-east-1:123456789012:table/orders"),
          std::string("arn:aws:dynamodb:us-east-1:table/orders"), us + "/index/by-creator"}) {
        const Answer refused = adopt_stream(name);
        EXPECT_EQ(refused.status, 422) << name;
        EXPECT_NE(refused.body.find(R"("pointer":"/stream")"), std::string::npos) << refused.body;
    }
    EXPECT_EQ(std::get<Answer>(shop.ask({"POST", "/tables/orders/sources", {}, "{}"})).status, 415);
    EXPECT_EQ(shop.get("/tables/nothing/sources").status, 404);
    EXPECT_EQ(std::get<Answer>(shop.ask({"DELETE", "/tables/orders/sources", {}, ""})).status, 405);
}

TEST_F(SourcesRoute, AdoptsASourceWithANameOfItsOwnAndSaysWhatThatMeans) {
    const Answer adopted = adopt_stream("emulator-7");

    EXPECT_EQ(adopted.status, 200);
    EXPECT_EQ(json(adopted)["note"].text(),
              "this is no ARN: it stands for records whose eventSourceARN is the very same, and "
              "which are sent with ?table=orders");
}

// No record can be told that no table takes it before it is known from where the tables take.
TEST(SourcesRouteAtAStart, ASourceThatMayHaveBeenAdoptedIsNotRefusedForGood) {
    const engine::Config config = shop_config();
    const support::TempFolder folder;
    engine::EngineOptions options;
    options.path = folder.file("data");
    const auto engine = support::must(engine::Engine::open(config.catalog, options));
    const auto credentials = support::must(Credentials::load(config.auth));
    const BrowserOrigins origins;
    Subscribers subscribers;
    const HttpMetrics metrics(engine->metrics(), endpoint_paths(), {});
    const RouteContext context{*engine, *credentials, origins, subscribers, metrics, 20'000};
    const auto sent = [&](const std::string& type) {
        Request request;
        request.method = "POST";
        request.target = support::must(parse_target("/records"));
        request.headers = {{"Host", "localhost"}, {"Content-Type", type}};
        request.body = change(eu + "-restored" + first_label, 7, "V2");
        NextStep step =
            next_step(context, request, std::chrono::sys_seconds(std::chrono::seconds(1)));
        const Answer* answer = std::get_if<Answer>(&step);
        return answer == nullptr ? 200 : answer->status;
    };

    EXPECT_EQ(sent("application/json"), 503);
    EXPECT_EQ(sent("application/x-ndjson"), 503);

    support::must(engine->sequencer().fold_log());
    EXPECT_EQ(sent("application/json"), 200) << "and the sequencer refuses it";
    EXPECT_EQ(sent("application/x-ndjson"), 200) << "and so do its lines";
}

}  // namespace
}  // namespace freshet::http
