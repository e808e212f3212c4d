// Runs the crash tests, or the process that one of them kills.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/crash/killed_writer.h"

int main(int count, char** words) {
    const std::vector<std::string> arguments(words, words + count);
    if (count > 1 && arguments[1] == freshet::crash::writer_flag) {
        return freshet::crash::run_killed_writer({arguments.begin() + 2, arguments.end()});
    }
    // None of these tests asks anything of a real disk, and memory syncs faster.
    constexpr const char* memory = "/dev/shm";
    if (std::filesystem::is_directory(memory)) ::setenv("TMPDIR", memory, 0);
    testing::InitGoogleTest(&count, words);
    return RUN_ALL_TESTS();
}
