// What engine/sequencing/batch_judgement.h promises: a batch is judged whole, and what was looked
// up for it is handed on.

#include "engine/sequencing/batch_judgement.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/folding/lineage.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/appending.h"
#include "tests/world/changes.h"

namespace freshet::engine {
namespace {

using storage::Change;
using storage::Position;
using storage::StateBatch;
using support::batch_of;
using support::inserted;
using support::must;

class BatchJudgementTest : public ::testing::Test {
protected:
    Judgement judge(const ChangeBatch& batch) {
        return must(judge_batch(batch, now, state, lineages));
    }

    // Makes the state know the item as of that sequence number of the table's only stream.
    void knows(const std::string& key, const std::string& sequence) {
        Lineage lineage;
        lineage.join({.family = "orders-source", .label = "2026-01-01T00:00:00.000"});
        state.put_fact(Lineage::fact_of("orders"), lineage.bytes());
        state.put_item("orders", key,
                       {.source = "orders-source",
                        .label = "2026-01-01T00:00:00.000",
                        .sequence = sequence,
                        .created = Position{1},
                        .changed = Position{1},
                        .stream = 1,
                        .time = {},
                        .others = {},
                        .image = {}});
    }

    const storage::SourceTime now{std::chrono::seconds(1'795'000'000)};

    const support::TempFolder folder;
    const std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
    StateBatch state = must(data->state().begin());
    Lineages lineages;
};

// A change of the item in the index-th stream of its table.
Change in_stream(std::size_t index, const std::string& key, const std::string& sequence) {
    Change change = inserted(key, sequence);
    std::string number = std::to_string(index);
    change.label = "2026-01-01T00:00:00." + number.insert(0, 5 - number.size(), '0');
    return change;
}

std::vector<Verdict> verdicts(const Judgement& judgement) {
    std::vector<Verdict> verdicts;
    for (const Judged& judged : judgement.changes) verdicts.push_back(judged.ruling.verdict);
    return verdicts;
}

TEST_F(BatchJudgementTest, JudgesEachChangeByWhatTheOnesBeforeItLeave) {
    const ChangeBatch batch =
        batch_of({inserted("a", "5"), inserted("a", "5"), inserted("a", "7"), inserted("a", "6")});

    EXPECT_EQ(verdicts(judge(batch)),
              (std::vector{Verdict::next, Verdict::duplicate, Verdict::next, Verdict::duplicate}));
}

TEST_F(BatchJudgementTest, HandsOnTheItemThatItLookedUpAsTheStateHasItLater) {
    knows("a", "5");
    const ChangeBatch batch =
        batch_of({inserted("a", "6"), inserted("b", "1"), inserted("a", "7")});

    const Judgement judgement = judge(batch);

    ASSERT_EQ(judgement.changes.size(), 3U);
    StateBatch::KnownItem* const known = judgement.changes[0].known;
    EXPECT_EQ(judgement.changes[2].known, known);
    EXPECT_NE(judgement.changes[1].known, known);
    EXPECT_EQ(known->item()->parts().sequence, "5") << "nothing has taken effect yet";
    knows("a", "6");
    EXPECT_EQ(known->item()->parts().sequence, "6");
}

TEST_F(BatchJudgementTest, HandsOnTheHeadAfterEachChangeThatIsNext) {
    Change nameless = inserted("a", "6");
    nameless.source.clear();
    nameless.label.clear();
    knows("a", "5");

    const Judgement judgement = judge(batch_of({nameless, inserted("a", "6")}));

    ASSERT_EQ(judgement.changes.size(), 2U);
    ASSERT_TRUE(judgement.changes[0].head);
    EXPECT_EQ(judgement.changes[0].head->stream, 1U) << "it is of the table's only stream";
    EXPECT_FALSE(judgement.changes[1].head) << "a duplicate moves no head";
}

TEST_F(BatchJudgementTest, EndsBeforeTheFirstChangeOfAnotherSource) {
    Change foreign = inserted("a", "6");
    foreign.source = "copy";
    ChangeBatch batch = batch_of({inserted("a", "5"), foreign, inserted("b", "1")});

    EXPECT_EQ(judge(batch).end, 1U);
    ASSERT_TRUE(judge(batch).refusal);
    EXPECT_EQ(judge(batch).refusal->sequence, "6");
    batch.partial = true;
    EXPECT_EQ(judge(batch).end, 1U);
    EXPECT_EQ(judge(batch).changes.size(), 1U);
}

TEST_F(BatchJudgementTest, LetsAStreamJoinWithTheFirstChangeThatTakesEffect) {
    Change overtaken = inserted("a", "1");
    overtaken.label = "2026-06-01T00:00:00.000";
    Change first = inserted("b", "1");
    first.label = overtaken.label;
    knows("a", "5");
    state.put_item("orders", "a",
                   {.source = {},
                    .label = {},
                    .sequence = "5",
                    .created = Position{1},
                    .changed = Position{1},
                    .stream = 1,
                    .time = now,
                    .others = {},
                    .image = {}});
    overtaken.time = now - std::chrono::seconds(11);

    const Judgement judgement = judge(batch_of({overtaken, first, first}));

    EXPECT_EQ(verdicts(judgement),
              (std::vector{Verdict::overtaken, Verdict::next, Verdict::duplicate}));
    EXPECT_TRUE(judgement.changes[1].joins) << "the one before it left no trace";
    EXPECT_EQ(judgement.changes[1].stream, 2U);
    EXPECT_FALSE(judgement.changes[2].joins);
}

TEST_F(BatchJudgementTest, RefusesAForeignStreamAndSaysHowItIsAdopted) {
    Change foreign = inserted("b", "1");
    foreign.origin = "arn:aws:dynamodb:us-east-1:1:table/";
    foreign.source = "orders";
    knows("a", "5");

    const Judgement judgement = judge(batch_of({foreign}));

    ASSERT_TRUE(judgement.refusal);
    ASSERT_EQ(judgement.refusal->faults.size(), 1U);
    EXPECT_EQ(judgement.refusal->faults[0].pointer, "/Records/0/eventSourceARN");
    const std::string stream =
        "arn:aws:dynamodb:us-east-1:1:table/orders/stream/2026-01-01T00:00:00.000";
    EXPECT_NE(judgement.refusal->faults[0].detail.find("takes from orders-source"),
              std::string::npos);
    EXPECT_NE(
        judgement.refusal->faults[0].detail.find("freshet adopt --table orders --stream " + stream),
        std::string::npos)
        << judgement.refusal->faults[0].detail;
    EXPECT_EQ(judgement.foreign, (RefusedByTable{{"orders", {.stream = stream, .records = 1}}}));
}

TEST_F(BatchJudgementTest, BoundsTheStreamsThatATableComesFrom) {
    std::vector<Change> changes;
    for (std::size_t i = 1; i <= lineage_streams_max + 1; ++i) {
        changes.push_back(in_stream(i, "a", "1"));
    }
    changes.push_back(in_stream(1, "b", "1"));
    ChangeBatch batch = batch_of(std::move(changes));

    const Judgement judgement = judge(batch);

    EXPECT_EQ(judgement.end, lineage_streams_max);
    ASSERT_TRUE(judgement.refusal);
    ASSERT_EQ(judgement.refusal->faults.size(), 1U) << "those that it knows are still taken";
    EXPECT_EQ(judgement.refusal->faults[0].pointer, "/Records/100/eventSourceARN");
    EXPECT_NE(judgement.refusal->faults[0].detail.find("from 100 streams already"),
              std::string::npos)
        << judgement.refusal->faults[0].detail;
    batch.partial = true;
    EXPECT_EQ(judge(batch).changes.size(), lineage_streams_max);
}

TEST_F(BatchJudgementTest, TakesFromAsManyStreamsAsALogHoldsAlready) {
    Lineage lineage;
    for (std::size_t i = 1; i <= lineage_streams_max + 50; ++i) {
        const Change change = in_stream(i, "a", "1");
        lineage.join({.family = change.source, .label = change.label});
    }
    state.put_fact(Lineage::fact_of("orders"), lineage.bytes());

    EXPECT_FALSE(judge(batch_of({in_stream(lineage_streams_max + 50, "a", "1")})).refusal);
    EXPECT_TRUE(judge(batch_of({in_stream(lineage_streams_max + 51, "a", "1")})).refusal);
}

TEST_F(BatchJudgementTest, ReadsALineageOnceForAllBatchesUntilItChanges) {
    knows("a", "5");
    for (int i = 6; i < 200; ++i) judge(batch_of({inserted("a", std::to_string(i))}));
    EXPECT_EQ(lineages.read(), 1U);

    knows("a", "5");
    EXPECT_FALSE(judge(batch_of({in_stream(2, "a", "1")})).refusal);
    EXPECT_EQ(lineages.read(), 1U) << "the state says the same";
    EXPECT_TRUE(judge(batch_of({in_stream(2, "a", "1")})).changes.at(0).joins)
        << "a batch that was judged need not have been admitted";
    EXPECT_EQ(lineages.read(), 2U);
}

TEST_F(BatchJudgementTest, HeadsOfOneStreamShareWhatTheyKnowOfOthers) {
    const Judgement judgement = judge(batch_of({in_stream(1, "a", "1"), in_stream(2, "a", "1"),
                                                in_stream(2, "a", "2"), in_stream(2, "a", "3")}));

    ASSERT_EQ(judgement.changes.size(), 4U);
    const auto& others = judgement.changes[1].head->others;
    ASSERT_TRUE(others);
    EXPECT_EQ(others->size(), 1U);
    EXPECT_EQ(judgement.changes[2].head->others, others);
    EXPECT_EQ(judgement.changes[3].head->others, others);
}

TEST_F(BatchJudgementTest, RefusesATimeThatIsMoreThanADayAhead) {
    Change change = inserted("a", "1");
    change.time = now + std::chrono::hours(24);
    EXPECT_FALSE(judge(batch_of({change})).refusal);

    change.time = now + std::chrono::hours(24) + std::chrono::microseconds(1);

    const Judgement judgement = judge(batch_of({change}));
    ASSERT_TRUE(judgement.refusal);
    EXPECT_EQ(judgement.refusal->faults.at(0).pointer,
              "/Records/0/dynamodb/ApproximateCreationDateTime");
}

TEST_F(BatchJudgementTest, RefusesARecordWithoutAStreamOnceThereAreSeveral) {
    Change second = inserted("b", "1");
    second.label = "2026-06-01T00:00:00.000";
    Change nameless = inserted("c", "1");
    nameless.source.clear();
    nameless.label.clear();
    knows("a", "5");
    EXPECT_FALSE(judge(batch_of({nameless})).refusal);

    const Judgement judgement = judge(batch_of({second, nameless}));

    ASSERT_TRUE(judgement.refusal);
    EXPECT_EQ(judgement.refusal->faults.at(0).pointer, "/Records/1/eventSourceARN");
}

}  // namespace
}  // namespace freshet::engine
