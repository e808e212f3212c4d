// For tests that expect the process to end: each expectation runs in a process of its own, which
// repeats the test up to there. A plain fork would copy one thread and the locks of all.
//
//     class ThingDeathTest : public ThingTest, support::FreshProcess {};
//
// A process that ends so removes nothing. Its folders are made in one of this process, which goes
// with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/disks/temp_folder.h"

namespace freshet::support {

class FreshProcess {
public:
    FreshProcess() {
        GTEST_FLAG_SET(death_test_style, "threadsafe");
        ::setenv(parent_of_temp_folders, folder_.path().c_str(), 1);
    }
    ~FreshProcess() { ::unsetenv(parent_of_temp_folders); }
    FreshProcess(const FreshProcess&) = delete;
    FreshProcess& operator=(const FreshProcess&) = delete;

private:
    const TempFolder folder_;
};

}  // namespace freshet::support
