// What engine/folding/first_answers.h promises, by example. That both ways to fold a log keep the
// same of it, tests/engine/folding/bulk_fold_test.cc shows.

#include "engine/folding/first_answers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::Idempotency;
using support::must;

class FirstAnswers : public ::testing::Test {
protected:
    // As the projector folds the record of such a write.
    void fold(ChangeKind kind, const Idempotency& idempotency) {
        storage::Change change = support::change_of(kind, {.id = "a"});
        change.idempotency = idempotency;
        storage::LogBatch log = data->log().begin();
        const storage::Record& record = log.add(change, {});
        EXPECT_TRUE(has_first_answer(record));
        fold_first_answer(first_answer_fact(record), state);
    }

    const support::TempFolder folder;
    std::unique_ptr<storage::DataFolder> data =
        must(storage::DataFolder::open(folder.file("data"), {}));
    storage::StateBatch state = must(data->state().begin());
};

TEST_F(FirstAnswers, SayWhatBecameOfTheWriteOfAName) {
    fold(ChangeKind::insert, {"ann", "k", "f00d"});

    const auto answer = must(find_first_answer({"ann", "k", "other"}, state));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->payload, "f00d");
    EXPECT_EQ(answer->effect, CommandEffect::created);
    EXPECT_EQ(answer->newest, storage::Position{1});
    EXPECT_EQ(answer->keys, R"({"pk":{"S":"a"}})");

    fold(ChangeKind::modify, {"ann", "m", "f00d"});
    fold(ChangeKind::remove, {"ann", "r", "f00d"});
    EXPECT_EQ(must(find_first_answer({"ann", "m", ""}, state))->effect, CommandEffect::changed);
    EXPECT_EQ(must(find_first_answer({"ann", "r", ""}, state))->effect, CommandEffect::removed);
}

// Also where what stands behind each other reads the same.
TEST_F(FirstAnswers, AreOfOneCallerEach) {
    fold(ChangeKind::insert, {"a/b", "c", "1"});
    fold(ChangeKind::insert, {"", "a/b/c", "2"});

    EXPECT_FALSE(must(find_first_answer({"a", "b/c", ""}, state)));
    EXPECT_FALSE(must(find_first_answer({"c", "a/b", ""}, state)));
    EXPECT_EQ(must(find_first_answer({"a/b", "c", ""}, state))->payload, "1");
    EXPECT_EQ(must(find_first_answer({"", "a/b/c", ""}, state))->payload, "2");
}

TEST_F(FirstAnswers, ThatCannotBeReadAreDamage) {
    for (const char* bytes :
         {"", "f00d", "f00d created", "f00d created 1", "f00d made 1 {}", "f00d created x {}"}) {
        state.put_fact("answered/3/ann/k", bytes);
        const auto answer = find_first_answer({"ann", "k", ""}, state);
        ASSERT_FALSE(answer) << bytes;
        EXPECT_EQ(answer.error().code, Errc::damaged_state);
    }
}

}  // namespace
}  // namespace freshet::engine
