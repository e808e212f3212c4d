// What engine/sequencing/verdict.h promises: which record of which stream is next for an item.

#include "engine/sequencing/verdict.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "storage/position.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;
using storage::SourceTime;

storage::SequenceNumber number(const std::string& text) {
    return support::must(storage::SequenceNumber::parse(text));
}

storage::Change change(const std::string& sequence, std::optional<SourceTime> time = {}) {
    storage::Change change;
    change.sequence = number(sequence);
    change.time = time;
    return change;
}

storage::Change an_import() {
    storage::Change import = change("0");
    import.imported = true;
    return import;
}

storage::Change reconciled(SourceTime moment) {
    storage::Change change;
    change.reconciled = true;
    change.time = moment;
    return change;
}

constexpr SourceTime noon{std::chrono::hours(1'000'000)};

// Two streams of one family, one label after the other, and a family that was adopted after it.
class VerdictTest : public ::testing::Test {
protected:
    VerdictTest() {
        lineage.adopt("us");
        us = lineage.join({.family = "us", .label = "2026-03-01"});
    }

    Ruling judge(const std::optional<ItemHead>& head, const storage::Change& change,
                 std::uint32_t stream) {
        return engine::judge(head, change, stream, lineage);
    }
    // The head after changes of these streams, each at noon.
    static ItemHead head(std::uint32_t stream, const std::string& sequence) {
        return head_after(std::nullopt, change(sequence, noon), stream);
    }

    Lineage lineage;
    std::uint32_t old_eu = lineage.join({.family = "eu", .label = "2026-01-01"});
    std::uint32_t new_eu = lineage.join({.family = "eu", .label = "2026-06-01"});
    std::uint32_t us = 0;
};

constexpr Ruling next{Verdict::next};
constexpr Ruling duplicate{Verdict::duplicate};
constexpr Ruling suspicious{Verdict::duplicate, true};
constexpr Ruling overtaken{Verdict::overtaken};

TEST_F(VerdictTest, TakesAnyFirstRecordOfAnItem) {
    EXPECT_EQ(judge(std::nullopt, change("7"), old_eu), next);
}

TEST_F(VerdictTest, TakesOnlyAGreaterNumberOfTheSameStream) {
    const ItemHead known = head(old_eu, "10");

    EXPECT_EQ(judge(known, change("11"), old_eu), next);
    EXPECT_EQ(judge(known, change("10"), old_eu), duplicate);
    EXPECT_EQ(judge(known, change("010"), old_eu), duplicate);
    EXPECT_EQ(judge(known, change("9"), old_eu), duplicate) << "as text, 9 comes after 10";
    EXPECT_EQ(judge(known, change("100000000000000000000000000000000000000"), old_eu), next);
    EXPECT_EQ(judge(known, change("11", noon - std::chrono::hours(1)), old_eu), next)
        << "within a stream only numbers count";
}

TEST_F(VerdictTest, TakesALaterStreamFromItsFirstNumberAndDropsWhatIsLateOfAnEarlier) {
    EXPECT_EQ(judge(head(old_eu, "900"), change("1"), new_eu), next);
    EXPECT_EQ(judge(head(old_eu, "900"), change("1"), us), next);
    EXPECT_EQ(judge(head(new_eu, "1"), change("901"), old_eu), duplicate);
    EXPECT_EQ(judge(head(us, "1"), change("901"), new_eu), duplicate);
}

TEST_F(VerdictTest, RemembersTheLastNumberOfEachStream) {
    const ItemHead there = head_after(head(old_eu, "5"), change("1", noon), us);
    lineage.adopt("eu");

    EXPECT_EQ(judge(there, change("5"), old_eu), duplicate);
    EXPECT_EQ(judge(there, change("6"), old_eu), next);
    const ItemHead back = head_after(there, change("6", noon), old_eu);
    EXPECT_EQ(judge(back, change("1"), us), duplicate);
    EXPECT_EQ(judge(back, change("2"), us), duplicate) << "it is the earlier family now";
    EXPECT_EQ(back.others->size(), 1U) << "one head a stream";
}

TEST_F(VerdictTest, TakesARecordOfALaterStreamFromWellBeforeTheHeadForOvertaken) {
    const ItemHead known = head(old_eu, "5");

    EXPECT_EQ(judge(known, change("1", noon - seconds(11)), us), overtaken);
    EXPECT_EQ(judge(known, change("1", noon - seconds(10)), us), next);
    EXPECT_EQ(judge(known, change("1"), us), next) << "nothing follows from an unknown time";
    EXPECT_EQ(
        judge(head_after(std::nullopt, change("5"), old_eu), change("1", noon - seconds(11)), us),
        next);
}

TEST_F(VerdictTest, SuspectsADuplicateThatLooksNewer) {
    const ItemHead known = head(new_eu, "5");

    EXPECT_EQ(judge(known, change("4", noon + seconds(1)), new_eu), suspicious)
        << "numbers that begin again";
    EXPECT_EQ(judge(known, change("5", noon + seconds(1)), new_eu), duplicate)
        << "the same record again";
    EXPECT_EQ(judge(known, change("4", noon), new_eu), duplicate);
    EXPECT_EQ(judge(known, change("9", noon + seconds(1)), old_eu), suspicious)
        << "an older stream that still runs";
    EXPECT_EQ(judge(known, change("9", noon - seconds(1)), old_eu), duplicate);
    EXPECT_EQ(judge(head(us, "5"), change("9", noon + seconds(61)), new_eu), suspicious);
    EXPECT_EQ(judge(head(us, "5"), change("9", noon + seconds(60)), new_eu), duplicate)
        << "the earlier family runs out for a while";
    EXPECT_EQ(judge(known, change("4"), new_eu), duplicate);
}

