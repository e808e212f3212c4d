// What is said of the parts' benchmarks: each names its bound first, and both pages have it.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/places.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> parts() {
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(support::source_folder() + "/bench")) {
        if (entry.path().filename().string().ends_with("_bench.cc")) paths.push_back(entry.path());
    }
    return paths;
}

// The comment that a file begins with.
std::string head_of(const std::string& source) {
    std::string head;
    std::size_t at = 0;
    while (source.compare(at, 2, "//") == 0) {
        const std::size_t end = source.find('\n', at) + 1;
        head += source.substr(at, end - at);
        at = end;
    }
    return head;
}

TEST(Parts, SayTheirBoundsFirst) {
    ASSERT_FALSE(parts().empty());
    for (const fs::path& path : parts()) {
        EXPECT_NE(head_of(read_file(path)).find("Bound"), std::string::npos)
            << path << ": say in its head what bounds it, and measure that beside it";
    }
}

TEST(Parts, StandInTheirReadmeAndAreBuilt) {
    const std::string readme = read_file(support::source_folder() + "/bench/README.md");
    const std::string build = read_file(support::source_folder() + "/bench/CMakeLists.txt");
    for (const fs::path& path : parts()) {
        const std::string name = path.filename();
        EXPECT_NE(readme.find("`bench/" + name + "`"), std::string::npos) << name;
        EXPECT_NE(build.find(name), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace freshet::bench
