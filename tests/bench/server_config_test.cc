#include "bench/harness/server_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/support/places.h"

namespace freshet::bench {
namespace {

// The tables, without comments and with one blank between words.
std::string tables_in(const std::string& config) {
    std::istringstream lines(config.substr(config.find("[[table]]")));
    std::string tables;
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line.substr(0, line.find("  #")).substr(0, line.find("# ")));
        std::string word;
        while (words >> word) tables += word + ' ';
    }
    return tables;
}

TEST(ServerConfig, MayHaveATableThatIsWritten) {
    const auto config = support::must(
        engine::parse_config(server_config({}, {}, {.is_direct = true}), "bench.toml"));

    EXPECT_TRUE(config.catalog->table("orders")->is_direct);
    EXPECT_FALSE(config.catalog->table("orders")->views.empty());
}

TEST(ServerConfig, MayHaveATableWhoseOrdersExpire) {
    for (const bool is_direct : {false, true}) {
        const auto config = support::must(engine::parse_config(
            server_config({}, {}, {.is_direct = is_direct, .expires = true}), "bench.toml"));

        EXPECT_EQ(config.catalog->table("orders")->is_direct, is_direct);
        EXPECT_TRUE(config.catalog->table("orders")->expires.has_value());
    }
}

TEST(ServerConfig, MayHaveFunctionsOfTheTable) {
    const auto config = support::must(engine::parse_config(
        server_config(
            {}, {},
            {.functions = {{.name = "one", .port = 81}, {.name = "ten", .port = 82, .lanes = 10}}}),
        "bench.toml"));

    ASSERT_EQ(config.functions.size(), 2U);
    const engine::Function& ten = *config.functions[1];
    EXPECT_EQ(config.functions[0]->lanes, 1U);
    EXPECT_EQ(ten.name, "ten");
    EXPECT_EQ(ten.table->name, "orders");
    EXPECT_EQ(ten.url.authority(), "127.0.0.1:82");
    EXPECT_EQ(ten.batch_size, function_batch);
    EXPECT_EQ(ten.lanes, 10U);
    EXPECT_TRUE(ten.is_enabled);
}

TEST(ServerConfig, DeclaresAllThatThePizzaExampleDoes) {
    std::ifstream in(support::source_folder() + "/examples/pizza/freshet.toml");
    const std::string example{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};

    EXPECT_EQ(tables_in(server_config({})), tables_in(example));
}

TEST(ServerConfig, IsOneThatAServerTakes) {
    const auto config =
        support::must(engine::parse_config(server_config({"ballast_bytes = 0"}), "bench.toml"));

    EXPECT_EQ(config.server.threads, 1U);
}

}  // namespace
}  // namespace freshet::bench
