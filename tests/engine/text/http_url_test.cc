// What engine/text/http_url.h promises.

#include "engine/text/http_url.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace freshet::engine {
namespace {

HttpUrl url(const std::string& text) {
    const auto parsed = parse_http_url(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(HttpUrl());
}

TEST(HttpUrl, IsTakenApart) {
    EXPECT_EQ(
        url("http://notify.example:9000/a/b?c=d&e"),
        (HttpUrl{
            .host = "notify.example", .port = "9000", .target = "/a/b?c=d&e", .is_secure = false}));
    EXPECT_EQ(url("https://127.0.0.1:1/"),
              (HttpUrl{.host = "127.0.0.1", .port = "1", .target = "/", .is_secure = true}));
    EXPECT_EQ(url("http://[2001:db8::1]:8080/x").host, "2001:db8::1");
    EXPECT_EQ(url("http://[2001:db8::1]:8080/x").port, "8080");
}

TEST(HttpUrl, HasThePortOfItsSchemeAndARoot) {
    EXPECT_EQ(url("http://a"), (HttpUrl{.host = "a", .port = "80", .target = "/"}));
    EXPECT_EQ(url("https://a"),
              (HttpUrl{.host = "a", .port = "443", .target = "/", .is_secure = true}));
    EXPECT_EQ(url("http://[::1]").port, "80");
    EXPECT_EQ(url("https://a?b").target, "/?b");
    EXPECT_EQ(url("HTTPS://a").port, "443");
    EXPECT_EQ(url("http://a:65535").port, "65535");
}

TEST(HttpUrl, LeavesThePathAsItIsWritten) {
    EXPECT_EQ(url("http://a/b%20c/../d//e?f=/?&g=%23").target, "/b%20c/../d//e?f=/?&g=%23");
    EXPECT_EQ(url("http://a/b:c@d").target, "/b:c@d");
    EXPECT_EQ(url("http://a?b=c@d:e").host, "a");
}

TEST(HttpUrl, IsWrittenAsItIsAskedFor) {
    EXPECT_EQ(url("http://a:8080/b").authority(), "a:8080");
    EXPECT_EQ(url("http://[::1]/b").authority(), "[::1]:80");
    for (const std::string text :
         {"http://a:80/", "https://a:443/b?c", "http://[::1]:9/x", "https://127.0.0.1:65535/"}) {
        EXPECT_EQ(url(text).text(), text);
        EXPECT_EQ(url(url(text).text()), url(text));
    }
}

TEST(HttpUrl, IsNothingElse) {
    for (const std::string text : {"",
                                   "http",
                                   "http:",
                                   "http:/a",
                                   "http://",
                                   "https://",
                                   "http:///a",
                                   "http://?a",
                                   "//a",
                                   "a",
                                   "/a",
                                   "ftp://a",
                                   "ws://a",
                                   "unix:///a",
                                   "httpss://a",
                                   " http://a",
                                   "http://a ",
                                   "http://a b",
                                   "http://:80",
                                   "http://a:",
                                   "http://a:0",
                                   "http://a:65536",
                                   "http://a:-1",
                                   "http://a:+80",
                                   "http://a:8o",
                                   "http://a:80:80",
                                   "http://a: 80"}) {
        EXPECT_FALSE(parse_http_url(text)) << text;
    }
}

TEST(HttpUrl, HasNeitherAUserNorAFragment) {
    for (const std::string text :
         {"http://ann@a/", "http://ann:pw@a/", "http://@a/", "http://127.0.0.1@evil.example/",
          "http://a#b", "http://a/#", "http://a/b?c#d", "http://a\\@b/"}) {
        EXPECT_FALSE(parse_http_url(text)) << text;
    }
}

TEST(HttpUrl, HasNoByteThatNoUrlHas) {
    for (const char c : std::string("\0\t\n\r \x7F\x80\xFF\"<>\\^`{|}", 16)) {
        EXPECT_FALSE(parse_http_url(std::string("http://a/b") + c)) << static_cast<int>(c);
        EXPECT_FALSE(parse_http_url(std::string("http://a/b?") + c + "d")) << static_cast<int>(c);
    }
    for (const char c : std::string("\0\t\n\r \x7F\x80\xFF\\", 9)) {
        EXPECT_FALSE(parse_http_url(std::string("http://a") + c + "b/")) << static_cast<int>(c);
    }
}

TEST(HttpUrl, HasBracketsAroundAnAddressOfIpv6AndNothingElse) {
    for (const std::string text :
         {"http://[::1", "http://::1]", "http://[]/", "http://[::1]80/", "http://[::1]:/",
          "http://[[::1]]/", "http://a[::1]/", "http://::1/", "http://2001:db8::1/",
          "http://[localhost]/", "http://[127.0.0.1]/", "http://[fe80::1%25eth0]/"}) {
        EXPECT_FALSE(parse_http_url(text)) << text;
    }
}

}  // namespace
}  // namespace freshet::engine
