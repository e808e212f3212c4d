// How long the crash tests run, and by which seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace freshet::crash {

// FRESHET_CRASH_ROUNDS, at least 1; 100 if it is not set.
inline std::size_t rounds() {
    const char* text = std::getenv("FRESHET_CRASH_ROUNDS");
    const std::size_t asked = text == nullptr ? 100 : std::strtoull(text, nullptr, 10);
    return asked == 0 ? 1 : asked;
}

// FRESHET_SEED, or the same one each time. Printed, so that a failure can be repeated.
inline std::uint64_t seed() {
    const char* text = std::getenv("FRESHET_SEED");
    const std::uint64_t chosen = text == nullptr ? 20'261'120 : std::strtoull(text, nullptr, 10);
    std::printf("seed %llu\n", static_cast<unsigned long long>(chosen));
    return chosen;
}

}  // namespace freshet::crash
