#include "engine/sequencing/verdict.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/must.h"

namespace freshet::engine {
namespace {

storage::SequenceNumber number(const std::string& text) {
    return support::must(storage::SequenceNumber::parse(text));
}

ItemHead head(const std::string& source, const std::string& label, const std::string& sequence) {
    return {.source = source, .label = label, .sequence = number(sequence)};
}

storage::Change change(const std::string& source, const std::string& label,
                       const std::string& sequence) {
    storage::Change change;
    change.source = source;
    change.label = label;
    change.sequence = number(sequence);
    return change;
}

constexpr const char* old_label = "2026-01-01T00:00:00.000";
constexpr const char* new_label = "2026-06-01T00:00:00.000";

TEST(AdmissionTest, TakesAnyFirstRecordOfAnItem) {
    EXPECT_EQ(judge(std::nullopt, change("orders", old_label, "7")), Verdict::next);
}

TEST(AdmissionTest, TakesOnlyAGreaterNumberOfTheSameStream) {
    const ItemHead known = head("orders", old_label, "10");

    EXPECT_EQ(judge(known, change("orders", old_label, "11")), Verdict::next);
    EXPECT_EQ(judge(known, change("orders", old_label, "10")), Verdict::duplicate);
    EXPECT_EQ(judge(known, change("orders", old_label, "010")), Verdict::duplicate);
    EXPECT_EQ(judge(known, change("orders", old_label, "9")), Verdict::duplicate)
        << "as text, 9 comes after 10";
    EXPECT_EQ(judge(known, change("orders", old_label, "100000000000000000000000000000000000000")),
              Verdict::next);
}

TEST(AdmissionTest, TakesANewerStreamFromItsFirstNumberAndDropsWhatIsLateOfTheOlder) {
    EXPECT_EQ(judge(head("orders", old_label, "900"), change("orders", new_label, "1")),
              Verdict::next);
    EXPECT_EQ(judge(head("orders", new_label, "1"), change("orders", old_label, "901")),
              Verdict::duplicate);
}

TEST(AdmissionTest, TakesARecordWithoutAStreamAsOneOfTheHeads) {
    const ItemHead known = head("orders", new_label, "10");

    EXPECT_EQ(judge(known, change("", "", "11")), Verdict::next);
    EXPECT_EQ(judge(known, change("", "", "10")), Verdict::duplicate);
    EXPECT_EQ(head_after(known, change("", "", "11")).label, new_label);
    EXPECT_EQ(head_after(known, change("", "", "11")).source, "orders");
}

TEST(AdmissionTest, LearnsTheStreamOfAHeadThatDidNotKnowIt) {
    const ItemHead known = head("", "", "10");

    EXPECT_EQ(judge(known, change("orders", old_label, "10")), Verdict::duplicate)
        << "the same record, delivered again with its ARN";
    EXPECT_EQ(judge(known, change("orders", old_label, "11")), Verdict::next);
    EXPECT_EQ(head_after(known, change("orders", old_label, "11")).label, old_label);
}

storage::Change an_import() {
    storage::Change made = change("", "", "0");
    made.imported = true;
    return made;
}

TEST(AdmissionTest, TakesAnImportOnlyOfAnItemOfWhichNothingIsKnown) {
    EXPECT_EQ(judge(std::nullopt, an_import()), Verdict::next);
    EXPECT_EQ(judge(head("orders", old_label, "10"), an_import()), Verdict::duplicate);
    EXPECT_EQ(judge(head("", "", "0"), an_import()), Verdict::duplicate);
    EXPECT_EQ(judge(head_after(std::nullopt, an_import()), an_import()), Verdict::duplicate);
}

TEST(AdmissionTest, TakesAnyRecordOfAStreamAfterAnImport) {
    const ItemHead imported = head_after(std::nullopt, an_import());

    for (const char* label : {"", old_label, new_label}) {
        EXPECT_EQ(judge(imported, change("", label, "0")), Verdict::next) << label;
        EXPECT_EQ(judge(imported, change("orders", label, "1")), Verdict::next) << label;
    }
}

TEST(AdmissionTest, JudgesByTheStreamAloneOnceARecordHasSupersededAnImport) {
    const ItemHead known =
        head_after(head_after(std::nullopt, an_import()), change("orders", old_label, "5"));

    EXPECT_FALSE(known.imported);
    EXPECT_EQ(judge(known, change("orders", old_label, "5")), Verdict::duplicate);
    EXPECT_EQ(judge(known, change("orders", old_label, "4")), Verdict::duplicate);
    EXPECT_EQ(judge(known, an_import()), Verdict::duplicate);
}

TEST(AdmissionTest, RefusesARecordOfAnotherSourceTable) {
    EXPECT_EQ(judge(head("orders", old_label, "10"), change("orders-copy", new_label, "11")),
              Verdict::foreign_source);
}

}  // namespace
}  // namespace freshet::engine
