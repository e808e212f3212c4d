#include "bench/harness/written.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <deque>
#include <string>

#include "bench/harness/failure.h"
#include "bench/harness/load.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/places.h"

namespace freshet::bench {
namespace {

// One that this process may use.
unsigned any_core() {
    cpu_set_t cores;
    sched_getaffinity(0, sizeof cores, &cores);
    unsigned core = 0;
    while (core < CPU_SETSIZE && !CPU_ISSET(core, &cores)) ++core;
    return core;
}

TEST(Written, IsTheSumOfAllLanes) {
    std::deque<Workload> lanes;
    std::string text;
    for (unsigned i = 0; i < 3; ++i) {
        lanes.emplace_back(WorkloadOptions{.orders = 2, .lane = i, .lanes = 3});
        for (unsigned record = 0; record <= i; ++record) lanes.back().next(text);
    }

    const Written written = written_of(lanes);

    EXPECT_EQ(written.records, 6U);
    EXPECT_EQ(written.live, 5U);  // the third record of a lane of two is a change
    EXPECT_EQ(written_of(lanes.back()).records, 3U);
}

// Orders that were cancelled are gone, and the others alive, also those that are completed.
TEST(Written, HasToBeInTheServer) {
    const support::TempFolder folder;
    Server server({.program = support::freshet_program(),
                   .folder = folder.file("server"),
                   .cores = {any_core()}});
    server.start();
    Workload workload({.orders = 100});
    unsigned left = 2'000;
    send_bulk(server.port(), [&](std::string& out) {
        if (left == 0) return false;
        --left;
        workload.next(out);
        return true;
    });

    const Written written = written_of(workload);

    ASSERT_LT(written.live, written.records);
    EXPECT_NO_THROW(check_server("freshet", server, written));
    EXPECT_THROW(
        check_server("freshet", server, {.records = written.records + 1, .live = written.live}),
        Failure);
    EXPECT_THROW(
        check_server("freshet", server, {.records = written.records, .live = written.live + 1}),
        Failure);
    server.kill();
}

}  // namespace
}  // namespace freshet::bench
