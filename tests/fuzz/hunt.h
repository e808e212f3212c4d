// One fuzz test: the good inputs, then spoilt ones, each shown to a check.
//
// Whatever ends the hunt (a failed expectation, a crash, a sanitizer), the seed, the round and the
// input are printed; the same seed finds it again.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tests/fuzz/dice.h"

namespace freshet::fuzz {

struct Game {
    std::vector<std::string> corpus;  // none of them empty
    std::vector<std::string> tokens;  // put in besides the hostile ones
    std::size_t rounds = 10'000;      // times FRESHET_ROUNDS
    bool in_place = false;            // only overwritten, and with these tokens alone
};

// Looks at one input and expects things of it. Returns whether the input was taken as good.
using Check = std::function<bool(const std::string& input, Dice& dice)>;

// Expects that every input of the corpus is taken, and some but not all of the spoilt ones: else
// the hunt would see only one side of what it looks at. Ends at the first failure.
void hunt(const Game& game, const Check& check);

}  // namespace freshet::fuzz
