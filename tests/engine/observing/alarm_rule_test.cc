// What tests/readers/alarm_rule.h promises, on scrapes that are written by hand.

#include "tests/readers/alarm_rule.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

namespace freshet::support {
namespace {

using Functions = std::set<std::string>;

// Calls of `a` and `b`; their seconds.
Exposition scrape(const std::string& ok, const std::string& failed, const std::string& seconds) {
    std::string text = "# HELP calls_total Calls\n# TYPE calls_total counter\n";
    for (const std::string function : {"a", "b"}) {
        text += "calls_total{function=\"" + function + "\",outcome=\"ok\"} ";
        text += (function == "a" ? ok : "7") + "\n";
        text += "calls_total{function=\"" + function + "\",outcome=\"failed\"} ";
        text += (function == "a" ? failed : "7") + "\n";
    }
    text += "# HELP seconds_total Seconds\n# TYPE seconds_total counter\n";
    text += "seconds_total{function=\"a\"} " + seconds + "\nseconds_total{function=\"b\"} 7\n";
    return Exposition(text);
}

Functions firing(const std::string& expression, const Exposition& after) {
    return AlarmRule{"Any", expression}.firing(scrape("10", "3", "1"), after);
}

TEST(AlarmRule, ComparesWhatHasGrown) {
    const std::string failed = R"(increase(calls_total{outcome="failed"}[1m]) > 0)";

    EXPECT_EQ(firing(failed, scrape("20", "3", "1")), Functions());
    EXPECT_EQ(firing(failed, scrape("10", "4", "1")), Functions{"a"});
}

TEST(AlarmRule, SumsByFunction) {
    const std::string all = "sum by (function) (increase(calls_total[1m])) >= 3";
    const std::string not_ok =
        R"(sum by (function) (increase(calls_total{outcome!="ok"}[1m])) >= 2)";

    EXPECT_EQ(firing(all, scrape("11", "4", "1")), Functions());
    EXPECT_EQ(firing(all, scrape("11", "5", "1")), Functions{"a"});
    EXPECT_EQ(firing(not_ok, scrape("99", "4", "1")), Functions());
    EXPECT_EQ(firing(not_ok, scrape("10", "5", "1")), Functions{"a"});
}

TEST(AlarmRule, HasNoAverageOfNothing) {
    const std::string average =
        R"(rate(seconds_total[1m]) / rate(calls_total{outcome="ok"}[1m]) >= 0.5)";

    EXPECT_EQ(firing(average, scrape("10", "3", "1")), Functions());
    EXPECT_EQ(firing(average, scrape("14", "3", "2.9")), Functions());
    EXPECT_EQ(firing(average, scrape("14", "3", "3")), Functions{"a"});
}

TEST(AlarmRule, ComparesWhatIs) {
    EXPECT_EQ(firing("seconds_total == 7", scrape("10", "3", "1")), Functions{"b"});
    EXPECT_EQ(firing("seconds_total > 6.5", scrape("10", "3", "8")), (Functions{"a", "b"}));
}

TEST(AlarmRule, RefusesWhatItCannotTell) {
    for (const char* expression :
         {"", "seconds_total", "seconds_total < 1", "seconds_total > x", "seconds_total > 1 or 2",
          "max(seconds_total) > 1", "increase(seconds_total[5m]) > 1", "minutes_total > 1",
          "increase(calls_total[1m]) > 1", R"(calls_total{outcome="lost"} > 1)",
          R"(calls_total{outcome=~"ok"} > 1)", R"(calls_total{outcome="ok > 1)"}) {
        EXPECT_THROW(firing(expression, scrape("10", "3", "1")), std::runtime_error) << expression;
    }
}

TEST(AlarmRule, IsFoundInADocument) {
    const auto rules = alarm_rules(
        "text\n      - alert: First     # why\n        expr: a > 0\n        for: 5m\n"
        "      - alert: Second\n        expr: b == 1\n");

    ASSERT_EQ(rules.size(), 2U);
    EXPECT_EQ(rules[0].name, "First");
    EXPECT_EQ(rules[0].expression, "a > 0");
    EXPECT_EQ(rules[1].name, "Second");
    EXPECT_EQ(rules[1].expression, "b == 1");
}

}  // namespace
}  // namespace freshet::support
