#include "storage/sequence_number.h"

#include <gtest/gtest.h>

#include "tests/support/must.h"

namespace freshet::storage {
namespace {

SequenceNumber number(std::string_view text) {
    return support::must(SequenceNumber::parse(text));
}

TEST(SequenceNumberTest, ComparesAsAnIntegerWhateverItsLength) {
    EXPECT_LT(number("9"), number("10"));
    EXPECT_LT(number("3633500000000062125042319"), number("03633500000000062125042320"));
    EXPECT_GT(number("9999999999999999999999999999999999999999"),
              number("9999999999999999999999999999999999999998"));
}

TEST(SequenceNumberTest, IgnoresLeadingZerosInComparisonAndKeepsThemInItsText) {
    EXPECT_EQ(number("007"), number("7"));
    EXPECT_EQ(number("000"), number("0"));
    EXPECT_EQ(number("007").text(), "007");
}

TEST(SequenceNumberTest, RefusesWhatIsNoNumberOfAtMost128Digits) {
    for (const std::string_view text : {"", "-1", "+1", "1.0", "1e3", " 1", "0x1", "1a"}) {
        const auto parsed = SequenceNumber::parse(text);

        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::refused) << text;
    }
    EXPECT_TRUE(SequenceNumber::parse(std::string(128, '9')));
    EXPECT_FALSE(SequenceNumber::parse(std::string(129, '9')));
}

}  // namespace
}  // namespace freshet::storage
