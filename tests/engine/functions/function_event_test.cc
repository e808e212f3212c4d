// What engine/functions/function_event.h promises: a record as a function gets it, and by what the
// function may name it.

#include "engine/functions/function_event.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/item_key.h"
#include "engine/records/direct_change.h"
#include "engine/text/json.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/fed_function.h"
#include "tests/world/item_keys.h"
#include "tests/world/record_maker.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::must;

constexpr std::uint64_t epoch = 0x5f3c;

JsonDocument parsed(const std::string& text) {
    return must(JsonDocument::parse(text));
}

// The text of the member at the end of the path; empty if there is none.
std::string text_at(const JsonDocument& document, const std::vector<std::string>& path) {
    const JsonNode* node = &document.root();
    for (const std::string& name : path) {
        if (node != nullptr) node = node->find(name);
    }
    return node == nullptr ? "" : std::string(node->text());
}

class FunctionEventTest : public ::testing::Test {
protected:
    // As an application writes it, without a stream of AWS before it.
    storage::Record written(const std::string& order) {
        const Table& table = *log.catalog().table("orders");
        const storage::Image keys = support::image_of({{"pk", order}});
        const std::string key = item_key(table, keys.view()).value();
        const std::string stream = direct_stream(table, {});
        const Position position{log.head().value + 1};
        log.add(
            direct_change({.table = &table, .item = {.key = key, .keys = keys}},
                          {.effect = CommandEffect::created,
                           .after = support::image_of({{"pk", order}, {"status", "NEW"}})},
                          std::nullopt,
                          {.epoch = epoch,
                           .stream = stream,
                           .position = position,
                           .appended = storage::AppendTime(std::chrono::seconds(1'700'000'000))}));
        return log.records().back();
    }
    static storage::Record sent(const Catalog& catalog, const std::string& members) {
        const support::RecordMaker maker;
        return maker.record(catalog, "orders",
                            {.kind = "MODIFY",
                             .keys = R"("pk":{"S":"o-1"})",
                             .before = R"("status":{"S":"NEW"})",
                             .after = R"("minutes":{"N":"5.0"},"status":{"S":"OPEN"})",
                             .members = members});
    }

    support::FunctionLog log;
    Function function = log.function();
};

TEST_F(FunctionEventTest, IsWhatLambdaHasFromDynamodbStreams) {
    const std::string members =
        R"("eventID":"2c3c","eventVersion":"1.1","eventSource":"aws:dynamodb",)"
        R"("awsRegion":"us-east-1","eventSourceARN":"arn:aws:dynamodb:us-east-1:306988141716:)"
        R"(table/orders/stream/2018-11-06T23:29:42.757")";

    const std::string event = function_event(function, sent(log.catalog(), members), epoch);

    EXPECT_TRUE(event.starts_with("{" + members + ",")) << event;
    EXPECT_NE(event.find(R"("eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"o-1"}},)"
                         R"("NewImage":{"minutes":{"N":"5.0"},"pk":{"S":"o-1"},)"
                         R"("status":{"S":"OPEN"}},)"
                         R"("OldImage":{"pk":{"S":"o-1"},"status":{"S":"NEW"}},)"
                         R"("SequenceNumber":"1","SizeBytes":)"),
              std::string::npos)
        << event;
    EXPECT_EQ(event.find("position"), std::string::npos) << "nothing of ours is added";
}

TEST_F(FunctionEventTest, OfADirectWriteHasAnArnOfSixPartsAndWhatHandlersLookFor) {
    const JsonDocument event = parsed(function_event(function, written("o-1"), epoch));

    const std::string arn = text_at(event, {"eventSourceARN"});
    EXPECT_EQ(arn, "arn:freshet:dynamodb:::table/orders/stream/1970-01-01T00:00:00.000");
    std::string parts = arn.substr(0, arn.find('/'));
    EXPECT_EQ(std::count(parts.begin(), parts.end(), ':'), 5);
    EXPECT_EQ(text_at(event, {"eventSource"}), "aws:dynamodb");
    EXPECT_EQ(text_at(event, {"awsRegion"}), "local");
    EXPECT_EQ(text_at(event, {"eventID"}), "5f3c.1");
    EXPECT_EQ(text_at(event, {"eventVersion"}), "1.1");
    EXPECT_EQ(text_at(event, {"eventName"}), "INSERT");
    EXPECT_EQ(text_at(event, {"dynamodb", "SequenceNumber"}), "1");
    EXPECT_EQ(text_at(event, {"dynamodb", "StreamViewType"}), "NEW_AND_OLD_IMAGES");
    EXPECT_EQ(text_at(event, {"dynamodb", "NewImage", "status", "S"}), "NEW");
}

TEST_F(FunctionEventTest, OfARecordThatCameOfNoStreamHasAnArnToo) {
    log.add("o-1");

    const JsonDocument event = parsed(function_event(function, log.records().back(), epoch));

    EXPECT_EQ(text_at(event, {"eventSourceARN"}), "arn:freshet:dynamodb:::table/orders");
    EXPECT_EQ(text_at(event, {"eventSource"}), "aws:dynamodb");
    EXPECT_EQ(text_at(event, {"eventID"}), "1");
    EXPECT_EQ(text_at(event, {"eventName"}), "MODIFY");
    EXPECT_EQ(text_at(event, {"dynamodb", "SequenceNumber"}), "100001");
}