TEST_F(VerdictTest, TakesAnImportOnlyOfAnItemOfWhichNothingIsKnown) {
    EXPECT_EQ(judge(std::nullopt, an_import(), 0), next);
    EXPECT_EQ(judge(head(old_eu, "10"), an_import(), 0), duplicate);
    EXPECT_EQ(judge(head_after(std::nullopt, an_import(), 0), an_import(), 0), duplicate);
}

TEST_F(VerdictTest, TakesAnyRecordOfAStreamAfterAnImport) {
    const ItemHead imported = head_after(std::nullopt, an_import(), 0);

    EXPECT_EQ(judge(imported, change("0"), old_eu), next);
    const ItemHead known = head_after(imported, change("5"), old_eu);
    EXPECT_FALSE(known.imported);
    EXPECT_EQ(known.others, nullptr);
    EXPECT_EQ(judge(known, change("5"), old_eu), duplicate);
}

TEST_F(VerdictTest, TakesAReconciledChangeUnlessTheStreamToldOfTheItemAtTheExportsMoment) {
    const ItemHead known = head(old_eu, "5");

    EXPECT_EQ(judge(std::nullopt, reconciled(noon), 0), next);
    EXPECT_EQ(judge(known, reconciled(noon + seconds(3)), 0), next);
    EXPECT_EQ(judge(known, reconciled(noon + seconds(2)), 0), duplicate) << "clocks differ";
    EXPECT_EQ(judge(known, reconciled(noon), 0), duplicate);
    EXPECT_EQ(judge(head_after(std::nullopt, an_import(), 0), reconciled(noon), 0), next)
        << "an import is older than any export";
}

TEST_F(VerdictTest, LeavesAnItemAloneWhoseNewestRecordHasNoTime) {
    const ItemHead never = head_after(std::nullopt, change("5"), old_eu);
    const ItemHead not_last = head_after(head(old_eu, "5"), change("6"), old_eu);

    EXPECT_EQ(judge(never, reconciled(noon), 0), Ruling{Verdict::undated});
    EXPECT_EQ(judge(not_last, reconciled(noon + seconds(60)), 0), Ruling{Verdict::undated})
        << "an earlier record's time says nothing of the newest";
}

TEST_F(VerdictTest, KeepsTheNumbersOfAHeadThatIsReconciled) {
    const ItemHead before = head_after(head(old_eu, "5"), change("1", noon), us);

    const ItemHead after = head_after(before, reconciled(noon + seconds(60)), 0);

    EXPECT_EQ(after.stream, us);
    EXPECT_EQ(after.sequence, number("1"));
    EXPECT_EQ(after.time, noon + seconds(60));
    ASSERT_TRUE(after.others);
    ASSERT_EQ(after.others->size(), 1U);
    EXPECT_EQ(judge(after, change("1", noon + seconds(90)), us), duplicate);
    EXPECT_EQ(judge(after, change("2", noon + seconds(58)), us), next);
    EXPECT_EQ(judge(after, change("2", noon + seconds(57)), us), overtaken);
    EXPECT_EQ(judge(after, change("2"), us), next) << "nothing follows from an unknown time";
    EXPECT_EQ(judge(after, reconciled(noon + seconds(60)), 0), duplicate) << "it is even";
    EXPECT_FALSE(head_after(after, change("2", noon + seconds(58)), us).reconciled);
}

TEST_F(VerdictTest, TakesWhatComesToAnItemThatOnlyAnExportHadForOvertakenBeforeItsMoment) {
    const ItemHead added = head_after(std::nullopt, reconciled(noon), 0);

    EXPECT_TRUE(added.imported);
    EXPECT_EQ(judge(added, change("1", noon - seconds(3)), us), overtaken);
    EXPECT_EQ(judge(added, change("1", noon - seconds(2)), us), next);
    EXPECT_EQ(judge(added, an_import(), 0), duplicate);
}

TEST_F(VerdictTest, TakesWhatWasMadeBeforeTheExportThatATableIsEvenWithForOvertaken) {
    const storage::Position begun{10};
    lineage.reconcile({noon + seconds(60), begun});
    const auto as_it_was = [&](ItemHead head) {  // was even already, so that nothing was written
        head.changed = begun;
        return head;
    };
    const ItemHead known = as_it_was(head(old_eu, "5"));
    const ItemHead undated = as_it_was(head_after(std::nullopt, change("5"), old_eu));
    const ItemHead imported = as_it_was(head_after(std::nullopt, an_import(), 0));
    ItemHead moved = known;
    moved.changed = storage::Position{11};

    EXPECT_EQ(judge(known, change("6", noon + seconds(57)), old_eu), overtaken);
    EXPECT_EQ(judge(known, change("6", noon + seconds(58)), old_eu), next);
    EXPECT_EQ(judge(std::nullopt, change("6", noon + seconds(57)), old_eu), overtaken)
        << "an item that came and went meanwhile";
    EXPECT_EQ(judge(imported, change("6", noon), old_eu), overtaken);
    EXPECT_EQ(judge(undated, change("6", noon), old_eu), next) << "it was left alone";
    EXPECT_EQ(judge(moved, change("6", noon + seconds(57)), old_eu), next)
        << "the stream moved it behind the walk: the rest may be still to come";
    EXPECT_EQ(judge(std::nullopt, an_import(), 0), next) << "that is not for a verdict to refuse";
}

}  // namespace
}  // namespace freshet::engine
