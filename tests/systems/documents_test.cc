// What the README and the pages of docs/ say: the commands of their sessions print what is shown,
// their configurations are accepted, and their links lead somewhere.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/places.h"
#include "tests/systems/checkout.h"
#include "tests/systems/page.h"
#include "tests/systems/session.h"
#include "tests/systems/session_run.h"
#include "tests/systems/system.h"

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

// ---- how a page is read ----

TEST(PageTest, HasTheSessionsThatItsMarkersBegin) {
    const Page page = page_of(
        "<!-- session: examples/pizza -->\n"
        "```\n$ echo a\na\n```\n"
        "<!-- server: stopped -->\n"
        "```\n$ echo b\nb\n```\n"
        "<!-- session: configuration -->\n"
        "```\n$ echo c\nc\n```\n"
        "```toml\n[server]\n```\n"
        "<!-- server: started -->\n"
        "```toml\n[limits]\n```\n"
        "```\n$ echo d\nd\n```\n");

    EXPECT_EQ(page.mistakes, "");
    ASSERT_EQ(page.sessions.size(), 2U);
    EXPECT_EQ(page.sessions[0].example, "pizza");
    ASSERT_EQ(page.sessions[0].parts.size(), 2U);
    EXPECT_EQ(page.sessions[0].parts[0].server, ServerStep::start);
    EXPECT_EQ(page.sessions[0].parts[0].commands.at(0).text, "echo a");
    EXPECT_EQ(page.sessions[0].parts[1].server, ServerStep::stop);
    EXPECT_EQ(page.sessions[0].parts[1].commands.at(0).text, "echo b");
    EXPECT_EQ(page.sessions[1].configuration, "[server]\n");
    ASSERT_EQ(page.sessions[1].parts.size(), 2U);
    EXPECT_EQ(page.sessions[1].parts[0].server, ServerStep::none);
    EXPECT_EQ(page.sessions[1].parts[0].commands.at(0).text, "echo c");
    EXPECT_EQ(page.sessions[1].parts[1].server, ServerStep::start);
    EXPECT_EQ(page.configurations, (std::vector<std::string>{"[server]\n", "[limits]\n"}));
}

TEST(PageTest, ReportsCommandsThatWouldNotRun) {
    EXPECT_EQ(page_of("```\n$ echo a\na\n```\n").mistakes,
              "a command outside of any session: echo a\n");
    EXPECT_EQ(page_of("<!-- server: started -->\n").mistakes,
              "a marker that is not known here: server: started\n");
    EXPECT_EQ(page_of("<!-- session: pizza -->\n").mistakes,
              "a marker that is not known here: session: pizza\n");
    EXPECT_EQ(page_of("<!-- session: configuration -->\n").mistakes,
              "a session has no toml block\n");
}

// ---- the pages ----

namespace fs = std::filesystem;

// README.md and the pages of docs/, by path.
std::vector<std::string> page_paths() {
    std::vector<std::string> paths;
    for (const auto& found : fs::directory_iterator(support::source_folder() + "/docs")) {
        if (found.path().extension() != ".md") continue;
        paths.push_back("docs/" + found.path().filename().string());
    }
    paths.emplace_back("README.md");
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& path) {
    std::string name = path.param;
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

std::unique_ptr<Checkout> checkout_for(const PageSession& session) {
    if (!session.example.empty()) return std::make_unique<Checkout>(session.example);
    return std::make_unique<Checkout>("freshet.toml", session.configuration);
}

void run_session(const PageSession& session) {
    const auto checkout = checkout_for(session);
    for (const SessionPart& part : session.parts) {
        if (part.server == ServerStep::start) {
            ASSERT_TRUE(checkout->start());
        } else if (part.server == ServerStep::stop) {
            checkout->stop();
        }
        SessionRun(*checkout).run(part.commands);
        if (::testing::Test::HasFatalFailure()) return;
    }
}

class Document : public ::testing::TestWithParam<std::string> {};

TEST_P(Document, ShowsWhatItsCommandsPrint) {
    const Page page = page_of(source_file(GetParam()));

    EXPECT_EQ(page.mistakes, "");
    for (const PageSession& session : page.sessions) run_session(session);
}

// With a table if there is none, since every configuration needs one.
std::string completed(const std::string& configuration) {
    if (contains(configuration, "[[table]]")) return configuration;
    return configuration + "\n[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n";
}

TEST_P(Document, HasConfigurationsThatPassTheirCheck) {
    const support::TempFolder folder;
    for (const std::string& text : page_of(source_file(GetParam())).configurations) {
        std::ofstream(folder.file("freshet.toml"), std::ios::binary) << completed(text);

        const ProcessEnd end = run({"check", folder.file("freshet.toml")});

        EXPECT_EQ(end.exit_code, 0) << end.errors << text;
    }
}

TEST_P(Document, HasLinksThatLeadSomewhere) {
    static const std::regex link(R"x(\]\(([^)#]+)[^)]*\)|(?:src|srcset)="([^"]+)")x");
    const std::string text = source_file(GetParam());
    const fs::path folder = fs::path(support::source_folder()) / fs::path(GetParam()).parent_path();
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
        const std::string target = (*at)[1].matched ? (*at)[1] : (*at)[2];
        if (contains(target, "://")) continue;
        EXPECT_TRUE(fs::exists(folder / target)) << target;
    }
}

INSTANTIATE_TEST_SUITE_P(Pages, Document, ::testing::ValuesIn(page_paths()), name_of);

TEST(DocumentsTest, AreAllInTheReadingOrder) {
    const std::string order = source_file("docs/README.md");
    for (const std::string& path : page_paths()) {
        const std::string name = fs::path(path).filename();
        EXPECT_TRUE(contains(order, "](" + name + ")") || name == "README.md") << path;
    }
}

TEST(DocumentsTest, HaveSessions) {
    for (const char* path : {"README.md", "docs/http-api.md", "docs/watching.md", "docs/access.md",
                             "docs/configuration.md", "docs/operating.md"}) {
        std::size_t commands = 0;
        for (const PageSession& session : page_of(source_file(path)).sessions) {
            for (const SessionPart& part : session.parts) commands += part.commands.size();
        }
        EXPECT_GE(commands, 5U) << path;
    }
}

}  // namespace
}  // namespace freshet::systems
