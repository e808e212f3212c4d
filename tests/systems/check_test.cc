// `freshet check` on a file with mistakes: each is named once, by file and line.
// Which mistakes there are, and what is said of each, is in
// tests/engine/config/config_mistakes_test.cc.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/disks/temp_folder.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

class CheckMistakesTest : public ::testing::Test {
protected:
    ProcessEnd check(const std::string& config) {
        std::ofstream(path_, std::ios::binary) << config;
        return run({"check", path_});
    }

    std::string at(int line) const { return path_ + ":" + std::to_string(line) + ": "; }

private:
    const support::TempFolder folder_;
    const std::string path_ = folder_.file("shop.toml");
};

TEST_F(CheckMistakesTest, NamesEachOnceByItsFileAndLine) {
    const ProcessEnd end = check(
        "[[table]]\n"
        "name = 'orders'\n"
        "key = 'pk nubmer'\n"
        "derive = { n = { lenght = 'status' } }\n"
        "[[table.event]]\n"
        "type = 'any'\n"
        "[[table.event]]\n"
        "type = 'new'\n"
        "on = 'INSERT'\n"
        "[[table.list]]\n"
        "name = 'all'\n"
        "wehre = { status = ['OPEN'] }\n");

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.output, "");
    EXPECT_EQ(end.errors,
              at(3) +
                  "found \"nubmer\" in \"pk nubmer\", expected \"string\", \"number\" or "
                  "\"binary\": did you mean \"number\"?\n" +
                  at(4) +
                  "found the unknown function \"lenght\", expected \"words\", \"length\", "
                  "\"size\", \"upper\", \"lower\", \"concat\", \"coalesce\" or \"index\": did you "
                  "mean \"length\"?\n" +
                  at(7) +
                  "found the event \"new\", which never happens, expected it before the rule in "
                  "line 5, which takes every change that it would take\n" +
                  at(12) +
                  "found the unknown key \"wehre\", expected \"name\", \"by\", \"sort\", "
                  "\"where\", \"fields\", \"like\", \"with\", \"without\" or \"access\": did you "
                  "mean \"where\"?\n");
}

TEST_F(CheckMistakesTest, ShowsNamesWithoutWhatSteersATerminal) {
    const ProcessEnd end = check(
        "[storage]\npath = \"data\"\n"
        "[[table]]\nname = \"orders\"\nfrom = \"shop\\u202e\"\nkey = \"a\\u001b[2J\\nb\"\n"
        "[[table.event]]\ntype = \"any\"\ntopic = \"{status}\\n\"\n");

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.output, "    /tables/orders/items/{a\\u001b[2J\\nb}\n")) << end.output;
    EXPECT_TRUE(contains(end.output, "the source table shop\\u202e\n")) << end.output;
    EXPECT_TRUE(contains(end.output, "    topic {status}\\n\n")) << end.output;
}

TEST_F(CheckMistakesTest, NamesTheLineOfWhatIsNoToml) {
    const ProcessEnd end = check("[[table]]\nname = orders\n");

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.output, "");
    EXPECT_EQ(end.errors, at(2) +
                              "found no value, expected a text in quotes, a number, "
                              "true, false, an array or a table\n");
}

}  // namespace
}  // namespace freshet::systems
