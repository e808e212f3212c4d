// What engine/values/decimal.h promises: numbers of any size, never rounded.

#include "engine/values/decimal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace freshet::engine {
namespace {

Decimal decimal(std::string_view text) {
    const auto number = Decimal::parse(text);
    EXPECT_TRUE(number) << text;
    return number.value_or(Decimal());
}

std::string canonical(std::string_view text) {
    return decimal(text).canonical();
}

struct Ranked {
    std::string text;
    int rank;  // equal for equal values
};

const std::vector<Ranked> numbers = {
    {"-1e1000", 0},
    {"-10E+999", 0},
    {"-99999999999999999999999999999999999999", 1},
    {"-99999999999999999999999999999999999998", 2},
    {"-1e10", 3},
    {"-10000000000", 3},
    {"-7.51", 4},
    {"-7.5", 5},
    {"-7.50", 5},
    {"-75e-1", 5},
    {"-7", 6},
    {"-0.1", 7},
    {"-.1", 7},
    {"-1e-130", 8},
    {"0", 9},
    {"-0", 9},
    {"+0", 9},
    {"0.", 9},
    {".0", 9},
    {"-0.00e99999999999999999999", 9},
    {"1e-130", 10},
    {"0.1E-129", 10},
    {"0.0999", 11},
    {"0.1", 12},
    {"100e-3", 12},
    {"7", 13},
    {"7.5", 14},
    {"7.50", 14},
    {"75e-1", 14},
    {"+007.5", 14},
    {"0.75e+1", 14},
    {"7.51", 15},
    {"10", 16},
    {"1e1", 16},
    {"10.", 16},
    {"12345678901234567890123456789012345678", 17},
    {"12345678901234567890123456789012345679", 18},
    {"12345678901234567890123456789012345680", 19},
    {"1234567890123456789012345678901234568e1", 19},
    {"9007199254740992e25", 20},
    {"9007199254740993e25", 21},
    {"1e125", 22},
};

TEST(Decimal, OrdersNumbersByValueAndNotByText) {
    for (const Ranked& a : numbers) {
        for (const Ranked& b : numbers) {
            EXPECT_EQ(decimal(a.text) <=> decimal(b.text), a.rank <=> b.rank)
                << a.text << " and " << b.text;
        }
    }
}

TEST(Decimal, HasOneTextForEachValue) {
    for (const Ranked& a : numbers) {
        for (const Ranked& b : numbers) {
            EXPECT_EQ(canonical(a.text) == canonical(b.text), a.rank == b.rank)
                << a.text << " and " << b.text;
        }
        EXPECT_EQ(decimal(canonical(a.text)), decimal(a.text)) << a.text;
    }
}

TEST(Decimal, WritesTheCanonicalTextWithoutAnExponentWhileThatIsShort) {
    EXPECT_EQ(canonical("7.50"), "7.5");
    EXPECT_EQ(canonical("75e-1"), "7.5");
    EXPECT_EQ(canonical("-0.0"), "0");
    EXPECT_EQ(canonical("+10"), "10");
    EXPECT_EQ(canonical("1200e-2"), "12");
    EXPECT_EQ(canonical("-.05"), "-0.05");
    EXPECT_EQ(canonical("1e39"), "1" + std::string(39, '0'));
    EXPECT_EQ(canonical("1e-39"), "0." + std::string(38, '0') + "1");
    EXPECT_EQ(canonical("12345678901234567890.12345678901234567890"),
              "12345678901234567890.1234567890123456789");
}

TEST(Decimal, WritesAnExponentWhereDigitsWouldBeMoreThanForty) {
    EXPECT_EQ(canonical("1e40"), "1e40");
    EXPECT_EQ(canonical("1e-40"), "1e-40");
    EXPECT_EQ(canonical("-0.00125e-200"), "-1.25e-203");
    EXPECT_EQ(canonical("9" + std::string(40, '1')), "9." + std::string(40, '1') + "e40");
}

TEST(Decimal, KeepsEveryDigit) {
    const std::string digits = "1234567890123456789012345678901234567890123456789012345678901";

    const Decimal number = decimal("-000." + digits + "000e5");

    EXPECT_TRUE(number.negative());
    EXPECT_EQ(number.digits(), digits);
    EXPECT_EQ(number.exponent(), 5);
}

TEST(Decimal, IsNothingWhereTheTextIsNoNumber) {
    const std::vector<std::string> texts = {
        "",      " ",     "1 ",   " 1",   "+",   "-",   ".",     "-.",  "e5",
        "1e",    "1e+",   "1e5x", "1.2.", "--1", "1,5", "0x10",  "NaN", "Infinity",
        "1e1.5", "1_000", "١",    "1-",   "+-1", ".e5", "1e--5", "1e 5"};
    for (const std::string& text : texts) EXPECT_FALSE(Decimal::parse(text)) << text;
    EXPECT_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

TEST(Decimal, RefusesExponentsBeyondItsBoundHoweverTheyAreWritten) {
    EXPECT_TRUE(Decimal::parse("0.1e1000000"));
    EXPECT_TRUE(Decimal::parse("-0.1e-1000000"));
    EXPECT_TRUE(Decimal::parse("0.001e1000002"));
    EXPECT_FALSE(Decimal::parse("1e1000000"));
    EXPECT_FALSE(Decimal::parse("0.01e-1000000"));
    EXPECT_FALSE(Decimal::parse("1e99999999999999999999999999999999"));
    EXPECT_FALSE(Decimal::parse("1e-99999999999999999999999999999999"));
}

std::string sum(std::string_view a, std::string_view b) {
    return (decimal(a) + decimal(b)).canonical();
}

TEST(Decimal, AddsWithoutRounding) {
    EXPECT_EQ(sum("1", "2"), "3");
    EXPECT_EQ(sum("0.1", "0.2"), "0.3");
    EXPECT_EQ(sum("99.9", "0.1"), "100");
    EXPECT_EQ(sum("999", "999"), "1998");
    EXPECT_EQ(sum("1", "-0.001"), "0.999");
    EXPECT_EQ(sum("-1", "0.001"), "-0.999");
    EXPECT_EQ(sum("100", "-99.99"), "0.01");
    EXPECT_EQ(sum("-7.50", "7.5"), "0");
    EXPECT_EQ(sum("0", "-3"), "-3");
    EXPECT_EQ(sum("-3", "0"), "-3");
    EXPECT_EQ(sum("1e125", "1e-130"), "1." + std::string(254, '0') + "1e125");
    EXPECT_EQ(sum("1e125", "-1e-130"), std::string("9.") + std::string(254, '9') + "e124");
}

TEST(Decimal, AddsInAnyOrderAndTakesAwayWhatItAdded) {
    for (const Ranked& a : numbers) {
        for (const Ranked& b : numbers) {
            EXPECT_EQ(sum(a.text, b.text), sum(b.text, a.text)) << a.text << " and " << b.text;
            EXPECT_EQ(decimal(a.text) + decimal(b.text) + -decimal(b.text), decimal(a.text))
                << a.text << " and " << b.text;
        }
    }
}

TEST(Decimal, HasOneZeroWithoutASign) {
    EXPECT_FALSE((-decimal("0")).negative());
    EXPECT_FALSE((decimal("5") + decimal("-5")).negative());
    EXPECT_EQ((decimal("5") + decimal("-5")).exponent(), 0);
}

TEST(Decimal, KnowsWhatItsLastDigitCounts) {
    EXPECT_EQ(decimal("7.25").lowest(), -2);
    EXPECT_EQ(decimal("1200").lowest(), 2);
    EXPECT_EQ(decimal("1.5e-130").lowest(), -131);
}

}  // namespace
}  // namespace freshet::engine
