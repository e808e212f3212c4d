// What storage/run_window.h promises about its memory; about the order of its entries
// tests/storage/sorted_runs_test.cc does.

#include "storage/run_window.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace freshet::storage {
namespace {

// Adds until no more fits.
std::size_t fill(RunWindow& window) {
    std::size_t count = 0;
    while (window.add(std::to_string(count), "value")) ++count;
    return count;
}

TEST(RunWindowTest, LetsGoOfTheMemoryOfALargeEntryOnceItIsClear) {
    RunWindow window(2'000);
    const std::size_t count = fill(window);
    window.clear();

    ASSERT_TRUE(window.add("key", std::string(20'000, 'x')));
    EXPECT_FALSE(window.add("other", "")) << "control: it is full";
    window.clear();

    EXPECT_EQ(window.size(), 0U);
    EXPECT_EQ(fill(window), count);
}

}  // namespace
}  // namespace freshet::storage
