#include "tests/fuzz/dice.h"

#include <cstdlib>

namespace freshet::fuzz {

std::uint64_t seed() {
    const char* text = std::getenv("FRESHET_SEED");
    return text == nullptr ? 20'261'120 : std::strtoull(text, nullptr, 10);
}

}  // namespace freshet::fuzz
