#include "http/messages/query.h"

#include <gtest/gtest.h>

#include "tests/support/must.h"

namespace freshet::http {
namespace {

using std::chrono::milliseconds;

Target query(const std::string& text) {
    return support::must(parse_target("/x?" + text));
}

TEST(Query, UnknownParametersAreRefusedWithTheOnesThatAreKnown) {
    const auto refusal = refuse_unknown_parameters(query("limt=3"), {"limit", "cursor"});

    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->status, 400);
    EXPECT_NE(refusal->body.find("'limt'; known here: limit, cursor"), std::string::npos);
}

TEST(Query, OnlyKeysMayBeRepeated) {
    EXPECT_FALSE(refuse_unknown_parameters(query("key=1&key=2"), {}, {"key"}).has_value());
    EXPECT_TRUE(refuse_unknown_parameters(query("limit=1&limit=1"), {"limit"}).has_value());
}

TEST(Query, NumbersAreWholeAndWithinTheirRange) {
    const auto limit = [](const std::string& text) {
        return number_parameter(query(text), "limit", {1, 1'000}, 100);
    };
    EXPECT_EQ(*limit(""), 100U);
    EXPECT_EQ(*limit("limit=1"), 1U);
    EXPECT_EQ(*limit("limit=1000"), 1'000U);
    for (const char* text : {"limit=0", "limit=1001", "limit=-1", "limit=", "limit=1.5", "limit=1x",
                             "limit=+1", "limit=%201", "limit=18446744073709551617"}) {
        const auto refused = limit(text);
        ASSERT_FALSE(refused.has_value()) << text;
        EXPECT_EQ(refused.error().status, 400);
    }
}

TEST(Query, FlagsAreTrueOrFalse) {
    EXPECT_FALSE(*flag_parameter(query(""), "partial"));
    EXPECT_TRUE(*flag_parameter(query("partial=true"), "partial"));
    EXPECT_TRUE(*flag_parameter(query("partial=1"), "partial"));
    EXPECT_FALSE(*flag_parameter(query("partial=false"), "partial"));
    EXPECT_FALSE(*flag_parameter(query("partial=0"), "partial"));
    EXPECT_FALSE(flag_parameter(query("partial=yes"), "partial").has_value());
}

TEST(Query, TimeoutsAreSecondsWithDecimals) {
    const auto timeout = [](const std::string& text) {
        return seconds_parameter(query(text), "timeout_s", wait_default);
    };
    EXPECT_EQ(*timeout(""), milliseconds(5'000));
    EXPECT_EQ(*timeout("timeout_s=0"), milliseconds(0));
    EXPECT_EQ(*timeout("timeout_s=2.5"), milliseconds(2'500));
    EXPECT_EQ(*timeout("timeout_s=.05"), milliseconds(50));
    EXPECT_EQ(*timeout("timeout_s=30"), milliseconds(30'000));
    for (const char* text : {"timeout_s=", "timeout_s=.", "timeout_s=30.1", "timeout_s=-1",
                             "timeout_s=1e1", "timeout_s=1.2.3", "timeout_s=99999999999"}) {
        EXPECT_FALSE(timeout(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace freshet::http
