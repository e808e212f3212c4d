// What engine/sequencing/sequencer.h and engine/engine.h promise, by example.

#include "engine/sequencing/sequencer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::must;
using support::Shop;

std::vector<Outcome> outcomes(const Receipt& receipt) {
    std::vector<Outcome> outcomes;
    for (const RecordOutcome& outcome : receipt.outcomes) outcomes.push_back(outcome.outcome);
    return outcomes;
}

TEST(SequencerTest, TellsWhereEachRecordStands) {
    Shop shop;

    const Receipt receipt =
        must(shop.append({shop.inserted({.id = "a"}), shop.inserted({.id = "b"})}));

    EXPECT_EQ(receipt.position, Position{2});
    EXPECT_EQ(receipt.appended, 2U);
    EXPECT_EQ(receipt.outcomes.at(0).position, Position{1});
    EXPECT_EQ(receipt.outcomes.at(1).position, Position{2});
    EXPECT_EQ(shop.now()->position(), Position{2});
}

TEST(SequencerTest, AcknowledgesADuplicateAndTellsWhereItsItemStands) {
    Shop shop;
    const storage::Change change = shop.inserted({.id = "a"});
    must(shop.append({change}));
    must(shop.append({shop.inserted({.id = "b"})}));

    const Receipt receipt = must(shop.append({change, change}));

    EXPECT_EQ(outcomes(receipt), (std::vector{Outcome::duplicate, Outcome::duplicate}));
    EXPECT_EQ(receipt.outcomes.at(0).position, Position{1});
    EXPECT_EQ(receipt.position, Position{2}) << "nothing was appended";
}

TEST(SequencerTest, SeesADuplicateWithinOneBatch) {
    Shop shop;
    const storage::Change change = shop.inserted({.id = "a"});

    const Receipt receipt = must(shop.append({change, change}));

    EXPECT_EQ(outcomes(receipt), (std::vector{Outcome::appended, Outcome::duplicate}));
}

TEST(SequencerTest, DoesNotBringARemovedItemBackByARedelivery) {
    Shop shop;
    const storage::Change insert = shop.inserted({.id = "a", .attributes = {{"status", "NEW"}}});
    const storage::Change remove = shop.removed({.id = "a"});
    must(shop.append({insert, remove}));
    shop.restart();

    const Receipt receipt = must(shop.append({insert, remove}));

    EXPECT_EQ(receipt.duplicates, 2U);
    EXPECT_EQ(shop.order("a"), std::nullopt);
}

TEST(SequencerTest, ResolvesTheImageBeforeFromItsOwnState) {
    Shop shop;
    must(shop.append({shop.inserted({.id = "a", .attributes = {{"status", "NEW"}}}),
                      shop.modified({.id = "a", .attributes = {{"status", "OLD"}}}),
                      shop.removed({.id = "a"})}));

    const auto records = must(shop.engine().records_after(*shop.now(), Position{}, {}));

    ASSERT_EQ(records.size(), 3U);
    EXPECT_FALSE(records[0].before());
    EXPECT_EQ(records[1].before()->view().find("status")->text(), "NEW");
    EXPECT_EQ(records[2].before()->view().find("status")->text(), "OLD");
    EXPECT_EQ(records[2].previous(), Position{2});
    EXPECT_FALSE(records[2].before_was_sent());
}

TEST(SequencerTest, CountsAnImageBeforeThatShowsAMissedChange) {
    Shop shop;
    storage::Change modify = shop.modified({.id = "a", .attributes = {{"status", "C"}}});
    must(shop.append(
        {shop.inserted({.id = "a", .attributes = {{"status", "A"}}, .sequence = "0"})}));
    modify.before = shop.inserted({.id = "a", .attributes = {{"status", "B"}}}).after;

    must(shop.append({modify}));

    EXPECT_EQ(shop.engine().status().gaps, 1U);
}

// What an export says of an order.
storage::Change imported(Shop& shop, const std::string& id, const std::string& status) {
    storage::Change change = shop.inserted(
        {.id = id, .attributes = {{"status", status}}, .sequence = "0", .source = "", .label = ""});
    change.imported = true;
    return change;
}

