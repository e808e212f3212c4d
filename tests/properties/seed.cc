// One seed for all properties: a fixed one, so that a run can be repeated, unless FRESHET_SEED
// names another. FRESHET_ROUNDS takes that many times as many stories.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/support/rounds.h"

namespace freshet::properties {
namespace {

constexpr std::size_t stories = 120;

class Seed : public ::testing::Environment {
public:
    void SetUp() override {
        const char* chosen = std::getenv("FRESHET_SEED");
        const std::string seed = chosen != nullptr ? chosen : "20261120";
        const std::string parameters =
            "seed=" + seed + " max_success=" + std::to_string(support::rounds(stories));
        setenv("RC_PARAMS", parameters.c_str(), 0);
        std::cout << "stories are drawn with " << std::getenv("RC_PARAMS") << "\n";
    }
};

const auto* const seed = ::testing::AddGlobalTestEnvironment(new Seed);

}  // namespace
}  // namespace freshet::properties
