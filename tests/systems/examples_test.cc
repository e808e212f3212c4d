// What the examples say of themselves: each configuration is one, and the commands of each README
// print what it shows, on a new server and an empty data folder.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/support/places.h"
#include "tests/systems/checkout.h"
#include "tests/systems/session.h"
#include "tests/systems/session_run.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

namespace fs = std::filesystem;

// A function of somebody else's cloud, what stands in front of servers, and what runs handlers:
// forwarder_test.cc, proxies_test.cc and documents_test.cc run them.
const std::set<std::string> without_server = {"forwarder", "functions", "proxies"};
// Of those with a server, three that need more than it; storefront_test.cc, shop_test.cc and
// word_count_test.cc run their sessions.
const std::set<std::string> without_own_session = {"forwarder", "functions", "notes/word-count",
                                                   "proxies",   "shop",      "storefront"};

// The folders of examples/ that have a README, by their paths in it.
std::vector<std::string> examples_but(const std::set<std::string>& left_out) {
    const fs::path examples = support::source_folder() + "/examples";
    std::vector<std::string> names;
    for (const auto& found : fs::recursive_directory_iterator(examples)) {
        if (found.path().filename() != "README.md") continue;
        const std::string name = found.path().parent_path().lexically_relative(examples);
        if (!left_out.contains(name)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& example) {
    std::string name = example.param;
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

class ExampleSession : public ::testing::TestWithParam<std::string> {};

TEST_P(ExampleSession, ShowsWhatItsCommandsPrint) {
    const auto commands = session_in(source_file("examples/" + GetParam() + "/README.md"));
    ASSERT_GE(commands.size(), 3U) << "the README has no session";
    Checkout checkout(GetParam());
    ASSERT_TRUE(checkout.start());

    SessionRun(checkout).run(commands);
}

INSTANTIATE_TEST_SUITE_P(Examples, ExampleSession,
                         ::testing::ValuesIn(examples_but(without_own_session)), name_of);

class ExampleConfiguration : public ::testing::TestWithParam<std::string> {};

TEST_P(ExampleConfiguration, PassesItsCheck) {
    const ProcessEnd end =
        run({"check", support::source_folder() + "/examples/" + GetParam() + "/freshet.toml"});

    EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
}

INSTANTIATE_TEST_SUITE_P(Examples, ExampleConfiguration,
                         ::testing::ValuesIn(examples_but(without_server)), name_of);

TEST(ExamplesTest, AreAllThere) {
    const std::vector<std::string> names = examples_but({});

    for (const char* name : {"all", "forwarder", "functions", "notes", "notes/word-count", "pizza",
                             "proxies", "shop", "storefront", "tickets", "users"}) {
        EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
    }
}

TEST(ExamplesTest, HaveEachTableInOneFormOnly) {
    const std::string all = source_file("examples/all/freshet.toml");

    for (const char* name : {"pizza", "notes", "users"}) {
        const std::string config = source_file("examples/" + std::string(name) + "/freshet.toml");
        EXPECT_TRUE(contains(all, config.substr(config.find("[[table]]"))))
            << "examples/all is to have the tables of examples/" << name << " word by word";
    }
}

}  // namespace
}  // namespace freshet::systems
