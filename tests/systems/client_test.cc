// The client for browsers and Node.js, clients/js: its own tests (tests/clients), with this program
// as the server.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

const std::string root = support::source_folder();

ProcessEnd run_node(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"/usr/bin/env",
                                        "FRESHET_BINARY=" + support::freshet_program(), "node"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return support::run_program(command);
}

class ClientTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ClientTest, PassesItsOwnTests) {
    const ProcessEnd end =
        run_node({"--test", root + "/tests/clients/" + GetParam() + ".test.mjs"});

    EXPECT_NE(end.exit_code, 127) << "Node.js is missing: tools/setup test installs it";
    EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
    EXPECT_TRUE(contains(end.output, "# fail 0")) << end.output;
    EXPECT_TRUE(contains(end.output, "# skipped 0")) << end.output;
}

INSTANTIATE_TEST_SUITE_P(Each, ClientTest,
                         ::testing::Values("parser", "view", "reconnect", "outage", "closing",
                                           "shared", "server"));

TEST(Client, IsSmall) {
    const ProcessEnd end =
        run_node({"--input-type=module", "--eval",
                  "import { gzipSync } from 'node:zlib'; import { readFileSync } from 'node:fs';"
                  "console.log(gzipSync(readFileSync('" +
                      root + "/clients/js/freshet.js'), { level: 9 }).length)"});

    EXPECT_LT(std::stoul(end.output), 6U << 10U) << "as it is sent by a server that packs it";
}

}  // namespace
}  // namespace freshet::systems
