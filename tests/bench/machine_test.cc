#include "bench/harness/machine.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace freshet::bench {
namespace {

// A child that ends once it has used so much of the processor, however long that takes.
void run_child(double cpu_seconds) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        while (own_cpu_seconds() < cpu_seconds) continue;
        _exit(0);
    }
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
}

TEST(Machine, KnowsWhatChildrenThatHaveEndedTookOfTheProcessor) {
    const double before = cpu_seconds_of_ended_children(getpid());

    run_child(0.1);

    EXPECT_GT(cpu_seconds_of_ended_children(getpid()), before + 0.05);
    EXPECT_EQ(cpu_seconds_of_ended_children(0), 0);
}

TEST(Machine, FindsWhatTheShellWouldRun) {
    EXPECT_EQ(path_of_program("/no/such/program"), "/no/such/program");
    EXPECT_TRUE(path_of_program("sh").ends_with("/sh"));
    EXPECT_EQ(path_of_program("no-such-program-at-all"), "");
}

}  // namespace
}  // namespace freshet::bench
