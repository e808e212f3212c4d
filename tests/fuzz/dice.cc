#include "tests/fuzz/dice.h"

#include <algorithm>
#include <cstdlib>

namespace freshet::fuzz {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

std::uint64_t seed() {
    return from_environment("FRESHET_SEED", 20'261'120);
}

std::size_t rounds(std::size_t usual) {
    return usual * std::max<std::size_t>(1, from_environment("FRESHET_ROUNDS", 1));
}

}  // namespace freshet::fuzz
