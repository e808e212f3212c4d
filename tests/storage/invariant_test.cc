#include "storage/invariant.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace freshet {
namespace {

TEST(InvariantTest, HasNoEffectWhileItHolds) {
    int evaluated = 0;

    invariant(++evaluated == 1, "the condition is evaluated");

    EXPECT_EQ(evaluated, 1);
}

TEST(InvariantDeathTest, SaysWhatBrokeAndWhere) {
    const std::string here = "invariant_test\\.cc:" + std::to_string(__LINE__ + 2);

    EXPECT_DEATH(invariant(false, "what goes up comes down"),
                 here + ": broken invariant: what goes up comes down");
}

TEST(InvariantDeathTest, EndsTheProcessByAbort) {
    EXPECT_EXIT(invariant(false, "one is one"), testing::KilledBySignal(SIGABRT), "one is one");
}

// Usable in a constant: a broken one does not compile.
constexpr int half(int even) {
    invariant(even % 2 == 0, "only even numbers are halved");
    return even / 2;
}
static_assert(half(4) == 2);

}  // namespace
}  // namespace freshet
