// One seed for all properties: a fixed one, so that a run can be repeated, unless FRESHET_SEED
// names another. FRESHET_ROUNDS takes that many times as many stories.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace freshet::properties {
namespace {

constexpr unsigned long stories = 120;

std::string from_environment(const char* name, const std::string& otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? text : otherwise;
}

class Seed : public ::testing::Environment {
public:
    void SetUp() override {
        const std::string seed = from_environment("FRESHET_SEED", "20261120");
        const unsigned long rounds = std::stoul(from_environment("FRESHET_ROUNDS", "1"));
        const std::string parameters =
            "seed=" + seed + " max_success=" + std::to_string(rounds * stories);
        setenv("RC_PARAMS", parameters.c_str(), 0);
        std::cout << "stories are drawn with " << std::getenv("RC_PARAMS") << "\n";
        // Power is not cut here, so the folders need no disk.
        if (std::filesystem::is_directory("/dev/shm")) setenv("TMPDIR", "/dev/shm", 0);
    }
};

const auto* const seed = ::testing::AddGlobalTestEnvironment(new Seed);

}  // namespace
}  // namespace freshet::properties
