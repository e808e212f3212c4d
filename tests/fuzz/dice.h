// By which seed the fuzz tests run, and the random numbers they draw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace freshet::fuzz {

// FRESHET_SEED, or the same one each time.
std::uint64_t seed();

// Draws the same numbers from the same seed with every standard library.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    // From 0 up to but not including `end`, which is not 0.
    std::size_t below(std::size_t end) { return engine_() % end; }
    bool one_in(std::size_t chances) { return below(chances) == 0; }

    template <class Container>
    const auto& one_of(const Container& choices) {
        return choices[below(choices.size())];
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace freshet::fuzz
