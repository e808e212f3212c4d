// What http/routes/bulk_append.h promises, by example: over a real engine, without a socket.

#include "http/routes/bulk_append.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "tests/readers/json_value.h"
#include "tests/support/fresh_process.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using engine::chunk_records_max;
using storage::Position;
using support::JsonValue;
using support::must;

constexpr std::size_t line_bytes_max = 1U << 20U;

// One record a line, each of an item of its own.
std::string record(std::string_view id, std::string_view source = "shop") {
    std::string text = R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/)";
    text += source;
    text += R"(/stream/2026-01-01T00:00:00.000","dynamodb":{"Keys":{"pk":{"S":")";
    text += id;
    text += R"("}},"SequenceNumber":"7","NewImage":{"pk":{"S":")";
    text += id;
    return text + R"("}}}})";
}

std::string records(std::size_t count) {
    std::string text;
    for (std::size_t i = 1; i <= count; ++i) text += record("i" + std::to_string(i)) + "\n";
    return text;
}

constexpr std::string_view wrong = R"({"eventName":"EAT","dynamodb":{"SequenceNumber":"9"}})";

class BulkAppendTest : public ::testing::Test {
protected:
    // Whatever ARN a record has, it is for the table orders.
    BulkAppend begin(bool partial = false) {
        return {shop->engine().catalog(),
                {.decode = {.table = shop->engine().catalog().table("orders"), .partial = partial},
                 .line_bytes_max = line_bytes_max}};
    }

    Result<engine::Receipt> append(engine::ChangeBatch batch) {
        std::optional<Result<engine::Receipt>> answer;
        shop->engine().append(std::move(batch), [&answer](Result<engine::Receipt> receipt) {
            answer = std::move(receipt);
        });
        shop->engine().sequencer().step();
        return *std::move(answer);
    }

    void settle(BulkAppend& bulk) {
        while (bulk.has_batch()) bulk.settle(append(bulk.take_batch()));
    }

    // Brings the whole body in, in slices.
    Answer upload(std::string_view body, bool partial = false, std::size_t slice = 10'000) {
        BulkAppend bulk = begin(partial);
        while (!body.empty() && !bulk.is_over()) {
            body.remove_prefix(bulk.take(body.substr(0, slice)));
            settle(bulk);
        }
        if (!bulk.is_over()) bulk.end();
        settle(bulk);
        EXPECT_TRUE(bulk.is_over());
        return bulk.answer(position());
    }

    Position position() { return must(shop->engine().read_point())->position(); }
    bool has_item(const std::string& id) { return shop->get("/views/order/" + id).status == 200; }

    static JsonValue json(const Answer& answer) {
        const auto value = JsonValue::parse(answer.body);
        EXPECT_TRUE(value.has_value()) << answer.body;
        return value.value_or(JsonValue());
    }

    // "lines appended duplicates ignored" of an answer.
    static std::string totals(const Answer& answer) {
        const JsonValue value = json(answer);
        std::string text;
        for (const char* name : {"lines", "appended", "duplicates", "ignored"}) {
            text += (text.empty() ? "" : " ") + value[name].text();
        }
        return text;
    }

    static std::string detail(const Answer& answer) { return json(answer)["detail"].text(); }

    std::optional<RouteShop> shop{std::in_place};
};

TEST_F(BulkAppendTest, TheAnswerIsTheSameHoweverTheBodyIsCut) {
    const std::string body = record("a") + "\r\n\n" + "{\"Records\":[" + record("b") + "," +
                             record("c") + "]}\n  \t\r\n[" + record("d") + "," + record("a") +
                             "]\n" + record("e");

    const Answer whole = upload(body);

    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.header("Content-Type"), "application/json");
    EXPECT_EQ(whole.header("Freshet-Position"), "5");
    EXPECT_EQ(whole.body, R"({"position":5,"lines":6,"appended":5,"duplicates":1,"ignored":0,)"
                          R"("batchItemFailures":[]})"
                          "\n");
    for (const char* id : {"a", "b", "c", "d", "e"}) EXPECT_TRUE(has_item(id)) << id;
    for (const std::size_t slice : {1, 2, 7, 100}) {
        shop.emplace();

        EXPECT_EQ(upload(body, false, slice).body, whole.body) << slice;
    }
}

