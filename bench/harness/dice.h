// Numbers that look random and depend on nothing but what they are made from. Pure.
#pragma once

#include <cstdint>

namespace freshet::bench {

// Every bit of the result depends on every bit of `number`; no two numbers give the same result.
constexpr std::uint64_t scrambled(std::uint64_t number) {
    number += 0x9e3779b97f4a7c15U;
    number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31U);
}

// A seeded sequence of them.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(scrambled(seed)) {}

    std::uint64_t roll() { return scrambled(++state_); }
    // Below `bound`, which is not 0. The bias is that of 2^64 / bound, which nobody will see.
    std::uint64_t below(std::uint64_t bound) { return roll() % bound; }
    // In [0, 1).
    double fraction() { return static_cast<double>(roll() >> 11U) * 0x1p-53; }

private:
    std::uint64_t state_;
};

}  // namespace freshet::bench
