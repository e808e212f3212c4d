// What one address and one subject may have, and whose word is taken for where a request comes
// from.

#include <gtest/gtest.h>

#include <string>

#include "engine/config/config.h"
#include "tests/engine/config/mistake_table.h"
#include "tests/support/must.h"

namespace freshet::engine {
namespace {

using support::must;

LimitSettings limits_of(const std::string& lines) {
    return must(parse_config("[limits]\n" + lines + table, "f")).limits;
}

TEST(ConfigLimits, AreThereWithoutBeingNamed) {
    const LimitSettings limits = must(parse_config(table, "f")).limits;

    EXPECT_EQ(limits.connections, 10'000U);
    EXPECT_EQ(limits.address_connections, 64U);
    EXPECT_EQ(limits.address_rate.requests_per_s, 100U);
    EXPECT_EQ(limits.address_rate.burst, 1'000U);
    EXPECT_EQ(limits.subject_streams, 32U);
    EXPECT_FALSE(limits.subject_rate.limits());
}

TEST(ConfigLimits, GiveTheQueueRoomForTheLargestBatchOfABody) {
    EXPECT_EQ(limits_of("body_bytes = 200_000_000\n").queue_bytes, 200'000'000U + 10'240'000U);
    EXPECT_EQ(limits_of("body_bytes = 1_000\n").queue_bytes, 64U << 20U);
}

TEST(ConfigLimits, AreWhatTheFileSays) {
    const LimitSettings limits = limits_of(
        "connections = 400\naddress_connections = 5\naddress_requests_per_s = 6\naddress_burst = "
        "7\n"
        "subject_streams = 8\nsubject_requests_per_s = 9\nsubject_burst = 10\n");

    EXPECT_EQ(limits.connections, 400U);
    EXPECT_EQ(limits.address_connections, 5U);
    EXPECT_EQ(limits.address_rate.requests_per_s, 6U);
    EXPECT_EQ(limits.address_rate.burst, 7U);
    EXPECT_EQ(limits.subject_streams, 8U);
    EXPECT_EQ(limits.subject_rate.requests_per_s, 9U);
    EXPECT_EQ(limits.subject_rate.burst, 10U);
}

TEST(ConfigLimits, LetTenSecondsWorthComeAtOnce) {
    EXPECT_EQ(limits_of("address_requests_per_s = 7\n").address_rate.burst, 70U);
    EXPECT_EQ(limits_of("subject_requests_per_s = 7\n").subject_rate.burst, 70U);
    EXPECT_EQ(limits_of("address_burst = 7\n").address_rate.requests_per_s, 100U);
}

TEST(ConfigLimits, AreNoneWhereTheyAreZero) {
    EXPECT_EQ(limits_of("address_connections = 0\n").address_connections, 0U);
    EXPECT_EQ(limits_of("subject_streams = 0\n").subject_streams, 0U);
    EXPECT_FALSE(limits_of("address_requests_per_s = 0\n").address_rate.limits());
    EXPECT_FALSE(limits_of("address_burst = 0\n").address_rate.limits());
    EXPECT_FALSE(limits_of("subject_burst = 0\n").subject_rate.limits());
}

TEST(ConfigLimits, NamesTheirMistakes) {
    expect_each({
        {"less than none", "[limits]\naddress_connections = -1\n" + table, 2,
         "found -1 for address_connections, expected an integer from 0 to 1000000"},
        {"too few for a server", "[limits]\nconnections = 15\n" + table, 2,
         "found 15 for connections, expected an integer from 16 to 1000000"},
        {"a number too large", "[limits]\naddress_burst = 10_000_001\n" + table, 2,
         "found 10000001 for address_burst, expected an integer from 0 to 10000000"},
        {"a burst alone", "[limits]\nsubject_burst = 50\n" + table, 2,
         "found subject_burst = 50, expected subject_requests_per_s beside it: without one there "
         "is no limit"},
        {"a burst without a rate",
         "[limits]\naddress_requests_per_s = 0\naddress_burst = 50\n" + table, 3,
         "found address_burst = 50, expected address_requests_per_s beside it: without one there "
         "is no limit"},
    });
}

TEST(ConfigLimits, SayWhichProxiesAreTrusted) {
    const Config config = must(parse_config(
        "[server]\ntrusted_proxies = ['10.0.0.0/8', '::1']\nbehind_proxy = true\n" + table, "f"));

    ASSERT_EQ(config.server.trusted_proxies.size(), 2U);
    EXPECT_TRUE(config.server.trusted_proxies[0].contains(*IpAddress::parse("10.1.2.3")));
    EXPECT_FALSE(config.server.trusted_proxies[0].contains(*IpAddress::parse("11.1.2.3")));
    EXPECT_TRUE(config.server.trusted_proxies[1].contains(*IpAddress::parse("::1")));
    EXPECT_FALSE(config.server.counts_loopback);
}

TEST(ConfigLimits, NamesProxiesThatAreNone) {
    const std::string behind = "[server]\nbehind_proxy = true\n";
    const auto none = [](const std::string& proxy) {
        return "found the trusted proxy \"" + proxy +
               "\", expected an address or a block of addresses, such as \"10.0.0.5\", "
               "\"10.0.0.0/8\" or \"fd00::/8\"";
    };
    expect_each({
        {"a number", behind + "trusted_proxies = 10\n" + table, 3,
         "found 10 for trusted_proxies, expected a string or an array of strings"},
        {"a name", behind + "trusted_proxies = 'proxy.example'\n" + table, 3,
         none("proxy.example")},
        {"a block that is too narrow", behind + "trusted_proxies = ['10.0.0.0/33']\n" + table, 3,
         none("10.0.0.0/33")},
        {"an address within a block",
         behind + "trusted_proxies = ['10.0.0.5',\n '10.0.0.5/8']\n" + table, 4,
         none("10.0.0.5/8")},
        {"without a proxy", "[server]\ntrusted_proxies = ['10.0.0.5']\n" + table, 2,
         "found trusted_proxies, expected behind_proxy = true beside it: without a proxy nobody's "
         "word is taken for where a request comes from"},
    });
}

}  // namespace
}  // namespace freshet::engine
