#include "http/messages/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/must.h"

namespace freshet::http {
namespace {

using support::must;
using Segments = std::vector<std::string>;

Segments segments(std::string_view text) {
    return must(parse_target(text)).segments;
}

std::string refusal(std::string_view text) {
    const auto target = parse_target(text);
    return target ? "accepted" : target.error().message;
}

TEST(Target, TheRootHasNoSegments) {
    EXPECT_EQ(segments("/"), Segments{});
}

TEST(Target, SplitsOnSlashesBeforeItDecodes) {
    EXPECT_EQ(segments("/views/order/a%2Fb"), (Segments{"views", "order", "a/b"}));
}

TEST(Target, DecodesEachSegmentOnce) {
    EXPECT_EQ(segments("/a%252Fb"), (Segments{"a%2Fb"}));
}

TEST(Target, ASlashAtTheEndSaysNothing) {
    EXPECT_EQ(segments("/views/"), (Segments{"views"}));
    EXPECT_EQ(segments("/views/?key=a"), (Segments{"views"}));
    EXPECT_EQ(segments("/views/%2F/"), (Segments{"views", "/"}));
    EXPECT_TRUE(must(parse_target("/views/?key=a")).ends_in_slash);
    EXPECT_FALSE(must(parse_target("/")).ends_in_slash);
    EXPECT_FALSE(must(parse_target("/views?key=/")).ends_in_slash);
}

TEST(Target, KeepsOtherEmptySegments) {
    EXPECT_EQ(segments("//a"), (Segments{"", "a"}));
    EXPECT_EQ(segments("/a//"), (Segments{"a", ""}));
}

TEST(Target, InAbsoluteFormHasThePathBehindTheHost) {
    EXPECT_EQ(segments("http://localhost:8080/views/order/a%2Fb"),
              (Segments{"views", "order", "a/b"}));
    EXPECT_EQ(segments("HTTPS://[::1]"), Segments{});
    EXPECT_EQ(must(parse_target("http://localhost?key=a/b")).query[0].value, "a/b");
    EXPECT_EQ(split_absolute("http://[::1]:80?a")->host, "[::1]:80");
    EXPECT_FALSE(split_absolute("/http://localhost/").has_value());
}

TEST(Target, AnAsteriskIsTheServer) {
    EXPECT_TRUE(must(parse_target("*")).is_server);
    EXPECT_EQ(format_target(must(parse_target("*"))), "*");
    EXPECT_FALSE(must(parse_target("/*")).is_server);
}

TEST(Target, PlusIsItselfInAPathAndASpaceInAQuery) {
    const Target target = must(parse_target("/a+b?key=c+d&key=e%2Bf"));

    EXPECT_EQ(target.segments.front(), "a+b");
    EXPECT_EQ(target.query[0].value, "c d");
    EXPECT_EQ(target.query[1].value, "e+f");
}

TEST(Target, KeepsRepeatedParametersInTheirOrder) {
    const Target target = must(parse_target("/x?key=1&key=2&flag&empty=&=v"));

    ASSERT_EQ(target.query.size(), 5U);
    EXPECT_EQ(target.query[0].value, "1");
    EXPECT_EQ(target.query[1].value, "2");
    EXPECT_EQ(target.query[2].name, "flag");
    EXPECT_EQ(target.query[2].value, "");
    EXPECT_EQ(target.query[4].name, "");
}

TEST(Target, RefusesDotSegmentsHoweverTheyAreWritten) {
    for (const char* text : {"/.", "/..", "/a/../b", "/%2e", "/%2E%2e/b", "/a/.%2e"}) {
        EXPECT_NE(refusal(text).find("dot segment"), std::string::npos) << text;
    }
    EXPECT_EQ(segments("/.../.a"), (Segments{"...", ".a"}));
    EXPECT_EQ(must(parse_target("/x?key=..")).query[0].value, "..");
}

TEST(Target, RefusesBrokenPercentEncoding) {
    for (const char* text : {"/%", "/%4", "/%4g", "/a%zz", "/x?k=%", "/x?%1=2"}) {
        EXPECT_NE(refusal(text).find("hexadecimal"), std::string::npos) << text;
    }
    EXPECT_EQ(segments("/%41"), (Segments{"A"}));
}

// A key may hold any character.
TEST(Target, TakesAnEncodedNulForData) {
    EXPECT_EQ(segments("/a%00b"), (Segments{std::string("a\0b", 3)}));
    EXPECT_EQ(must(parse_target("/x?key=%00")).query[0].value, std::string(1, '\0'));
    EXPECT_EQ(format_target(must(parse_target("/a%00b?key=%00"))), "/a%00b?key=%00");
}

TEST(Target, RefusesWhatIsNoUtf8) {
    for (const char* text : {"/%ff", "/%c3", "/%c0%af", "/%e0%80%80", "/%ed%a0%80", "/%f4%90%80%80",
                             "/%f0%80%80%80", "/%80", "/x?key=%c3%28"}) {
        EXPECT_NE(refusal(text).find("UTF-8"), std::string::npos) << text;
    }
    EXPECT_EQ(segments("/%C3%A9%E2%82%AC%F0%9F%8D%95"), (Segments{"é€🍕"}));
}

TEST(Target, RefusesAFragment) {
    EXPECT_NE(refusal("/a#b").find("fragment"), std::string::npos);
    EXPECT_NE(refusal("http://localhost#/").find("fragment"), std::string::npos);
}

TEST(Target, FormattingGivesATargetThatParsesToTheSame) {
    const Target target = must(parse_target("/views/a%2Fb%3F/%C3%A9?key=x%26y&cursor=a-_"));

    const std::string text = format_target(target);

    EXPECT_EQ(text, "/views/a%2Fb%3F/%C3%A9?key=x%26y&cursor=a-_");
    EXPECT_EQ(must(parse_target(text)).segments, target.segments);
    for (const char* slashes : {"/", "//", "/a//", "/a///?x=1", "//a"}) {
        EXPECT_EQ(format_target(must(parse_target(slashes))), slashes);
    }
}

}  // namespace
}  // namespace freshet::http
