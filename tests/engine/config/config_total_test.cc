// What engine/config/total.h promises: totals as they are declared, and what is wrong with
// those that are not.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/config/config.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using support::must;
using Function = TotalValue::Function;

const std::string things = "[[table]]\nname = 'things'\nkey = ['pk']\nowner = 'creator'\n";
const std::string total = things + "[[table.total]]\nname = 't'\n";  // six lines

Config parsed(const std::string& text) {
    return must(parse_config(text, "freshet.toml"));
}

const TotalView& first_total(const Config& config) {
    return config.catalog->tables().front()->totals.front();
}

std::string values_text(const TotalView& view) {
    std::string text;
    for (const TotalValue& value : view.values) {
        text.append(name_of(value.function)).append("(").append(value.path.text()).append(") ");
    }
    return text;
}

// The message about a file that is wrong.
std::string mistakes_in(const std::string& text) {
    const auto config = parse_config(text, "freshet.toml");
    return config ? std::string() : config.error().message;
}

TEST(ConfigTotal, TakesEverythingThatATotalCanSay) {
    const Config config = parsed(total +
                                 "by = ['tenant', 'address.city']\n"
                                 "where = { status = ['OPEN'] }\n"
                                 "values = ['count', { sum = 'minutes' }, { min = 'a.dueAt' }, "
                                 "{ max = 'a.dueAt' }]\n"
                                 "access = [{ role = 'agent', tenant = '{claims.tenant}' }]\n");
    const TotalView& view = first_total(config);

    EXPECT_EQ(view.name, "t");
    EXPECT_EQ(view.table->name, "things");
    ASSERT_EQ(view.by.size(), 2U);
    EXPECT_EQ(view.by[1].text(), "address.city");
    EXPECT_FALSE(view.where.empty());
    EXPECT_EQ(values_text(view), "count() sum(minutes) min(a.dueAt) max(a.dueAt) ");
    EXPECT_EQ(view.access.front().role, "agent");
    EXPECT_EQ(config.catalog->view("t"), Catalog::View(&view));
}

TEST(ConfigTotal, CountsWhereNoValuesAreNamed) {
    EXPECT_EQ(values_text(first_total(parsed(total))), "count() ");
    EXPECT_EQ(values_text(first_total(parsed(total + "values = 'count'\n"))), "count() ");
    EXPECT_EQ(values_text(first_total(parsed(total + "values = { sum = 'n' }\n"))), "sum(n) ");
}

TEST(ConfigTotal, SharesItsNamesWithViewsAndLists) {
    EXPECT_NE(
        mistakes_in(total + "[[table.list]]\nname = 't'\n").find("found the name \"t\" again"),
        std::string::npos);
}

// The rows of one definition are never read as those of another.
TEST(ConfigTotal, HasAFingerprintOfAllThatItsRowsDependOn) {
    const std::string by = total + "by = 'tenant'\n";
    std::vector<std::string> texts = {
        total,
        by,
        total + "by = 'status'\n",
        by + "where = { status = ['OPEN'] }\n",
        by + "values = [{ sum = 'n' }]\n",
        by + "values = [{ sum = 'm' }]\n",
        by + "values = [{ min = 'n' }]\n",
        by + "values = [{ max = 'n' }]\n",
        by + "values = ['count', { max = 'n' }]\n",
        things +
            "derive = { tenant = { upper = 'who' } }\n[[table.total]]\nname = 't'\n"
            "by = 'tenant'\n"};

    for (const std::string& a : texts) {
        for (const std::string& b : texts) {
            const bool same = first_total(parsed(a)).rows == first_total(parsed(b)).rows;
            EXPECT_EQ(same, a == b) << a << "\n" << b;
        }
    }
    EXPECT_EQ(first_total(parsed(by)).rows, first_total(parsed(by + "access = ['staff']\n")).rows);
}

TEST(ConfigTotal, NamesMistakesWithTheirPlaces) {
    struct Mistake {
        std::string text;
        int line;
        std::string what;
    };
    const std::vector<Mistake> mistakes = {
        {things + "[[table.total]]\nby = 'a'\n", 5, "found no name in [[table.total]]"},
        {total + "sort = 'a'\n", 7, "found the unknown key \"sort\", expected \"name\", \"by\""},
        {total + "valeus = ['count']\n", 7, "did you mean \"values\"?"},
        {total + "values = []\n", 7, "found 0 values, expected 1 to 100, such as [\"count\"]"},
        {total + "values = ['summ']\n", 7,
         "found the function \"summ\" in values, expected \"count\", \"sum\", \"min\" or \"max\": "
         "did you mean \"sum\"?"},
        {total + "values = ['count',\n{ mni = 'a' }]\n", 8, "did you mean \"min\"?"},
        {total + "values = ['sum']\n", 7,
         "found \"sum\" in values without an attribute, expected one: { sum = \"attribute\" }"},
        {total + "values = [{ count = 'a' }]\n", 7,
         "found count of an attribute, expected \"count\", which is of items"},
        {total + "values = ['count', 'count']\n", 7,
         "found count again in values, expected each once"},
        {total + "values = [{ sum = 'a.b' },\n{ sum = 'a.b' }]\n", 8,
         "found sum of \"a.b\" again in values, expected each once"},
        {total + "values = [{ sum = 'a', min = 'a' }]\n", 7,
         "found a table in values, expected \"count\", or one function of an attribute"},
        {total + "values = [{}]\n", 7, "found a table in values, expected \"count\""},
        {total + "values = 5\n", 7, "found 5 in values, expected \"count\""},
        {total + "values = [{ sum = 5 }]\n", 7, "found 5 for sum in values, expected an attribute"},
        {total + "values = [{ sum = 'a.' }]\n", 7, "found an empty name in the path \"a.\""},
        {total + "by = ['a', 'a']\n", 7, "\"a\" again"},
        {total + "by = ['count']\n", 7,
         "found \"count\" in by, which is shown under the name of a value"},
        {total + "where = 'OPEN'\n", 7, "for where, expected a table"},
        {total + "access = ['owner']\n", 7, "expected the owner attribute \"creator\" in by"},
    };
    for (const Mistake& mistake : mistakes) {
        const std::string found = mistakes_in(mistake.text);
        EXPECT_TRUE(found.starts_with("freshet.toml:" + std::to_string(mistake.line) + ": "))
            << mistake.text << found;
        EXPECT_NE(found.find(mistake.what), std::string::npos) << mistake.text << found;
        EXPECT_EQ(found.find('\n'), std::string::npos) << found;
    }
}

TEST(ConfigTotal, TakesAHundredValuesAndNoMore) {
    const auto sums = [](int count) {
        std::string text = "values = [";
        for (int i = 0; i < count; ++i) text += "{ sum = 'a" + std::to_string(i) + "' }, ";
        return text + "]\n";
    };

    EXPECT_EQ(first_total(parsed(total + sums(100))).values.size(), 100U);
    EXPECT_NE(mistakes_in(total + sums(101)).find("found 101 values"), std::string::npos);
}

}  // namespace
}  // namespace freshet::engine
