// What engine/reconciling/reconciliation.h promises.

#include "engine/reconciling/reconciliation.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/reconciling/item_slice.h"
#include "engine/records/dynamodb_json.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/appending.h"
#include "tests/world/changes.h"
#include "tests/world/images.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_engine.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;
using storage::ChangeKind;
using storage::SourceTime;
using support::must;
using Phase = ReconciliationPhase;

constexpr const char* configuration = R"(
[[table]]
name = "orders"
key  = ["pk"]

[[table.list]]
name = "by-status"
by   = "status"

[[table.event]]
type = "changed"

[[table]]
name = "notes"
key  = ["pk"]
)";

constexpr SourceTime noon{seconds(1'000'000'000)};

class ReconciliationTest : public ::testing::Test {
protected:
    // A change of the stream, dated so many seconds after noon.
    void change(ChangeKind kind, const std::string& id, const std::string& status, int after) {
        storage::Change made = support::change_of(
            kind, {.id = id, .attributes = {{"status", status}}, .sequence = number()});
        made.time = noon + seconds(after);
        must(engine.append({support::keyed(engine.catalog(), std::move(made))}));
    }
    void inserted(const std::string& id, const std::string& status = "OPEN") {
        change(ChangeKind::insert, id, status, -60);
    }
    std::string number() { return std::to_string(++sequence_); }

    // Once the one before has let go of its shelf.
    std::shared_ptr<Reconciliation> begin(bool told = false) {
        const auto last = engine.engine().reconciliation();
        while (last && !last->is_open() && !last->is_finished()) std::this_thread::yield();
        return must(engine.engine().reconcile({.table = engine.catalog().table("orders"),
                                               .moment = moment,
                                               .told = told,
                                               .by = "ann"}));
    }
    // Hands items of the export in.
    Result<Receipt> take(Reconciliation& reconciliation,
                         const std::vector<std::pair<std::string, std::string>>& items) {
        return hand_in(reconciliation, lines(items));
    }
    ChangeBatch lines(const std::vector<std::pair<std::string, std::string>>& items) {
        ChangeBatch batch;
        for (const auto& [id, status] : items) {
            storage::Change line =
                support::change_of(ChangeKind::insert,
                                   {.id = id, .attributes = {{"status", status}}, .sequence = "0"});
            line.imported = true;
            batch.records.push_back(
                {.change = support::keyed(engine.catalog(), std::move(line)), .sequence = "0"});
        }
        return batch;
    }
    Result<Receipt> hand_in(Reconciliation& reconciliation, ChangeBatch batch) {
        batch.reconciliation = reconciliation.id();
        std::promise<Result<Receipt>> answer;
        engine.engine().append(std::move(batch), [&](Result<Receipt> receipt) {
            answer.set_value(std::move(receipt));
        });
        return answer.get_future().get();
    }
    // One whose batches are seen before the sequencer has them. Its shelf is elsewhere.
    std::unique_ptr<Reconciliation> begin_with(std::function<void(const ChangeBatch&)> before) {
        return std::make_unique<Reconciliation>(
            ReconciliationOrder{.table = engine.catalog().table("orders"),
                                .moment = moment,
                                .told = false,
                                .by = {}},
            Reconciliation::Engine{
                .folder = *elsewhere,
                .read_point = [this] { return engine.engine().read_point(); },
                .submit =
                    [this, before = std::move(before)](ChangeBatch batch, AppendDone done) {
                        before(batch);
                        engine.engine().append(std::move(batch), std::move(done));
                    }});
    }
    Result<Receipt> take_directly(Reconciliation& reconciliation,
                                  const std::vector<std::pair<std::string, std::string>>& items) {
        std::promise<Result<Receipt>> answer;
        reconciliation.take(lines(items),
                            [&](Result<Receipt> receipt) { answer.set_value(std::move(receipt)); });
        return answer.get_future().get();
    }
    // A change of the stream that the sequencer has before all that comes later; a removal if there
    // is no status.
    void late(const std::string& id, const std::string& status, int after) {
        const ChangeKind kind = status.empty() ? ChangeKind::remove : ChangeKind::modify;
        storage::Change made = support::change_of(
            kind, {.id = id, .attributes = {{"status", status}}, .sequence = number()});
        made.time = noon + seconds(after);
        engine.engine().append(
            support::batch_of({support::keyed(engine.catalog(), std::move(made))}),
            [](const Result<Receipt>& receipt) { EXPECT_TRUE(receipt.has_value()); });
    }
    std::vector<std::pair<std::string, std::string>> bytes_of_state() {
        std::vector<std::pair<std::string, std::string>> found;
        must(engine.now()->state().everything(
            [&](std::string_view key, std::string_view value) { found.emplace_back(key, value); }));
        return found;
    }
    // Lets it come to an end of its work, while the sequencer takes what it writes.
    ReconciliationStatus run(Reconciliation& reconciliation, bool is_dry = false,
                             std::optional<std::uint64_t> removals_max = {}) {
        must(reconciliation.run(is_dry, removals_max));
        while (true) {
            ReconciliationStatus status = reconciliation.status();
            if (status.phase != Phase::counting && status.phase != Phase::applying) return status;
            engine.sequencer().step();
        }
    }
    ReconciliationStatus reconcile(const std::vector<std::pair<std::string, std::string>>& items) {
        const auto reconciliation = begin();
        must(take(*reconciliation, items));
        return run(*reconciliation, false, 1'000);
    }

    std::optional<std::string> shown(const std::string& id) {
        const auto answer =
            must(engine.now()->item(*engine.catalog().table("orders"), {id}, *everybody()));
        return answer ? std::optional(answer->json) : std::nullopt;
    }
    std::vector<storage::Record> log() {
        return must(engine.engine().records_after(*engine.now(), {}, {.records = 10'000}));
    }
    bool has_shelf() { return std::filesystem::exists(engine.path() + "/state.shelf"); }

    support::SteppedEngine engine{configuration};
    SourceTime moment = noon;  // of the next export
    const support::TempFolder other_folder;
    const std::unique_ptr<storage::DataFolder> elsewhere =
        must(storage::DataFolder::open(other_folder.file("data"), {}));

private:
    int sequence_ = 0;
};

std::string order(const std::string& id, const std::string& status) {
    return R"({"pk":")" + id + R"(","status":")" + status + "\"}";
}

TEST_F(ReconciliationTest, PutsRightWhatTheStreamHasLost) {
    inserted("changed");
    inserted("gone");
    inserted("same");
    change(ChangeKind::insert, "later", "NEWER", 5);
    change(ChangeKind::insert, "later-gone", "NEWER", 5);

    const ReconciliationStatus status =
        reconcile({{"changed", "DONE"}, {"same", "OPEN"}, {"later", "OPEN"}, {"missed", "OPEN"}});

    EXPECT_EQ(status.phase, Phase::done) << status.detail;
    EXPECT_EQ(status.received, 4U);
    EXPECT_EQ(status.present, 5U);
    EXPECT_EQ(status.count(ItemFinding::replaced), 1U);
    EXPECT_EQ(status.count(ItemFinding::removed), 1U);
    EXPECT_EQ(status.count(ItemFinding::added), 1U);
    EXPECT_EQ(status.count(ItemFinding::unchanged), 1U);
    EXPECT_EQ(status.count(ItemFinding::newer), 2U);
    EXPECT_EQ(shown("changed"), order("changed", "DONE"));
    EXPECT_EQ(shown("gone"), std::nullopt);
    EXPECT_EQ(shown("same"), order("same", "OPEN"));
    EXPECT_EQ(shown("later"), order("later", "NEWER"));
    EXPECT_EQ(shown("later-gone"), order("later-gone", "NEWER"));
    EXPECT_EQ(shown("missed"), order("missed", "OPEN"));
    EXPECT_EQ(status.position, engine.now()->position()) << "the notice is its last word";
    while (!engine.engine().reconciliation()->is_finished()) std::this_thread::yield();
    EXPECT_FALSE(has_shelf());
}

TEST_F(ReconciliationTest, WritesRecordsThatSayWhatTheyAreAndANotice) {
    inserted("a");
    reconcile({{"a", "DONE"}});

    const auto records = log();
    ASSERT_EQ(records.size(), 3U);
    EXPECT_TRUE(records[1].reconciled());
    EXPECT_FALSE(records[1].is_told());
    EXPECT_EQ(records[1].kind(), ChangeKind::modify);
    EXPECT_EQ(records[1].time(), noon);
    EXPECT_TRUE(records[1].before().has_value()) << "what was known is what was before";
    ASSERT_TRUE(records[2].is_notice());
    const auto notice = records[2].notice();
    EXPECT_EQ(notice->kind, storage::NoticeKind::reconciliation);
    EXPECT_EQ(notice->moment, noon);
    EXPECT_EQ(notice->by, "ann");
    const auto even = must(engine.now()->lineage(*engine.catalog().table("orders"))).reconciled();
    ASSERT_TRUE(even.has_value());
    EXPECT_EQ(even->moment, noon);
    EXPECT_EQ(even->begun, records[0].position());
    EXPECT_NE(engine.metrics_text().find("freshet_reconciled_total{table=\"orders\"} 1"),
              std::string::npos);
    EXPECT_NE(engine.metrics_text().find("freshet_gaps_total{table=\"orders\"} 0"),
              std::string::npos);
}

TEST_F(ReconciliationTest, IsTheSameAfterTheStateIsFoldedAgain) {
    inserted("a");
    inserted("b");
    reconcile({{"a", "DONE"}, {"c", "OPEN"}});

    engine.restart(true);

    EXPECT_EQ(shown("a"), order("a", "DONE"));
    EXPECT_EQ(shown("b"), std::nullopt);
    EXPECT_EQ(shown("c"), order("c", "OPEN"));
    change(ChangeKind::modify, "c", "LATE", -30);
    EXPECT_EQ(shown("c"), order("c", "OPEN")) << "the export knew it";
    change(ChangeKind::modify, "c", "NEXT", 1);
    EXPECT_EQ(shown("c"), order("c", "NEXT"));
}

TEST_F(ReconciliationTest, ADryRunCountsAndWritesNothing) {
    inserted("a");
    inserted("b");
    const auto reconciliation = begin();
    must(take(*reconciliation, {{"a", "DONE"}}));
    const auto before = engine.now()->position();

    const ReconciliationStatus counted = run(*reconciliation, true);

    EXPECT_EQ(counted.phase, Phase::counted);
    EXPECT_EQ(counted.count(ItemFinding::replaced), 1U);
    EXPECT_EQ(counted.count(ItemFinding::removed), 1U);
    EXPECT_EQ(counted.samples[static_cast<std::size_t>(ItemFinding::removed)],
              std::vector<std::string>{"\"b\""});
    EXPECT_NE(counted.detail.find("1 of 2 items would be removed"), std::string::npos);
    EXPECT_EQ(engine.now()->position(), before);
    EXPECT_EQ(run(*reconciliation, false, 1).phase, Phase::done) << "the items are still there";
    EXPECT_EQ(shown("b"), std::nullopt);
}

TEST_F(ReconciliationTest, RemovesNoMoreThanATenthUnlessItIsAllowed) {
    for (int i = 0; i < 20; ++i) inserted("o" + std::to_string(i));
    std::vector<std::pair<std::string, std::string>> all_but_three;
    for (int i = 3; i < 20; ++i) all_but_three.emplace_back("o" + std::to_string(i), "OPEN");
    const auto reconciliation = begin();
    must(take(*reconciliation, all_but_three));
    const auto before = engine.now()->position();

    const ReconciliationStatus refused = run(*reconciliation);

    EXPECT_EQ(refused.phase, Phase::refused);
    EXPECT_NE(refused.detail.find("3 of 20 items would be removed, and at most 2 may be"),
              std::string::npos)
        << refused.detail;
    EXPECT_EQ(engine.now()->position(), before);
    EXPECT_EQ(run(*reconciliation, false, 2).phase, Phase::refused);
    EXPECT_EQ(run(*reconciliation, false, 3).phase, Phase::done);
    EXPECT_EQ(shown("o2"), std::nullopt);
    EXPECT_EQ(shown("o3"), order("o3", "OPEN"));
}

TEST_F(ReconciliationTest, AnExportWithoutItemsRemovesNothingByItself) {
    inserted("a");

    EXPECT_EQ(run(*begin()).phase, Phase::refused);
    EXPECT_EQ(shown("a"), order("a", "OPEN"));
}

TEST_F(ReconciliationTest, GoesThroughTablesAndExportsOfMoreThanOneSlice) {
    std::vector<std::pair<std::string, std::string>> exported;
    for (std::size_t i = 0; i < 3 * slice_max; ++i) {
        const std::string id = "o" + std::to_string(i);
        if (i % 3 != 0) inserted(id);
        if (i % 3 != 1) exported.emplace_back(id, i % 2 == 0 ? "OPEN" : "DONE");
    }

    const ReconciliationStatus status = reconcile(exported);

    EXPECT_EQ(status.phase, Phase::done) << status.detail;
    EXPECT_EQ(status.count(ItemFinding::added), slice_max);
    EXPECT_EQ(status.count(ItemFinding::removed), slice_max);
    EXPECT_EQ(status.count(ItemFinding::replaced) + status.count(ItemFinding::unchanged),
              slice_max);
    for (const auto& [id, state] : exported) EXPECT_EQ(shown(id), order(id, state));
    EXPECT_EQ(shown("o1"), std::nullopt);
    const ReconciliationStatus again = reconcile(exported);
    EXPECT_EQ(again.count(ItemFinding::unchanged), 2 * slice_max) << "it is even now";
}

TEST_F(ReconciliationTest, WhatTheStreamTellsMeanwhileStands) {
    inserted("a");
    inserted("b");
    const auto reconciliation = begin_with([this](const ChangeBatch& batch) {
        if (!batch.records.empty()) late("a", "NEWER", 1);
    });
    must(take_directly(*reconciliation, {{"a", "DONE"}}));

    EXPECT_EQ(run(*reconciliation, false, 10).phase, Phase::done);

    EXPECT_EQ(shown("b"), std::nullopt);
    EXPECT_EQ(shown("a"), order("a", "NEWER"));
}

TEST_F(ReconciliationTest, CountsWhatItWroteThoughTheAnswerWasLost) {
    inserted("a");
    inserted("b");
    bool is_lost = false;
    const auto reconciliation = std::make_unique<Reconciliation>(
        ReconciliationOrder{
            .table = engine.catalog().table("orders"), .moment = moment, .told = false, .by = {}},
        Reconciliation::Engine{
            .folder = *elsewhere,
            .read_point = [this] { return engine.engine().read_point(); },
            .submit =
                [&](ChangeBatch batch, AppendDone done) {
                    const bool is_first = !std::exchange(is_lost, true);
                    engine.engine().append(std::move(batch), [is_first, done](auto receipt) {
                        done(is_first ? fail(Errc::unavailable, "a fault of the disk") : receipt);
                    });
                }});
    must(take_directly(*reconciliation, {{"a", "DONE"}}));

    const ReconciliationStatus status = run(*reconciliation, false, 10);

    EXPECT_EQ(status.phase, Phase::done) << status.detail;
    EXPECT_EQ(status.count(ItemFinding::replaced), 1U);
    EXPECT_EQ(status.count(ItemFinding::removed), 1U);
    EXPECT_EQ(status.count(ItemFinding::newer), 0U);
}

TEST_F(ReconciliationTest, AChangeIsWhatItIsAtItsPlace) {
    inserted("same");
    inserted("gone");
    const auto reconciliation = begin_with([this](const ChangeBatch& batch) {
        if (batch.records.empty()) return;
        late("missed", "OPEN", -30);  // of the backlog: the export knows a later change
        late("same", "DONE", -30);
        late("gone", "", -30);
    });
    must(take_directly(*reconciliation, {{"missed", "DONE"}, {"same", "DONE"}}));

    const ReconciliationStatus status = run(*reconciliation, false, 10);

    EXPECT_EQ(status.phase, Phase::done) << status.detail;
    EXPECT_EQ(shown("missed"), order("missed", "DONE"));
    std::vector<ChangeKind> kinds;
    for (const storage::Record& record : log()) {
        if (!record.is_notice() && record.reconciled()) kinds.push_back(record.kind());
    }
    EXPECT_EQ(kinds, std::vector{ChangeKind::modify})
        << "what is missed was there by then, and the others were even";
}

TEST_F(ReconciliationTest, AnItemThatTheStreamMovedBehindTheWalkIsJudgedByItsNumbers) {
    inserted("back");
    const auto reconciliation = begin_with([this](const ChangeBatch& batch) {
        if (batch.notices.empty()) return;  // the last word: the walk is over
        late("passing", "OPEN", -40);
        late("back", "AWAY", -40);
    });
    must(take_directly(*reconciliation, {{"back", "OPEN"}}));
    ASSERT_EQ(run(*reconciliation).phase, Phase::done);

    // The rest of the backlog, all of which the export knew.
    change(ChangeKind::remove, "passing", "", -30);
    change(ChangeKind::modify, "back", "OPEN", -30);

    EXPECT_EQ(shown("passing"), std::nullopt) << "its removal was still to come";
    EXPECT_EQ(shown("back"), order("back", "OPEN"));
}

TEST_F(ReconciliationTest, RemovesWhatHasNeitherAnImageNorIsInTheExportWithoutAWord) {
    storage::Change imageless = support::bare_change(
        ChangeKind::insert, {.id = "bare", .attributes = {}, .sequence = number()});
    imageless.time = noon - seconds(60);
    must(engine.append({support::keyed(engine.catalog(), std::move(imageless))}));

    const ReconciliationStatus status = reconcile({});

    EXPECT_EQ(status.phase, Phase::done) << status.detail;
    EXPECT_EQ(status.count(ItemFinding::removed), 0U);
}

TEST_F(ReconciliationTest, NamesAnItemByItsKeyThoughItsImageLacksIt) {
    storage::Change odd =
        support::change_of(ChangeKind::insert,
                           {.id = "odd", .attributes = {{"status", "OPEN"}}, .sequence = number()});
    odd.after = support::image_of({{"status", "OPEN"}});
    odd.time = noon - seconds(60);
    must(engine.append({support::keyed(engine.catalog(), std::move(odd))}));
    ASSERT_EQ(reconcile({}).phase, Phase::done);

    engine.restart(true);  // which folds by the keys of the records

    EXPECT_EQ(shown("odd"), std::nullopt);
    EXPECT_EQ(log().size(), 3U);
}

TEST_F(ReconciliationTest, TakesNoItemOfAnotherTable) {
    const auto reconciliation = begin();
    ChangeBatch batch;
    storage::Change line = support::inserted("n", "0", {{"status", "OPEN"}});
    line.table = "notes";
    line.imported = true;
    batch.records.push_back({.change = std::move(line), .sequence = "0"});

    const auto receipt = must(hand_in(*reconciliation, std::move(batch)));

    ASSERT_TRUE(receipt.refusal.has_value());
    EXPECT_NE(receipt.refusal->faults.front().detail.find("of table orders"), std::string::npos);
}

TEST_F(ReconciliationTest, AnImportOfWhatIsNotKnownIsRefusedOnceATableIsEven) {
    inserted("a");
    reconcile({{"a", "OPEN"}});
    storage::Change ghost = support::inserted("ghost", "0", {{"status", "OPEN"}});
    ghost.imported = true;
    storage::Change known = support::inserted("a", "0", {{"status", "OLD"}});
    known.imported = true;

    const auto refused = must(engine.append({support::keyed(engine.catalog(), std::move(ghost))}));
    const auto taken = must(engine.append({support::keyed(engine.catalog(), std::move(known))}));

    ASSERT_TRUE(refused.refusal.has_value());
    EXPECT_NE(refused.refusal->faults.front().detail.find("freshet import --reconcile"),
              std::string::npos);
    EXPECT_EQ(taken.duplicates, 1U);
}

TEST_F(ReconciliationTest, LeavesTheSameBytesWhereTheStateIsFoldedAgain) {
    inserted("a");
    inserted("b");
    change(ChangeKind::insert, "c", "NEWER", 5);
    reconcile({{"a", "DONE"}, {"c", "OPEN"}, {"d", "OPEN"}});
    change(ChangeKind::modify, "d", "NEXT", 5);
    const auto before = bytes_of_state();

    engine.restart(true);

    EXPECT_EQ(bytes_of_state(), before);
}

TEST_F(ReconciliationTest, IsEndedByTheEngineThatStops) {
    inserted("a");
    const auto reconciliation = begin();
    must(reconciliation->run(false, 5));

    engine.engine().stop();

    EXPECT_EQ(engine.engine().reconciliation(), nullptr);
    EXPECT_EQ(engine.engine()
                  .reconcile({.table = engine.catalog().table("orders"),
                              .moment = noon,
                              .told = false,
                              .by = {}})
                  .error()
                  .code,
              Errc::unavailable);
}

TEST_F(ReconciliationTest, TellsThoseWhoWatchOnlyIfItIsToldTo) {
    inserted("a");
    for (const bool told : {false, true}) {
        const auto reconciliation = begin(told);
        must(take(*reconciliation, {{"a", told ? "TOLD" : "SILENT"}}));
        const auto before = engine.now()->position();
        ASSERT_EQ(run(*reconciliation).phase, Phase::done);
        const auto watched =
            must(engine.engine().watched_after(*engine.now(), before, {.records = 10}));
        ASSERT_TRUE(watched.front()->record().reconciled());
        EXPECT_EQ(watched.front()->event() != nullptr, told);
        moment += seconds(60);
    }
}

TEST_F(ReconciliationTest, RefusesWhatIsNoItemOfAnExport) {
    const auto reconciliation = begin();
    ChangeBatch batch = support::batch_of(
        {support::keyed(engine.catalog(), support::inserted("a", "1", {{"status", "OPEN"}}))});

    const auto receipt = must(hand_in(*reconciliation, std::move(batch)));

    ASSERT_TRUE(receipt.refusal.has_value());
    EXPECT_NE(receipt.refusal->faults.front().detail.find("a line of an export"),
              std::string::npos);
    EXPECT_EQ(reconciliation->status().received, 0U);
}

TEST_F(ReconciliationTest, OneAtATime) {
    const auto first = begin();

    const auto second = engine.engine().reconcile(
        {.table = engine.catalog().table("orders"), .moment = noon, .told = false, .by = ""});

    EXPECT_EQ(second.error().code, Errc::refused);
    EXPECT_NE(second.error().message.find("of table orders is under way"), std::string::npos);
    first->end("ann ended it");
    EXPECT_NE(begin()->id(), first->id());
    EXPECT_EQ(take(*first, {{"a", "OPEN"}}).error().code, Errc::gone);
}

TEST_F(ReconciliationTest, TakesNoItemsOnceItIsToRun) {
    const auto reconciliation = begin();
    ASSERT_EQ(run(*reconciliation, true).phase, Phase::counted);

    EXPECT_EQ(take(*reconciliation, {{"a", "OPEN"}}).error().code, Errc::gone);
    ChangeBatch stray;
    stray.reconciliation = "0123";
    std::optional<Errc> code;
    engine.engine().append(std::move(stray),
                           [&](const Result<Receipt>& receipt) { code = receipt.error().code; });
    EXPECT_EQ(code, Errc::gone) << "of one that never was";
}

TEST_F(ReconciliationTest, EndsWhereNobodyAsksForIt) {
    const auto reconciliation = std::make_unique<Reconciliation>(
        ReconciliationOrder{
            .table = engine.catalog().table("orders"), .moment = noon, .told = false, .by = {}},
        Reconciliation::Engine{.folder = *elsewhere,
                               .read_point = [this] { return engine.engine().read_point(); },
                               .submit = {}},
        std::chrono::milliseconds(1));

    while (!reconciliation->is_finished()) std::this_thread::yield();

    EXPECT_EQ(reconciliation->glance().phase, Phase::ended);
    EXPECT_EQ(reconciliation->run(true, {}).error().code, Errc::refused);
    EXPECT_FALSE(std::filesystem::exists(other_folder.file("data/state.shelf")));
}

TEST_F(ReconciliationTest, EndsThoughWhatItWritesIsNeverAnswered) {
    inserted("a");
    const auto reconciliation = begin();
    must(reconciliation->run(false, 5));

    // Nobody steps the sequencer, so what it writes is never answered.
    reconciliation->end("the test ends it");
    while (!reconciliation->is_finished()) std::this_thread::yield();

    EXPECT_EQ(reconciliation->glance().detail, "the test ends it");
    engine.sequencer().step();
    EXPECT_FALSE(has_shelf());
}

}  // namespace
}  // namespace freshet::engine
