// For tests that expect the process to end: each expectation runs in a process of its own, which
// repeats the test up to there. A plain fork would copy one thread and the locks of all.
//
//     class ThingDeathTest : public ThingTest, support::FreshProcess {};
#pragma once

#include <gtest/gtest.h>

namespace freshet::support {

class FreshProcess {
public:
    FreshProcess() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

}  // namespace freshet::support
