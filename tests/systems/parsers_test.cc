// What streams carry is read back identically by the readers that others use (tests/parsers), with
// this program as the server.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

TEST(ParsersTest, ReadBackWhatWasWritten) {
    support::ChildProcess readers({"/usr/bin/env", "FRESHET_BINARY=" + support::freshet_program(),
                                   "node",
                                   support::source_folder() + "/tests/parsers/read_back.test.mjs"});

    // How many steps there are depends on FRESHET_ROUNDS. None takes longer than is waited for.
    std::size_t step = 1;
    while (readers.await_error_line("[step " + std::to_string(step) + "]")) ++step;
    const ProcessEnd end = readers.wait();

    EXPECT_EQ(end.exit_code, 0) << end.output << end.errors
                                << "\ntools/setup test installs what the readers need";
    EXPECT_TRUE(contains(end.output, "# fail 0")) << end.output;
    EXPECT_TRUE(contains(end.output, "# skipped 0")) << end.output;
}

}  // namespace
}  // namespace freshet::systems
