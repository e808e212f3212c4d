// Runs the crash tests, or the process that one of them kills.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/crash/killed_writer.h"

int main(int count, char** words) {
    const std::vector<std::string> arguments(words, words + count);
    if (count > 1 && arguments[1] == freshet::crash::writer_flag) {
        return freshet::crash::run_killed_writer({arguments.begin() + 2, arguments.end()});
    }
    testing::InitGoogleTest(&count, words);
    return RUN_ALL_TESTS();
}
