// What engine/sequencing/batch_judgement.h promises: a batch is judged whole, and what was looked
// up for it is handed on.

#include "engine/sequencing/batch_judgement.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

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
    Judgement judge(const ChangeBatch& batch) { return must(judge_batch(batch, state)); }

    // Makes the state know the item as of that sequence number.
    void knows(const std::string& key, const std::string& sequence) {
        state.put_item("orders", key,
                       {.source = "orders-source",
                        .label = "2026-01-01T00:00:00.000",
                        .sequence = sequence,
                        .created = Position{1},
                        .changed = Position{1},
                        .image = {}});
    }

    const support::TempFolder folder;
    const std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
    StateBatch state = must(data->state().begin());
};

std::vector<Verdict> verdicts(const Judgement& judgement) {
    std::vector<Verdict> verdicts;
    for (const Judged& judged : judgement.changes) verdicts.push_back(judged.verdict);
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
    EXPECT_EQ(judgement.changes[0].head->source, "orders-source");
    EXPECT_EQ(judgement.changes[0].head->label, "2026-01-01T00:00:00.000");
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

}  // namespace
}  // namespace freshet::engine
