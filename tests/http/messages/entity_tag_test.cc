#include "http/messages/entity_tag.h"

#include <gtest/gtest.h>

#include <vector>

namespace freshet::http {
namespace {

bool matches(const std::vector<std::string_view>& values, std::string_view tag) {
    Request request;
    for (const std::string_view value : values) request.headers.push_back({"if-none-match", value});
    return none_match_fails(request, tag);
}

TEST(EntityTag, OfAnItemHoldsItsPositionAndTheShape) {
    EXPECT_EQ(item_tag({1042}, 0xab), "\"1042-00000000000000ab\"");
}

TEST(EntityTag, OfContentChangesWithIt) {
    EXPECT_EQ(content_tag("a"), content_tag("a"));
    EXPECT_NE(content_tag("a"), content_tag("b"));
    EXPECT_EQ(content_tag("a").size(), 18U);
}

TEST(EntityTag, AnyOfAListMatches) {
    EXPECT_TRUE(matches({"\"x\", \"a,b\" ,\"y\""}, "\"a,b\""));
    EXPECT_TRUE(matches({"\"x\"", "\"y\""}, "\"y\""));
    EXPECT_FALSE(matches({"\"x\", \"y\""}, "\"z\""));
    EXPECT_FALSE(matches({}, "\"z\""));
    EXPECT_FALSE(matches({""}, "\"z\""));
}

TEST(EntityTag, IsComparedWeakly) {
    EXPECT_TRUE(matches({"W/\"x\""}, "\"x\""));
    EXPECT_FALSE(matches({"w/\"x\""}, "\"x\""));
}

TEST(EntityTag, MatchesWhatAProxyHasMadeOfIt) {
    for (const char* made : {"\"x-gzip\"", "\"x;gzip\"", "\"x--gzip\"", "\"x-br\"", "\"x-zstd\"",
                             "\"x-deflate\"", "W/\"x-gzip\"", "\"y\", W/\"x;gzip\""}) {
        EXPECT_TRUE(matches({made}, "\"x\"")) << made;
    }
    for (const char* other : {"\"x-\"", "\"xgzip\"", "\"x-gzip", "\"x\"-gzip", "\"x-gzip-gzip\"",
                              "\"x-1\"", "\"y-gzip\"", "\"-gzip\"", "\"x---gzip\"", "\""}) {
        EXPECT_FALSE(matches({other}, "\"x\"")) << other;
    }
}

TEST(EntityTag, AStarMatchesAnything) {
    EXPECT_TRUE(matches({"*"}, "\"x\""));
}

TEST(EntityTag, WithoutItsQuotesMatchesNothing) {
    EXPECT_FALSE(matches({"x"}, "\"x\""));
}

}  // namespace
}  // namespace freshet::http
