// What engine/text/path_prefix.h promises, by example.

#include "engine/text/path_prefix.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::engine {
namespace {

TEST(PathPrefix, IsSegmentsEachAfterASlash) {
    for (const char* prefix : {"/freshet", "/a/b-c/D_1.2~", "/..."}) {
        EXPECT_TRUE(is_path_prefix(prefix)) << prefix;
    }
    EXPECT_TRUE(is_path_prefix("/" + std::string(path_prefix_bytes_max - 1, 'a')));
}

TEST(PathPrefix, IsNothingThatABrowserCouldTakeForAnotherServer) {
    for (const char* other : {"", "/", "freshet", "//evil.example", "/a//b", "/a/", "/..", "/a/./b",
                              "https://evil.example", "/a>; rel=x", "/a b", "/a%2F", "/a\\b",
                              "/a?b", "/a#b", "/a\r\n"}) {
        EXPECT_FALSE(is_path_prefix(other)) << other;
    }
    EXPECT_FALSE(is_path_prefix("/" + std::string(path_prefix_bytes_max, 'a')));
}

}  // namespace
}  // namespace freshet::engine
