#include "bench/harness/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace freshet::bench {
namespace {

TEST(Histogram, OfNothingSaysNothing) {
    const Histogram histogram;

    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.max(), 0U);
    EXPECT_EQ(histogram.at_share(0.99), 0U);
}

TEST(Histogram, IsExactForWhatIsShort) {
    Histogram histogram;
    for (std::uint64_t i = 1; i <= 100; ++i) histogram.add(i);

    EXPECT_EQ(histogram.at_share(0.5), 50U);
    EXPECT_EQ(histogram.at_share(0.99), 99U);
    EXPECT_EQ(histogram.at_share(0.991), 100U);
    EXPECT_EQ(histogram.at_share(1), 100U);
    EXPECT_EQ(histogram.at_share(0), 1U);
}

TEST(Histogram, IsNeverBelowTheTruthAndAtMostA128thAboveIt) {
    std::mt19937_64 random(42);
    Histogram histogram;
    std::vector<std::uint64_t> durations;
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t duration = random() >> (22 + random() % 40);  // of any magnitude
        durations.push_back(duration);
        histogram.add(duration);
    }
    std::sort(durations.begin(), durations.end());

    for (const double share : {0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999}) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000)) - 1;
        const std::uint64_t exact = durations[rank];
        EXPECT_GE(histogram.at_share(share), exact) << share;
        EXPECT_LE(histogram.at_share(share), exact + exact / 128) << share;
    }
    EXPECT_EQ(histogram.max(), durations.back());
    EXPECT_EQ(histogram.at_share(1), durations.back());
}

TEST(Histogram, TakesWhatIsTooLongForTheLongest) {
    Histogram histogram;
    histogram.add(Histogram::duration_max - 1);
    histogram.add(~0ULL);

    EXPECT_EQ(histogram.max(), Histogram::duration_max);
    EXPECT_EQ(histogram.at_share(0.1), Histogram::duration_max);
}

TEST(Histogram, AddsAnother) {
    Histogram one;
    Histogram other;
    one.add(10);
    other.add(20);
    other.add(30);

    one.add(other);

    EXPECT_EQ(one.count(), 3U);
    EXPECT_EQ(one.at_share(0.5), 20U);
    EXPECT_EQ(one.max(), 30U);
}

}  // namespace
}  // namespace freshet::bench
