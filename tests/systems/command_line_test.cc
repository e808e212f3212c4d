// The command line: what it prints, and what its exit codes say to a script.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/places.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

namespace fs = std::filesystem;

TEST(CommandLineTest, SaysHowItIsUsed) {
    const ProcessEnd help = run({"--help"});
    EXPECT_EQ(help.exit_code, 0);
    for (const char* command :
         {"serve", "check", "append", "import", "tail", "get", "status", "rebuild"}) {
        EXPECT_TRUE(contains(help.output, command)) << command;
        const ProcessEnd command_help = run({command, "--help"});
        EXPECT_EQ(command_help.exit_code, 0) << command;
        EXPECT_TRUE(contains(command_help.output, std::string("\n  freshet ") + command))
            << "each shows an example: " << command_help.output;
    }
    EXPECT_TRUE(run({"--version"}).output.starts_with("freshet "));
}

TEST(CommandLineTest, EndsWithTwoIfItIsUsedWrongly) {
    const std::vector<std::vector<std::string>> commands = {
        {},
        {"srve"},
        {"serve"},
        {"check"},
        {"serve", "--config"},
        {"serve", "--config", "a", "--port", "1"},
        {"--serve"},
        {"append"},
        {"append", "-", "--timeout", "0"},
        {"import", "--table", "orders"},
        {"import", "items.json"},
        {"get"},
        {"get", "order", "--limit", "many"},
        {"tail", "--count", "0"},
        {"tail", "--records", "--type", "new-order"},
        {"status", "order"},
        {"serve", "--config", "/nowhere/freshet.toml"}};
    for (const std::vector<std::string>& command : commands) {
        const ProcessEnd end = run(command);
        EXPECT_EQ(end.exit_code, 2) << ::testing::PrintToString(command);
        EXPECT_FALSE(end.errors.empty()) << ::testing::PrintToString(command);
    }
}

TEST(CheckTest, ShowsWhatAConfigurationDeclares) {
    const System system(orders_config);

    const ProcessEnd end = run({"check", system.config_path()});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(end.errors, "");
    for (const char* path : {"/tables/orders/items/{pk}", "/views/order/{pk}",
                             "/views/my-orders/{creator}", "/views/all-orders", "is fine"}) {
        EXPECT_TRUE(contains(end.output, path)) << path << " in " << end.output;
    }
    EXPECT_FALSE(fs::exists(system.folder())) << "checking must not touch the data";
}

TEST(CheckTest, SaysWhoWritesATableDirectly) {
    const System system(
        "[[table]]\nname = 'orders'\nkey = ['pk']\nsource = 'direct'\nowner = 'creator'\n"
        "write = ['owner']\n");

    const ProcessEnd end = run({"check", system.config_path()});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.output, "table orders, written directly by ")) << end.output;
    EXPECT_TRUE(contains(end.output, "owns the item (creator)")) << end.output;
    EXPECT_FALSE(contains(end.output, "from the source table")) << end.output;
}

TEST(CheckTest, SaysWhoMayReadWhat) {
    const System system(
        "[[table]]\nname = 'tickets'\nkey = ['pk']\nowner = 'creator'\n"
        "[[table.view]]\nname = 'ticket'\naccess = ['owner', 'staff']\n"
        "[[table.list]]\nname = 'board'\naccess = ['public']\n"
        "[[table.total]]\nname = 'counts'\nby = 'tenant'\n"
        "access = [{ role = 'agent', tenant = '{claims.tenant}' }]\n"
        "[[table.event]]\ntype = 'opened'\non = 'INSERT'\naccess = ['signed-in']\n"
        "[[table.event]]\ntype = 'moved'\n");

    const std::string said = run({"check", system.config_path()}).output;

    for (const char* line :
         {"  view ticket: anyone who owns the item (creator); role staff; admins\n",
          "  list board: everybody\n",
          "  total counts: role agent whose claim tenant is the item's; admins\n",
          "  event opened: everybody who is signed in\n", "  event moved: admins\n",
          "\nwithout [auth], anyone on this machine may read and write all of it\n"}) {
        EXPECT_TRUE(contains(said, line)) << line << " in " << said;
    }
}

TEST(CheckTest, FindsTheConfigurationsOfTheProjectFine) {
    const std::string& root = support::source_folder();
    std::size_t found = 0;
    for (const char* folder : {"/tests/data", "/examples"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root + folder)) {
            if (entry.path().extension() != ".toml") continue;
            ++found;
            EXPECT_EQ(run({"check", entry.path()}).exit_code, 0) << entry.path();
        }
    }
    EXPECT_GE(found, 6U);
}

struct WrongConfig {
    std::string name;
    std::string line;     // that takes the place of `key  = ["pk"]`
    std::string message;  // a part of it
};

TEST(CheckTest, NamesEachMistakeAndItsLine) {
    const std::string key_line = "key  = [\"pk\"]";
    const std::string config = orders_config;
    const auto line =
        std::count(config.begin(),
                   config.begin() + static_cast<std::ptrdiff_t>(config.find(key_line)), '\n') +
        1;
    const std::vector<WrongConfig> wrong = {
        {"no TOML", "key = [\"pk\"", ""},
        {"an unknown word", key_line + "\nonwer = \"creator\"", "owner"},
        {"a wrong type", "key = 7", "key"},
        {"three keys", R"(key = ["a", "b", "c"])", "key"},
        {"an unknown key type", R"(key = ["pk strnig"])", "string"},
        {"an unknown direction", key_line + "\n[[table.list]]\nname = \"l\"\nsort = \"a dsc\"",
         "desc"},
    };
    for (const WrongConfig& mistake : wrong) {
        SCOPED_TRACE(mistake.name);
        const System system(with(config, key_line, mistake.line));

        const ProcessEnd checked = run({"check", system.config_path()});
        const ProcessEnd served = run({"serve", "--config", system.config_path()});

        EXPECT_EQ(checked.exit_code, 1);
        EXPECT_EQ(served.exit_code, 2);
        EXPECT_TRUE(contains(checked.errors, mistake.message)) << checked.errors;
        EXPECT_TRUE(contains(checked.errors, system.config_path() + ":")) << checked.errors;
        EXPECT_EQ(served.errors, checked.errors);
        EXPECT_FALSE(fs::exists(system.folder()));
    }
    const System system(with(config, key_line, "key = 7"));
    EXPECT_TRUE(contains(run({"check", system.config_path()}).errors,
                         system.config_path() + ":" + std::to_string(line) + ":"));
}

TEST(CheckTest, RefusesToListenForOthersWithoutCredentials) {
    for (const char* address : {"0.0.0.0:8080", "192.168.1.5:8080", "[::]:8080", "8080"}) {
        const System system(with(orders_config, "127.0.0.1:0", address));

        const ProcessEnd end = run({"serve", "--config", system.config_path()});

        EXPECT_EQ(end.exit_code, 2) << address;
        EXPECT_TRUE(contains(end.errors, "listen")) << end.errors;
    }
}

}  // namespace
}  // namespace freshet::systems