TEST_F(BulkAppendTest, ABodyWithoutRecordsIsAtTheNewestPosition) {
    shop->ordered("a", 1);

    EXPECT_EQ(upload("").body, R"({"position":1,"lines":0,"appended":0,"duplicates":0,"ignored":0,)"
                               R"("batchItemFailures":[]})"
                               "\n");
    EXPECT_EQ(totals(upload("\n \r\n[]\n ")), "4 0 0 0");
    EXPECT_EQ(upload("\n").header("Freshet-Position"), "1");
}

TEST_F(BulkAppendTest, BlankLinesAtTheEndAreCounted) {
    EXPECT_EQ(totals(upload(records(chunk_records_max) + "\n\n")), "1002 1000 0 0");
}

TEST_F(BulkAppendTest, ASecondUploadIsAllDuplicates) {
    const std::string body = records(2'500);
    EXPECT_EQ(totals(upload(body)), "2500 2500 0 0");

    const Answer again = upload(body);

    EXPECT_EQ(totals(again), "2500 0 2500 0");
    EXPECT_EQ(again.header("Freshet-Position"), "2500");
}

TEST_F(BulkAppendTest, TakesTheLinesOfAnExport) {
    std::string items;
    for (int i = 1; i <= 2'500; ++i) {
        items += R"({"Item":{"pk":{"S":"i)" + std::to_string(i) + "\"}}}\n";
    }
    upload(records(100));

    EXPECT_EQ(totals(upload(items)), "2500 2400 100 0");
    EXPECT_EQ(totals(upload(items)), "2500 0 2500 0");
    EXPECT_EQ(totals(upload(records(2'500))), "2500 2400 100 0");
    EXPECT_TRUE(has_item("i2500"));
}

TEST_F(BulkAppendTest, HoldsNoMoreThanAChunkOfABodyOfAnyLength) {
    BulkAppend bulk = begin();
    const std::string piece = records(500);
    std::size_t at_engine = 0;
    std::size_t brought_in = 0;
    std::size_t most_held = 0;
    std::optional<engine::ChangeBatch> out;
    while (brought_in < 10'000'000) {
        std::string_view rest = piece;
        while (!rest.empty()) {
            const std::size_t taken = bulk.take(rest);
            rest.remove_prefix(taken);
            brought_in += taken;
            most_held = std::max(most_held, brought_in - at_engine);
            if (taken > 0) continue;

            // No more is taken until the engine has settled the batch that it has.
            EXPECT_FALSE(out && bulk.has_batch());
            if (out) bulk.settle(append(*std::exchange(out, std::nullopt)));
            out = bulk.take_batch();
            EXPECT_EQ(out->records.size(), chunk_records_max);
            at_engine = brought_in;
        }
    }

    EXPECT_LE(most_held, 3 * chunk_records_max * record("i1000").size());
}

TEST_F(BulkAppendTest, CountsWhatIsAtTheEngineUntilItIsSettled) {
    BulkAppend bulk = begin();
    const std::string body = records(chunk_records_max);
    bulk.take(body);
    const std::size_t gathered = bulk.bytes();
    EXPECT_GE(gathered, body.size() - chunk_records_max);

    engine::ChangeBatch batch = bulk.take_batch();

    EXPECT_GE(bulk.bytes(), gathered) << "it is held as long as it waits";
    EXPECT_GE(bulk.bytes(), chunk_records_max * engine::record_memory);
    bulk.settle(append(std::move(batch)));
    EXPECT_LT(bulk.bytes(), gathered);
}

TEST_F(BulkAppendTest, TheNextChunkIsDecodedWhileOneIsAtTheEngine) {
    BulkAppend bulk = begin();
    const std::string body = records(2 * chunk_records_max);
    std::string_view rest = body;
    rest.remove_prefix(bulk.take(rest));
    engine::ChangeBatch first = bulk.take_batch();

    rest.remove_prefix(bulk.take(rest));

    EXPECT_TRUE(rest.empty());
    EXPECT_FALSE(bulk.has_batch()) << "one is out";
    bulk.settle(append(std::move(first)));
    EXPECT_TRUE(bulk.has_batch());
    bulk.end();
    EXPECT_FALSE(bulk.is_over());
    bulk.settle(append(bulk.take_batch()));
    ASSERT_TRUE(bulk.is_over());
    EXPECT_EQ(totals(bulk.answer({})), "2000 2000 0 0");
}

TEST_F(BulkAppendTest, AnUploadThatIsCutOffLeavesOutItsUnfinishedLine) {
    BulkAppend bulk = begin();

    bulk.take(records(chunk_records_max) + record("cut"));
    settle(bulk);

    EXPECT_FALSE(bulk.has_batch());
    EXPECT_EQ(position(), Position{chunk_records_max});
    EXPECT_FALSE(has_item("cut"));
}

TEST_F(BulkAppendTest, AWrongRecordKeepsItsWholeChunkOutAndEarlierOnesStand) {
    const Answer answer = upload(records(1'200) + std::string(wrong) + "\n" + record("after"));

    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.header("Freshet-Position"), "1000");
    const JsonValue problem = json(answer);
    EXPECT_EQ(problem["line"].text(), "1201");
    EXPECT_EQ(problem["position"].text(), "1000");
    EXPECT_EQ(totals(answer), "1000 1000 0 0");
    EXPECT_EQ(problem["errors"][0]["line"].text(), "1201");
    EXPECT_EQ(problem["errors"][0]["pointer"].text(), "/eventName");
    EXPECT_EQ(detail(answer),
              std::to_string(problem["errors"].size()) +
                  " faults in the records, the first on line 1201; lines 1 to 1000 stand; correct "
                  "line 1201 and send again from line 1001, or everything: what was appended is "
                  "then a duplicate");
    EXPECT_TRUE(has_item("i1000"));
    EXPECT_FALSE(has_item("i1001"));
}

TEST_F(BulkAppendTest, AWrongFirstLineLeavesNothing) {
    const Answer answer = upload(std::string(wrong) + "\n" + records(2));

    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(json(answer)["line"].text(), "1");
    EXPECT_EQ(totals(answer), "0 0 0 0");
    EXPECT_TRUE(detail(answer).ends_with("; correct line 1 and send everything again"));
    EXPECT_EQ(position(), Position{});
}

TEST_F(BulkAppendTest, AWrongLastLineWithoutItsEndIsFoundToo) {
    const Answer answer = upload(records(2) + std::string(wrong));

    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(json(answer)["line"].text(), "3");
    EXPECT_EQ(totals(answer), "0 0 0 0");
    EXPECT_EQ(position(), Position{});
}

TEST_F(BulkAppendTest, WithPartialWhatStandsBeforeTheWrongRecordIsAppended) {
    const Answer answer = upload(
        records(1'200) + "[" + record("before") + "," + std::string(wrong) + "]\n" + record("z"),
        true);

    EXPECT_EQ(answer.status, 200);
    const JsonValue value = json(answer);
    EXPECT_EQ(value["position"].text(), "1201");
    EXPECT_EQ(totals(answer), "1200 1201 0 0");
    EXPECT_EQ(value["batchItemFailures"][0]["itemIdentifier"].text(), "9");
    EXPECT_EQ(value["line"].text(), "1201");
    EXPECT_EQ(value["errors"][0]["line"].text(), "1201");
    EXPECT_EQ(value["errors"][0]["pointer"].text(), "/1/eventName");
    EXPECT_TRUE(has_item("before"));
    EXPECT_FALSE(has_item("z"));
}

TEST_F(BulkAppendTest, ARecordOfAnotherSourceIsNamedByItsLine) {
    const std::string event = R"({"Records":[)" + record("x") + "," + record("i1", "other") + "]}";
    const std::string body = records(3) + "\n" + event + "\n" + record("i2", "other") + "\n";

    const Answer answer = upload(body);

    EXPECT_EQ(answer.status, 422);
    const JsonValue problem = json(answer);
    EXPECT_EQ(problem["line"].text(), "5");
    ASSERT_EQ(problem["errors"].size(), 2U);
    EXPECT_EQ(problem["errors"][0]["pointer"].text(), "/Records/1/eventSourceARN");
    EXPECT_EQ(problem["errors"][1]["line"].text(), "6");
    EXPECT_EQ(problem["errors"][1]["pointer"].text(), "/eventSourceARN");
    EXPECT_EQ(totals(answer), "0 0 0 0");
    EXPECT_EQ(position(), Position{});

    const Answer partial = upload(body, true);

    EXPECT_EQ(partial.status, 200);
    EXPECT_EQ(totals(partial), "4 4 0 0");
    EXPECT_EQ(json(partial)["batchItemFailures"][0]["itemIdentifier"].text(), "7");
    EXPECT_EQ(json(partial)["line"].text(), "5");
}

TEST_F(BulkAppendTest, TheFirstFaultIsNamedWhoeverFindsIt) {
    const Answer answer =
        upload(record("a") + "\n" + record("a", "other") + "\n" + std::string(wrong) + "\n");

    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(json(answer)["line"].text(), "2");
    EXPECT_EQ(json(answer)["errors"][1]["line"].text(), "3");
}

TEST_F(BulkAppendTest, ALineThatIsNotJsonIsToldItsPlace) {
    const std::string body = records(1'001) + "{\"Records\":[}\n";

    const Answer answer = upload(body);

    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(json(answer)["line"].text(), "1002");
    EXPECT_EQ(json(answer)["errors"][0]["line"].text(), "1002");
    EXPECT_EQ(totals(answer), "1000 1000 0 0");
    EXPECT_TRUE(
        detail(answer).starts_with("line 1002, column 13: found '}', expected a value; "
                                   "each line must be a whole JSON text; "))
        << detail(answer);

    const Answer partial = upload(body, true);

    EXPECT_EQ(partial.status, 400) << "no record is wrong";
    EXPECT_EQ(totals(partial), "1001 1 1000 0") << "but what stands before it is asked for";
}

TEST_F(BulkAppendTest, ALineThatIsTooLongIsTooLarge) {
    const Answer answer = upload(record("a") + "\n" + std::string(line_bytes_max + 1, ' '));

    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(json(answer)["line"].text(), "2");
    EXPECT_EQ(totals(answer), "0 0 0 0");
    EXPECT_TRUE(detail(answer).starts_with("line 2: more than 1048576 bytes in one line"));
}

TEST_F(BulkAppendTest, ALineWithoutARecordIsAWrongRecord) {
    const Answer answer = upload(record("a") + "\n7\n", true);

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(totals(answer), "1 1 0 0");
    EXPECT_EQ(json(answer)["batchItemFailures"][0]["itemIdentifier"].text(), "");
    EXPECT_EQ(json(answer)["errors"][0]["pointer"].text(), "");
}

TEST_F(BulkAppendTest, AFaultInTheNextChunkWaitsUntilTheFormerIsSettled) {
    BulkAppend bulk = begin();
    std::string body = records(chunk_records_max);
    bulk.take(body);
    engine::ChangeBatch first = bulk.take_batch();
    bulk.take(std::string(wrong) + "\n");
    EXPECT_EQ(bulk.take("more"), 0U);
    EXPECT_FALSE(bulk.has_batch());
    EXPECT_FALSE(bulk.is_over());

    bulk.settle(append(std::move(first)));
    settle(bulk);

    ASSERT_TRUE(bulk.is_over());
    EXPECT_EQ(bulk.answer({}).status, 422);
    EXPECT_EQ(totals(bulk.answer({})), "1000 1000 0 0");
}

// As when its client, or all clients, have too much under way.
TEST_F(BulkAppendTest, WhatIsTooMuchNowIsToldWhenToTryAgain) {
    for (const int status : {429, 503}) {
        BulkAppend bulk = begin();
        bulk.take(record("next") + "\n");

        bulk.give_up(status, "too much");

        ASSERT_TRUE(bulk.is_over());
        EXPECT_EQ(bulk.answer({}).status, status);
        EXPECT_EQ(bulk.answer({}).header("Retry-After"), "1") << status;
    }
    BulkAppend bulk = begin();
    bulk.give_up(400, "the body ended before it was whole");
    EXPECT_EQ(bulk.answer({}).header("Retry-After"), "") << "it would be the same again";
}

TEST_F(BulkAppendTest, AnEngineThatCannotNowTellsHowFarItGotAndWhenToTryAgain) {
    BulkAppend bulk = begin();
    bulk.take(records(chunk_records_max));
    bulk.settle(append(bulk.take_batch()));
    bulk.take(record("next") + "\n");
    bulk.end();
    bulk.take_batch();

    bulk.settle(fail(Errc::busy, "too many writes are waiting"));

    ASSERT_TRUE(bulk.is_over());
    const Answer answer = bulk.answer({});
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_EQ(answer.header("Freshet-Position"), "1000");
    EXPECT_EQ(json(answer)["position"].text(), "1000");
    EXPECT_FALSE(json(answer)["line"].exists());
    EXPECT_EQ(totals(answer), "1000 1000 0 0");
    EXPECT_EQ(detail(answer),
              "too many writes are waiting; lines 1 to 1000 stand; send again from line 1001, or "
              "everything: what was appended is then a duplicate");
}

TEST_F(BulkAppendTest, AnEngineThatTookNothingLeavesThePositionOut) {
    BulkAppend bulk = begin();
    bulk.take(record("a") + "\n");
    bulk.end();
    bulk.take_batch();

    bulk.settle(fail(Errc::disk_full, "no room"));

    const Answer answer = bulk.answer({});
    EXPECT_EQ(answer.status, 507);
    EXPECT_FALSE(json(answer)["position"].exists());
    EXPECT_EQ(answer.header("Freshet-Position"), "");
    EXPECT_TRUE(detail(answer).starts_with("no room; send everything again: what was appended"));
}

class BulkAppendDeathTest : public BulkAppendTest, support::FreshProcess {};

TEST_F(BulkAppendDeathTest, HandsOutNoBatchThatIsNotThere) {
    BulkAppend body = begin();

    EXPECT_DEATH(body.take_batch(), "a batch is taken when there is one");
}

TEST_F(BulkAppendDeathTest, SettlesNoBatchThatIsNotOut) {
    BulkAppend body = begin();

    EXPECT_DEATH(body.settle(engine::Receipt{}), "a batch is settled once");
}

TEST_F(BulkAppendDeathTest, IsNotGivenUpWhileABatchIsOut) {
    BulkAppend body = begin();
    body.take(records(1));
    body.end();
    body.take_batch();

    EXPECT_DEATH(body.give_up(408, "too slow"), "an append is given up between batches");
}

TEST_F(BulkAppendDeathTest, HasNoAnswerBeforeItIsOver) {
    BulkAppend body = begin();

    EXPECT_DEATH(body.answer(Position{}), "an append is answered when it is over");
}

}  // namespace
}  // namespace freshet::http