TEST(SequencerTest, BeginsAnItemWithAnImportOnce) {
    Shop shop;
    const storage::Change import = imported(shop, "a", "EXPORTED");

    const Receipt receipt = must(shop.append({import, import}));
    const Receipt again = must(shop.append({imported(shop, "a", "LATER")}));

    EXPECT_EQ(outcomes(receipt), (std::vector{Outcome::appended, Outcome::duplicate}));
    EXPECT_EQ(outcomes(again), std::vector{Outcome::duplicate});
    EXPECT_EQ(shop.order("a"), R"({"id":"a","status":"EXPORTED"})");
}

TEST(SequencerTest, TakesTheStreamsWordForAnItemBeforeAndAfterAnImport) {
    Shop shop;
    must(shop.append({shop.inserted({.id = "before", .attributes = {{"status", "NEW"}}}),
                      shop.inserted({.id = "removed"}), shop.removed({.id = "removed"})}));
    must(shop.append({imported(shop, "before", "EXPORTED"), imported(shop, "removed", "EXPORTED"),
                      imported(shop, "after", "EXPORTED"), imported(shop, "gone", "EXPORTED")}));
    must(shop.append({shop.modified({.id = "after", .attributes = {{"status", "DONE"}}}),
                      shop.removed({.id = "gone"})}));

    for (const bool delete_state : {false, true}) {
        EXPECT_EQ(shop.order("before"), R"({"id":"before","status":"NEW"})");
        EXPECT_EQ(shop.order("after"), R"({"id":"after","status":"DONE"})");
        EXPECT_EQ(shop.order("removed"), std::nullopt);
        EXPECT_EQ(shop.order("gone"), std::nullopt);
        shop.restart(delete_state);
        const Receipt again =
            must(shop.append({imported(shop, "before", "X"), imported(shop, "removed", "X"),
                              imported(shop, "after", "X"), imported(shop, "gone", "X")}));
        EXPECT_EQ(again.duplicates, 4U);
    }
}

TEST(SequencerTest, CountsNoGapWhereTheStreamDiffersFromAnImport) {
    Shop shop;
    must(shop.append({imported(shop, "a", "EXPORTED"), imported(shop, "b", "EXPORTED"),
                      imported(shop, "c", "EXPORTED")}));
    storage::Change modify = shop.modified({.id = "b", .attributes = {{"status", "DONE"}}});
    modify.before = shop.inserted({.id = "b", .attributes = {{"status", "OTHER"}}}).after;
    storage::Change remove = shop.removed({.id = "c"});
    remove.before = shop.inserted({.id = "c", .attributes = {{"status", "OTHER"}}}).after;

    must(shop.append({shop.inserted({.id = "a"}), modify, remove}));
    EXPECT_EQ(shop.engine().status().gaps, 0U);

    storage::Change missed = shop.modified({.id = "b", .attributes = {{"status", "AGAIN"}}});
    missed.before = modify.before;
    must(shop.append({missed}));
    EXPECT_EQ(shop.engine().status().gaps, 1U) << "from then on the stream is compared with itself";
}

TEST(SequencerTest, TakesAnImportForNoImageBeforeAChangeButForThatOfARemoval) {
    Shop shop;
    must(shop.append({imported(shop, "a", "EXPORTED"), imported(shop, "b", "EXPORTED"),
                      shop.modified({.id = "a", .attributes = {{"status", "DONE"}}}),
                      shop.removed({.id = "b"})}));

    const auto records = must(shop.engine().records_after(*shop.now(), Position{}, {}));

    ASSERT_EQ(records.size(), 4U);
    EXPECT_TRUE(records[0].imported());
    EXPECT_FALSE(records[0].before());
    EXPECT_FALSE(records[2].imported());
    EXPECT_FALSE(records[2].before()) << "the export may be of a later moment";
    EXPECT_EQ(records[2].previous(), Position{1});
    ASSERT_TRUE(records[3].before());
    EXPECT_EQ(records[3].before()->view().find("status")->text(), "EXPORTED");
}

TEST(SequencerTest, CountsNoGapWhereNoImageWasEverSent) {
    Shop shop;
    storage::Change insert = shop.inserted({.id = "a"});
    storage::Change modify = shop.modified({.id = "a"});
    storage::Change remove = shop.removed({.id = "a"});
    modify.before = insert.after;
    remove.before = modify.after;
    insert.after.reset();
    modify.after.reset();

    must(shop.append({insert, modify, remove}));

    EXPECT_EQ(shop.engine().status().gaps, 0U);
    EXPECT_EQ(shop.order("a"), std::nullopt);
}

