// The session in the README is run command by command, on a new server and an empty data folder,
// and each answer is the one that the README shows.

#include <gtest/gtest.h>

#include "tests/systems/checkout.h"
#include "tests/systems/session.h"
#include "tests/systems/session_run.h"

namespace freshet::systems {
namespace {

// ---- how a document is read ----

TEST(SessionTest, IsTheCommandsOfItsBlocksWithTheirAnswers) {
    const auto commands = session_in(
        "# Title\n"
        "```\n$ echo a\na\n$ echo b; \\\n  echo c\nb\nc\n\n```\n"
        "$ echo outside of a block\n"
        "```\necho without a prompt\n```\n"
        "```sh\n$ cat file |\n    head\n$ echo 'two\nlines'\ntwo\nlines\n"
        "$ while read -r line; do\n    echo $line\n  done < file\n```\n");

    ASSERT_EQ(commands.size(), 5U);
    EXPECT_EQ(commands[0].text, "echo a");
    EXPECT_EQ(commands[0].answer, "a");
    EXPECT_EQ(commands[1].text, "echo b; \\\n  echo c");
    EXPECT_EQ(commands[1].answer, "b\nc");
    EXPECT_EQ(commands[2].text, "cat file |\n    head");
    EXPECT_EQ(commands[2].answer, "");
    EXPECT_EQ(commands[3].text, "echo 'two\nlines'");
    EXPECT_EQ(commands[3].answer, "two\nlines");
    EXPECT_EQ(commands[4].text, "while read -r line; do\n    echo $line\n  done < file");
}

TEST(SessionTest, ShowsAnythingWhereThreeDotsStand) {
    EXPECT_TRUE(is_as_shown("a b c\n", "a b c", Extent::whole));
    EXPECT_TRUE(is_as_shown("a b c\nd", "a … c\n…", Extent::whole));
    EXPECT_TRUE(is_as_shown("a\n", "a\n…", Extent::whole));
    EXPECT_TRUE(is_as_shown("", "", Extent::whole));
    EXPECT_TRUE(is_as_shown("[1,2]", "[…]", Extent::whole));
    EXPECT_TRUE(is_as_shown("a a b", "…a b", Extent::whole));

    EXPECT_FALSE(is_as_shown("a b c d", "a b c", Extent::whole));
    EXPECT_FALSE(is_as_shown("a b", "a b c", Extent::whole));
    EXPECT_FALSE(is_as_shown("a", "", Extent::whole));
    EXPECT_FALSE(is_as_shown("b a", "a…", Extent::whole));
    EXPECT_FALSE(is_as_shown("a b c", "…b", Extent::whole));
}

TEST(SessionTest, ShowsOfAStreamHowItBegins) {
    EXPECT_TRUE(is_as_shown("a\nb\nc", "a\nb", Extent::beginning));
    EXPECT_TRUE(is_as_shown("a 1\nb\nc", "a …\nb", Extent::beginning));
    EXPECT_FALSE(is_as_shown("a\nbb", "a\nb", Extent::beginning));
    EXPECT_FALSE(is_as_shown("a\n", "a\nb", Extent::beginning));
}

// ---- the README ----

TEST(ReadmeTest, ShowsWhatItsCommandsPrint) {
    const auto commands = session_in(source_file("README.md"));
    ASSERT_GE(commands.size(), 5U) << "the README has no session";
    Checkout checkout("pizza");
    ASSERT_TRUE(checkout.start());

    SessionRun(checkout).run(commands);
}

}  // namespace
}  // namespace freshet::systems
