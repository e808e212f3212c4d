// What engine/text/address_reach.h promises: how far addresses reach, by the registries.

#include "engine/text/address_reach.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/text/enum_words.h"

namespace freshet::engine {
namespace {

void expect(AddressReach reach, const std::vector<std::string>& addresses) {
    for (const std::string& text : addresses) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(word_of(reach_of(*address)), word_of(reach)) << text;
    }
}

TEST(AddressReach, OfLoopbackIsThisMachine) {
    expect(AddressReach::machine,
           {"127.0.0.0", "127.0.0.1", "127.1.2.3", "127.255.255.255", "::1"});
}

TEST(AddressReach, OfALinkIsWhereCloudsHandOutCredentials) {
    expect(AddressReach::link,
           {"169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255",
            "fe80::", "fe80::1", "febf::1", "fd00:ec2::254"});
}

TEST(AddressReach, OfPrivateNetworksIsTheSite) {
    expect(AddressReach::site,
           {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
            "192.168.255.255", "100.64.0.0", "100.127.255.255", "fc00::", "fd00::1", "fdff::1",
            "fd00:ec2::253", "fd00:ec2::255", "fec0::1", "feff::1"});
}

TEST(AddressReach, OfWhatIsForTestsAndDocumentsIsTheSite) {
    expect(AddressReach::site,
           {"192.0.0.0", "192.0.0.255", "192.0.2.1", "198.18.0.0", "198.19.255.255", "198.51.100.7",
            "203.0.113.255", "2001:db8::1", "2001:db8:ffff::1"});
}

TEST(AddressReach, OfNoSingleMachineIsNobody) {
    expect(AddressReach::nobody, {"0.0.0.0", "0.255.255.255", "224.0.0.0", "239.255.255.255",
                                  "240.0.0.0", "255.255.255.255", "::", "ff00::", "ff02::1",
                                  "ffff::1", "100::", "100::1", "2001::1", "2001:0:ffff::1"});
}

TEST(AddressReach, OfTheRestIsTheInternet) {
    expect(AddressReach::internet,
           {"1.0.0.0",         "1.1.1.1",         "9.255.255.255",   "11.0.0.0",
            "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0",     "172.15.255.255",  "172.32.0.0",
            "192.0.1.0",       "192.167.255.255", "192.169.0.0",     "198.17.255.255",
            "198.20.0.0",      "198.51.101.0",    "203.0.112.255",   "223.255.255.255",
            "2606:4700::1111", "2001:db9::1",     "2001:200::1",     "2003::1"});
}

TEST(AddressReach, IsThatOfTheAddressWithin) {
    expect(AddressReach::machine, {"::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1",
                                   "2002:7f00:1::", "2002:7f00:1:ffff:ffff:ffff:ffff:ffff"});
    expect(AddressReach::link,
           {"::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1"});
    expect(AddressReach::site, {"::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::"});
    expect(AddressReach::nobody,
           {"::ffff:0.0.0.0", "64:ff9b::", "64:ff9b::255.255.255.255", "2002::", "2002:e000:1::"});
    expect(AddressReach::internet, {"::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::"});
}

// By IANA's registry of special-purpose addresses, no global ones.
TEST(AddressReach, OfNoneThatTheRegistriesKeepFromTheInternetIsTheInternet) {
    for (const std::string text : {"64:ff9b:1::1",  // local translation, RFC 8215
                                   "2001:2::1",     // benchmarking, RFC 5180
                                   "3fff::1",       // documents, RFC 9637
                                   "5f00::1"}) {    // segment routing, RFC 9602
        EXPECT_NE(word_of(reach_of(IpAddress::parse(text).value())),
                  word_of(AddressReach::internet))
            << text;
    }
}

}  // namespace
}  // namespace freshet::engine