TEST(SequencerTest, RefusesABatchWholeIfOneOfItsRecordsIsOfAnotherSource) {
    Shop shop;
    must(shop.append({shop.inserted({.id = "a"})}));
    const std::vector<storage::Change> changes{shop.inserted({.id = "b"}),
                                               shop.modified({.id = "a", .source = "copy"}),
                                               shop.inserted({.id = "c"})};

    const Receipt receipt = must(shop.append(changes));

    ASSERT_TRUE(receipt.refusal);
    EXPECT_EQ(receipt.refusal->faults.at(0).pointer, "/Records/1/eventSourceARN");
    EXPECT_EQ(receipt.appended, 0U);
    EXPECT_EQ(shop.order("b"), std::nullopt);
    EXPECT_EQ(shop.now()->position(), Position{1});
}

TEST(SequencerTest, AdmitsWhatStandsBeforeTheFirstWrongRecordOfAPartialBatch) {
    Shop shop;
    must(shop.append({shop.inserted({.id = "a"})}));
    const storage::Change wrong = shop.modified({.id = "a", .source = "copy"});

    const Receipt receipt =
        must(shop.append({shop.inserted({.id = "b"}), wrong, shop.inserted({.id = "c"})}, true));

    EXPECT_EQ(receipt.appended, 1U);
    ASSERT_TRUE(receipt.refusal);
    EXPECT_EQ(receipt.refusal->sequence, wrong.sequence.text());
    EXPECT_NE(shop.order("b"), std::nullopt);
    EXPECT_EQ(shop.order("c"), std::nullopt);
}

TEST(SequencerTest, NamesWhatDecodingFoundWrongBesides) {
    Shop shop;
    must(shop.append({shop.inserted({.id = "a"})}));
    ChangeBatch batch = support::batch_of({shop.modified({.id = "a", .source = "copy"})});
    batch.refusal =
        Refusal{.faults = {{.pointer = "/Records/1", .detail = "wrong"}}, .sequence = "9"};

    const Receipt receipt = must(shop.append(std::move(batch)));

    ASSERT_EQ(receipt.refusal->faults.size(), 2U);
    EXPECT_EQ(receipt.refusal->faults[0].pointer, "/Records/0/eventSourceARN");
    EXPECT_EQ(receipt.refusal->faults[1].pointer, "/Records/1");
}

TEST(SequencerTest, AdmitsNothingOfABatchThatDecodingRefused) {
    Shop shop;
    ChangeBatch batch = support::batch_of({shop.inserted({.id = "a"})});
    batch.refusal =
        Refusal{.faults = {{.pointer = "/Records/1", .detail = "wrong"}}, .sequence = "9"};
    ChangeBatch partial = batch;
    partial.partial = true;

    EXPECT_EQ(must(shop.append(std::move(batch))).appended, 0U);
    EXPECT_EQ(shop.order("a"), std::nullopt);
    const Receipt receipt = must(shop.append(std::move(partial)));
    EXPECT_EQ(receipt.appended, 1U);
    EXPECT_EQ(receipt.refusal->sequence, "9");
}

TEST(SequencerTest, CommitsAllThatWaitsAsOneGroup) {
    Shop shop;
    std::vector<std::size_t> appended;
    const auto done = [&](Result<Receipt> receipt) {
        appended.push_back(must(std::move(receipt)).appended);
    };
    const storage::Change first = shop.inserted({.id = "a"});
    shop.engine().append(support::batch_of({first}), done);
    shop.engine().append(support::batch_of({first, shop.inserted({.id = "b"})}), done);
    EXPECT_EQ(shop.now()->position(), Position{0}) << "nothing is visible before it is durable";

    EXPECT_TRUE(shop.engine().sequencer().step());

    EXPECT_EQ(appended, (std::vector<std::size_t>{1, 1}));
    EXPECT_EQ(shop.now()->position(), Position{2});
    EXPECT_FALSE(shop.engine().sequencer().step());
}

TEST(SequencerTest, ShowsAnAcknowledgedWriteToItsWriter) {
    Shop shop;
    std::optional<std::string> seen;
    shop.engine().append(support::batch_of({shop.inserted({.id = "a"})}),
                         [&](const Result<Receipt>&) { seen = shop.order("a"); });

    shop.engine().sequencer().step();

    EXPECT_EQ(seen, R"({"id":"a"})");
}

