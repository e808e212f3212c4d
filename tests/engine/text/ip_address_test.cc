#include "engine/text/ip_address.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::engine {
namespace {

IpAddress address(const std::string& text) {
    const auto parsed = IpAddress::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(IpAddress());
}

TEST(IpAddress, IsReadAndWrittenInItsUsualForm) {
    for (const std::string text :
         {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::a:b"}) {
        EXPECT_EQ(address(text).text(), text);
    }
    EXPECT_EQ(address("2001:DB8:0:0::1").text(), "2001:db8::1");
}

TEST(IpAddress, IsNothingElse) {
    for (const std::string text :
         {"", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4",
          "0x7f.0.0.1", ":", ":::", "1::2::3", "12345::", "::1%lo", "[::1]", "localhost"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
    EXPECT_FALSE(IpAddress::parse(std::string("1.2.3.4\0", 8)));
}

TEST(IpAddress, IsTheSameMappedIntoIpv6) {
    EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    EXPECT_EQ(address("::ffff:c000:201"), address("192.0.2.1"));
    EXPECT_TRUE(address("::ffff:192.0.2.1").is_v4());
    EXPECT_FALSE(address("::192.0.2.1").is_v4());
}

TEST(IpAddress, KnowsThisMachine) {
    for (const char* text : {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"}) {
        EXPECT_TRUE(address(text).is_loopback()) << text;
    }
    for (const char* text : {"128.0.0.1", "0.0.0.0", "::", "::2", "10.0.0.1", "1::1"}) {
        EXPECT_FALSE(address(text).is_loopback()) << text;
    }
}

TEST(IpAddress, HasAFirstPart) {
    EXPECT_EQ(address("2001:db8:1:2:3::4").first(64), address("2001:db8:1:2::"));
    EXPECT_EQ(address("2001:db8:1:ffff::").first(50), address("2001:db8:1:c000::"));
    EXPECT_EQ(address("ffff::").first(0), address("::"));
    EXPECT_EQ(address("::1").first(128), address("::1"));
}

bool contains(const std::string& block, const std::string& text) {
    const auto parsed = AddressBlock::parse(block);
    EXPECT_TRUE(parsed) << block;
    return parsed && parsed->contains(address(text));
}

TEST(AddressBlock, ContainsWhatBeginsAlike) {
    EXPECT_TRUE(contains("10.0.0.0/8", "10.255.1.2"));
    EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.129"));
    EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(contains("192.0.2.1", "192.0.2.2"));
    EXPECT_TRUE(contains("192.0.2.1/32", "::ffff:192.0.2.1"));
    EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.1.1"));
    EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
    EXPECT_FALSE(contains("fd00::/8", "fe00::1"));
    EXPECT_TRUE(contains("::1", "::1"));
}

TEST(AddressBlock, OfAllOfOneProtocolHasNoneOfTheOther) {
    EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.5"));
    EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(contains("::/0", "2001:db8::1"));
    EXPECT_FALSE(contains("::/0", "203.0.113.5"));
}

TEST(AddressBlock, IsNothingElse) {
    for (const std::string text :
         {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8",
          "10.0.0.0/a", "10.0.0.1/8", "10/8", "::/129", "fd00::1/8", "proxy.example"}) {
        EXPECT_FALSE(AddressBlock::parse(text)) << text;
    }
}

}  // namespace
}  // namespace freshet::engine
