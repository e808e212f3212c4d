#include "bench/harness/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace freshet::bench {
namespace {

constexpr unsigned width_bits = 7;  // 128 buckets for a power of two
constexpr std::uint64_t width = 1ULL << width_bits;
constexpr unsigned duration_bits = 42;
constexpr std::size_t bucket_count = (duration_bits - width_bits + 1) * width;

// A duration of width_bits + 1 + n bits is shifted by n, which leaves a number in [width, 2 width).
std::size_t bucket_of(std::uint64_t duration) {
    if (duration < width) return duration;
    const auto shift = static_cast<unsigned>(std::bit_width(duration)) - width_bits - 1;
    return shift * width + (duration >> shift);
}

std::uint64_t top_of(std::size_t bucket) {
    if (bucket < width) return bucket;
    const std::size_t shift = bucket / width - 1;
    const std::uint64_t begin = bucket - shift * width;
    return ((begin + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_count) {}

void Histogram::add(std::uint64_t nanoseconds) {
    nanoseconds = std::min(nanoseconds, duration_max);
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
    max_ = std::max(max_, nanoseconds);
}

void Histogram::add(const Histogram& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::at_share(double share) const {
    const double wanted = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (static_cast<double>(seen) >= wanted) return std::min(top_of(i), max_);
    }
    return max_;
}

}  // namespace freshet::bench
