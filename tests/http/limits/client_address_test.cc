// Whose address a request is counted by, and that nobody can have it counted by another's.

#include "http/limits/client_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace freshet::http {
namespace {

using engine::AddressBlock;
using engine::IpAddress;
using Lines = std::vector<std::string>;

engine::ServerSettings settings(bool behind_proxy, const Lines& trusted = {}) {
    engine::ServerSettings made;
    made.behind_proxy = behind_proxy;
    for (const std::string& block : trusted) {
        made.trusted_proxies.push_back(*AddressBlock::parse(block));
    }
    return made;
}

// What a request is counted by that came from `peer` with these lines of X-Forwarded-For; "nobody"
// if it is not counted.
std::string counted(const engine::ServerSettings& server, const std::string& peer,
                    const Lines& lines = {}) {
    Request request;
    request.headers.push_back({"Host", "203.0.113.99"});
    for (const std::string& line : lines) request.headers.push_back({"x-forwarded-FOR", line});
    const auto address = ClientAddresses(server).of_request(*IpAddress::parse(peer), request);
    return address ? address->text() : "nobody";
}

TEST(ClientAddress, IsThePeersWhereThereIsNoProxy) {
    const auto server = settings(false);
    EXPECT_EQ(counted(server, "203.0.113.5"), "203.0.113.5");
    EXPECT_EQ(counted(server, "203.0.113.5", {"198.51.100.1"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1", {"198.51.100.1"}), "nobody");
    EXPECT_EQ(counted(server, "127.5.6.7"), "nobody");
    EXPECT_EQ(counted(server, "::1"), "nobody");
    EXPECT_EQ(counted(server, "::ffff:127.0.0.1"), "nobody");
}

TEST(ClientAddress, OfIpv6IsTheNetworkOf64Bits) {
    const auto server = settings(false);
    EXPECT_EQ(counted(server, "2001:db8:1:2:aaaa::1"), "2001:db8:1:2::");
    EXPECT_EQ(counted(server, "2001:db8:1:2:bbbb::2"), "2001:db8:1:2::");
    EXPECT_EQ(counted(server, "2001:db8:1:3::1"), "2001:db8:1:3::");
    EXPECT_EQ(counted(settings(true), "::1", {"2001:db8:1:2:aaaa::1"}), "2001:db8:1:2::");
}

TEST(ClientAddress, OfMappedIpv6IsThatOfIpv4) {
    EXPECT_EQ(counted(settings(false), "::ffff:203.0.113.5"), "203.0.113.5");
    EXPECT_EQ(counted(settings(true), "127.0.0.1", {"::ffff:203.0.113.5"}), "203.0.113.5");
    EXPECT_EQ(counted(settings(true, {"10.0.0.0/8"}), "::ffff:10.1.2.3", {"203.0.113.5"}),
              "203.0.113.5");
}

TEST(ClientAddress, IsWhatTheProxyAdded) {
    const auto server = settings(true);
    EXPECT_EQ(counted(server, "127.0.0.1", {"203.0.113.5"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "::1", {"203.0.113.5"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1"), "nobody");
}

TEST(ClientAddress, IsNoneThatTheClientMadeUp) {
    const auto server = settings(true);
    EXPECT_EQ(counted(server, "127.0.0.1", {"198.51.100.1, 203.0.113.5"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1", {"198.51.100.1", "203.0.113.5"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1", {"127.0.0.1, 203.0.113.5"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1", {"garbage\x01,,, 203.0.113.5"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1", {"a, b", "c", " ,\t203.0.113.5 ,"}), "203.0.113.5");
}

TEST(ClientAddress, IsFoundBehindAChainOfProxies) {
    const auto server = settings(true, {"10.0.0.0/8", "fd00::/8", "192.0.2.7"});
    const std::string chain = "198.51.100.1, 203.0.113.5, 192.0.2.7, fd00::12, 127.0.0.1";
    EXPECT_EQ(counted(server, "10.1.2.3", {chain}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1", {chain, "10.9.9.9"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "10.1.2.3", {"10.4.4.4, 10.5.5.5"}), "nobody");
    // 192.0.2.8 is no proxy of ours, whatever it says.
    EXPECT_EQ(counted(server, "10.1.2.3", {"203.0.113.5, 192.0.2.8"}), "192.0.2.8");
}

TEST(ClientAddress, IsThePeersIfTheProxyIsNotTrusted) {
    const auto server = settings(true, {"10.0.0.0/8"});
    EXPECT_EQ(counted(server, "203.0.113.9", {"198.51.100.1"}), "203.0.113.9");
    EXPECT_EQ(counted(server, "11.0.0.1", {"198.51.100.1"}), "11.0.0.1");
}

// Then whoever comes from elsewhere can only be the proxy, and its clients cannot be told apart.
TEST(ClientAddress, IsNobodysOfAProxyThatIsNotNamed) {
    EXPECT_EQ(counted(settings(true), "203.0.113.9", {"198.51.100.1"}), "nobody");
}

TEST(ClientAddress, MayComeWithAPort) {
    const auto server = settings(true);
    EXPECT_EQ(counted(server, "127.0.0.1", {"203.0.113.5:50312"}), "203.0.113.5");
    EXPECT_EQ(counted(server, "127.0.0.1", {"[2001:db8::1]:50312"}), "2001:db8::");
    EXPECT_EQ(counted(server, "127.0.0.1", {"[2001:db8::1]"}), "2001:db8::");
}

// What a trusted proxy says that is no address says nothing of the client. Such requests are
// counted together: a client that gets such a thing past its proxy is not without a limit.
TEST(ClientAddress, IsTheProxysWhereItSaysWhatIsNone) {
    const auto server = settings(true);
    for (const std::string line :
         {"unknown", "_hidden", "203.0.113", "203.0.113.256", "203.0.113.05", "1.2.3.4.5", "[",
          "[]", ":", "203.0.113.5 198.51.100.1", "2001:db8::1%eth0", "\"203.0.113.5\"", ",", " "}) {
        const bool is_empty = line == "," || line == " ";
        EXPECT_EQ(counted(server, "127.0.0.1", {line}), is_empty ? "nobody" : "127.0.0.1") << line;
        EXPECT_EQ(counted(server, "127.0.0.1", {"203.0.113.5, " + line}),
                  is_empty ? "203.0.113.5" : "127.0.0.1")
            << line;
    }
}

TEST(ClientAddress, OfAConnectionIsWhoItComesFrom) {
    const auto of = [](const engine::ServerSettings& server, const std::string& peer) {
        const auto address = ClientAddresses(server).of_connection(*IpAddress::parse(peer));
        return address ? address->text() : "nobody";
    };
    EXPECT_EQ(of(settings(false), "203.0.113.5"), "203.0.113.5");
    EXPECT_EQ(of(settings(false), "127.0.0.1"), "nobody");
    EXPECT_EQ(of(settings(true), "203.0.113.5"), "nobody");
    EXPECT_EQ(of(settings(true, {"10.0.0.0/8"}), "203.0.113.5"), "203.0.113.5");
    EXPECT_EQ(of(settings(true, {"10.0.0.0/8"}), "10.0.0.1"), "nobody");
}

TEST(ClientAddress, OnlyATrustedProxyNamesThePrefix) {
    engine::ServerSettings settings;
    settings.trusted_proxies = {*engine::AddressBlock::parse("10.0.0.0/8")};
    Request request;
    request.headers = {{"X-Forwarded-Prefix", "/freshet/"}};
    const auto of = [&](std::string_view peer) {
        return ClientAddresses(settings).prefix(*engine::IpAddress::parse(peer), request).size();
    };
    EXPECT_EQ(of("127.0.0.1"), 0U) << "there is no proxy";

    settings.behind_proxy = true;

    EXPECT_EQ(of("127.0.0.1"), 8U);
    EXPECT_EQ(of("10.1.2.3"), 8U);
    EXPECT_EQ(of("203.0.113.5"), 0U);
    for (const char* other : {"//evil.example", "/", "freshet", "/a, /b", ""}) {
        request.headers = {{"X-Forwarded-Prefix", other}};
        EXPECT_EQ(of("10.1.2.3"), 0U) << other;
    }
    request.headers = {{"X-Forwarded-Prefix", "/a"}, {"X-Forwarded-Prefix", "/b"}};
    EXPECT_EQ(of("10.1.2.3"), 0U);
}

TEST(ClientAddress, TheConfiguredPrefixIsThatOfEverybody) {
    engine::ServerSettings settings;
    settings.prefix = "/freshet";
    settings.behind_proxy = true;
    Request request;
    request.headers = {{"X-Forwarded-Prefix", "/other"}};
    const ClientAddresses addresses(settings);

    EXPECT_EQ(addresses.prefix(*engine::IpAddress::parse("127.0.0.1"), request), "/freshet");
    EXPECT_EQ(addresses.prefix(*engine::IpAddress::parse("203.0.113.5"), request), "/freshet");
}

}  // namespace
}  // namespace freshet::http
