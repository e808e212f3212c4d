// Built as a release is, whatever the preset: what a release would leave out of an assert stays.
#ifndef NDEBUG
#define NDEBUG
#endif

#include <gtest/gtest.h>

#include <cassert>

#include "storage/invariant.h"

namespace freshet {
namespace {

TEST(InvariantWithoutAssertsDeathTest, IsStillChecked) {
    assert(false);  // or else this file would not show what it is for

    EXPECT_DEATH(invariant(false, "a release checks, too"), "a release checks, too");
}

}  // namespace
}  // namespace freshet