TEST_F(FunctionEventTest, LeavesAnArnInAnImageAsItIs) {
    const std::string look_alike = R"("eventSource":"freshet","eventSourceARN":"arn:freshet:x)";
    log.add("o-1", {{"note", look_alike}});

    const JsonDocument event = parsed(function_event(function, log.records().back(), epoch));

    EXPECT_EQ(text_at(event, {"dynamodb", "NewImage", "note", "S"}), look_alike);
}

TEST_F(FunctionEventTest, IsNamedByItsNumberOrElseByItsPosition) {
    log.add("o-1");
    EXPECT_EQ(identifier_of(log.records().back()), "100001");
    EXPECT_EQ(event_id_of(log.records().back(), epoch), "5f3c.1");

    storage::Change change = support::keyed(
        log.catalog(),
        support::change_of(storage::ChangeKind::modify, {.id = "o-1", .sequence = "0"}));
    change.reconciled = true;
    change.told = true;
    log.add(change);

    EXPECT_EQ(identifier_of(log.records().back()), "2");
    const JsonDocument event = parsed(function_event(function, log.records().back(), epoch));
    EXPECT_EQ(text_at(event, {"dynamodb", "SequenceNumber"}), "2")
        << "what it is named by is what the function sees";
}

TEST_F(FunctionEventTest, AsACloudEventHasTheAttributesThatAreRequired) {
    function.format = FunctionFormat::cloudevents;
    function.batch_size = 10;
    const storage::Record record = written("a/b");

    const JsonDocument event = parsed(function_event(function, record, epoch));

    EXPECT_EQ(text_at(event, {"specversion"}), "1.0");
    EXPECT_EQ(text_at(event, {"id"}), event_id_of(record, epoch));
    EXPECT_EQ(text_at(event, {"source"}), "/tables/orders");
    EXPECT_EQ(text_at(event, {"type"}), "INSERT");
    EXPECT_EQ(text_at(event, {"subject"}), "a/b");
    EXPECT_EQ(text_at(event, {"time"}), "2023-11-14T22:13:20Z") << "of the change";
    EXPECT_EQ(text_at(event, {"sequence"}), "1");
    EXPECT_TRUE(event.root().find("sequence")->is(JsonType::string));
    EXPECT_EQ(text_at(event, {"datacontenttype"}), "application/json");
    EXPECT_EQ(text_at(event, {"data", "eventName"}), "INSERT");
    EXPECT_EQ(text_at(event, {"data", "dynamodb", "NewImage", "status", "S"}), "NEW");
    for (const JsonNode& attribute : event.root()) {
        const std::string_view name = attribute.name();
        EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        })) << name;
    }
}

TEST_F(FunctionEventTest, AsACloudEventHasTheTimeOfTheAppendWhereTheSourceSaidNone) {
    function.format = FunctionFormat::cloudevents;
    log.add("o-1");

    const JsonDocument event = parsed(function_event(function, log.records().back(), epoch));

    EXPECT_EQ(text_at(event, {"time"}), "2027-01-15T08:00:00Z");
}

TEST_F(FunctionEventTest, BatchesAreFramedByTheirFormat) {
    const auto frame = [&](FunctionFormat format, std::size_t size) {
        function.format = format;
        function.batch_size = size;
        const BatchFrame found = frame_of(function);
        return std::string(found.begin) + "…" + std::string(found.end) + " " +
               std::string(found.content_type);
    };
    const std::string lambda = R"({"Records":[…]} application/json)";

    EXPECT_EQ(frame(FunctionFormat::lambda, 1), lambda);
    EXPECT_EQ(frame(FunctionFormat::lambda, 100), lambda);
    EXPECT_EQ(frame(FunctionFormat::cloudevents, 1), "… application/cloudevents+json");
    EXPECT_EQ(frame(FunctionFormat::cloudevents, 2), "[…] application/cloudevents-batch+json");
}

TEST_F(FunctionEventTest, CallsAreWholeJsonInEveryFormat) {
    struct Case {
        std::string lines;
        std::size_t records;
        std::string first;
    };
    for (const Case& one : std::vector<Case>{
             {"batch_size = 3", 3, R"({"Records":[{"eventID":"1",)"},
             {"batch_size = 1", 1, R"({"Records":[{"eventID":"1",)"},
             {"batch_size = 3\nformat = 'cloudevents'", 3, R"([{"specversion":"1.0",)"},
             {"batch_size = 1\nformat = 'cloudevents'", 1, R"({"specversion":"1.0",)"}}) {
        support::FunctionLog fed_log(one.lines);
        support::HeldClock clock;
        support::FedFunction fed(fed_log, clock);
        for (const char* order : {"a", "b", "c"}) fed_log.add(order);
        fed.read_all();

        const auto call = fed.next();

        ASSERT_TRUE(call) << one.lines;
        EXPECT_TRUE(call->body.starts_with(one.first)) << call->body;
        EXPECT_TRUE(JsonDocument::parse(call->body)) << call->body;
        EXPECT_EQ(call->identifiers.size(), one.records);
        EXPECT_EQ(call->first, Position{1});
        EXPECT_EQ(call->last, Position{one.records});
        EXPECT_EQ(call->event_ids.front(), event_id_of(fed_log.at(call->first), fed_log.epoch()));
    }
}

}  // namespace
}  // namespace freshet::engine
