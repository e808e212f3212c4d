// How long things took: counts of durations in buckets, in bounded memory.
//
// A power of two is cut into 128 equal buckets, so what comes back is at most 1/128 (0.8 %) above
// what was added. Below 128 ns buckets are 1 ns wide. What is above duration_max counts as that.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace freshet::bench {

class Histogram {
public:
    static constexpr std::uint64_t duration_max = (1ULL << 42U) - 1;  // of nanoseconds: 73 minutes

    Histogram();

    void add(std::uint64_t nanoseconds);
    void add(const Histogram& other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t max() const { return max_; }  // exact

    // The smallest duration that at least this share of all did not exceed, in nanoseconds: of 0.99
    // the 99th percentile. Never above max(); 0 if there is none.
    [[nodiscard]] std::uint64_t at_share(double share) const;

private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace freshet::bench