TEST(SequencerTest, CallsBackOnceAPositionIsReached) {
    Shop shop;
    int reached = 0;
    int given_up = 0;
    shop.engine().when_reached(Position{0}, [&] { ++reached; });
    EXPECT_EQ(reached, 1) << "it is there already";
    shop.engine().when_reached(Position{1}, [&] { ++reached; });
    const auto ticket = shop.engine().when_reached(Position{1}, [&] { ++given_up; });
    shop.engine().give_up(ticket);

    must(shop.append({shop.inserted({.id = "a"})}));

    EXPECT_EQ(reached, 2);
    EXPECT_EQ(given_up, 0);
}

TEST(SequencerTest, RefusesMoreThanItsQueueHolds) {
    Shop shop;
    const auto ignore = [](const Result<Receipt>&) {};
    ChangeBatch large = support::batch_of({shop.inserted({.id = "a"})});
    large.bytes = 60U << 20U;
    shop.engine().append(large, ignore);
    std::optional<Errc> refused;

    shop.engine().append(large,
                         [&](const Result<Receipt>& answer) { refused = answer.error().code; });

    EXPECT_EQ(refused, Errc::busy);
    shop.engine().sequencer().step();
    EXPECT_EQ(shop.engine().status().queued_bytes, 0U);
}

TEST(SequencerTest, ComesBackToTheSameViewsWithoutItsState) {
    Shop shop;
    must(shop.append(
        {shop.inserted({.id = "a", .attributes = {{"creator", "ann"}, {"status", "NEW"}}}),
         shop.inserted({.id = "b", .attributes = {{"creator", "ann"}}}),
         shop.removed({.id = "b"})}));

    shop.restart(true);

    EXPECT_EQ(shop.order("a"), R"({"id":"a","status":"NEW"})");
    EXPECT_EQ(shop.list("my-orders", {"ann"}), std::vector<std::string>{"a"});
    EXPECT_EQ(shop.now()->position(), Position{3});
}

TEST(SequencerTest, AnswersWhatIsQueuedBeforeItsThreadEnds) {
    Shop shop;
    std::vector<std::future<Result<Receipt>>> answers;
    for (int i = 0; i < 50; ++i) {
        auto promise = std::make_shared<std::promise<Result<Receipt>>>();
        answers.push_back(promise->get_future());
        shop.engine().append(
            support::batch_of({shop.inserted({.id = std::to_string(i)})}),
            [promise](Result<Receipt> receipt) { promise->set_value(std::move(receipt)); });
    }

    shop.engine().start();
    shop.engine().stop();

    for (auto& answer : answers) EXPECT_EQ(must(answer.get()).appended, 1U);
    const auto late = shop.append({shop.inserted({.id = "late"})});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::unavailable);
}

TEST(WarningsTest, AreToldAtOnceAndThenOnceAMinute) {
    Warnings<RefusedByTable> warnings;
    std::vector<RefusedByTable> told;
    const auto tell = [&](int seconds) {
        warnings.tell([&](const RefusedByTable& refused) { told.push_back(refused); },
                      Clock::TimePoint(std::chrono::seconds(seconds)));
    };
    tell(0);
    EXPECT_TRUE(told.empty()) << "there is nothing to tell";
    warnings.note({{"orders", {.stream = "s", .records = 1}}});
    tell(1);
    warnings.note({{"orders", {.stream = "s", .records = 1}}});
    warnings.note({{"orders", {.stream = "s", .records = 1}}});
    tell(60);
    EXPECT_EQ(told.size(), 1U);
    tell(61);
    tell(200);

    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].at("orders").records, 1U);
    EXPECT_EQ(told[1].at("orders").records, 2U);
}

// Who reads then has nothing to put in order, and no window is held.
TEST(SequencerTest, ShowsTheStateAsItWasWrittenOnceNothingComes) {
    Shop shop;
    must(shop.append({shop.inserted({.id = "a"})}));
    must(shop.append({shop.inserted({.id = "b"})}));
    const std::shared_ptr<const ReadPoint> before = shop.now();
    EXPECT_GT(before->state().unordered(), 0U);

    shop.clock().advance(std::chrono::seconds(1));
    shop.engine().start();

    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (shop.now() == before && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(shop.now()->position(), before->position());
    EXPECT_EQ(shop.now()->state().unordered(), 0U);
}

}  // namespace
}  // namespace freshet::engine
