#include "engine/text/address_reach.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace freshet::engine {
namespace {

using Known = std::pair<std::string_view, AddressReach>;

// The first that contains the address counts.
constexpr auto known_blocks = std::to_array<Known>({
    {"127.0.0.0/8", AddressReach::machine},
    {"::1", AddressReach::machine},
    {"169.254.0.0/16", AddressReach::link},
    {"fe80::/10", AddressReach::link},
    {"fd00:ec2::254", AddressReach::link},
    {"10.0.0.0/8", AddressReach::site},
    {"172.16.0.0/12", AddressReach::site},
    {"192.168.0.0/16", AddressReach::site},
    {"100.64.0.0/10", AddressReach::site},
    {"192.0.0.0/24", AddressReach::site},
    {"192.0.2.0/24", AddressReach::site},
    {"198.18.0.0/15", AddressReach::site},
    {"198.51.100.0/24", AddressReach::site},
    {"203.0.113.0/24", AddressReach::site},
    {"fc00::/7", AddressReach::site},
    {"fec0::/10", AddressReach::site},
    {"2001:db8::/32", AddressReach::site},
    {"3fff::/20", AddressReach::site},
    {"0.0.0.0/8", AddressReach::nobody},
    {"224.0.0.0/3", AddressReach::nobody},
    {"::", AddressReach::nobody},
    {"ff00::/8", AddressReach::nobody},
    {"100::/64", AddressReach::nobody},
    {"2001::/23", AddressReach::nobody},
});

struct Block {
    AddressBlock addresses;
    AddressReach reach;
};

const auto& blocks() {
    static const auto parsed = [] {
        std::array<std::optional<Block>, known_blocks.size()> all;
        std::transform(known_blocks.begin(), known_blocks.end(), all.begin(),
                       [](const Known& known) {
                           return Block{*AddressBlock::parse(known.first), known.second};
                       });
        return all;
    }();
    return parsed;
}

// The IPv4 address of which the bytes begin there.
IpAddress wrapped(const IpAddress& address, std::size_t begin) {
    IpAddress::Bytes bytes{};
    bytes[10] = bytes[11] = 0xff;
    std::copy_n(address.bytes().begin() + static_cast<std::ptrdiff_t>(begin), 4,
                bytes.begin() + 12);
    return IpAddress(bytes);
}

bool is_within(const IpAddress& address, std::string_view block) {
    return AddressBlock::parse(block)->contains(address);
}

}  // namespace

AddressReach reach_of(const IpAddress& address) {
    if (is_within(address, "64:ff9b::/96")) return reach_of(wrapped(address, 12));
    if (is_within(address, "2002::/16")) return reach_of(wrapped(address, 2));
    for (const auto& block : blocks()) {
        if (block->addresses.contains(address)) return block->reach;
    }
    // Of IPv6, only this much is given out so far.
    const bool is_given_out = address.is_v4() || is_within(address, "2000::/3");
    return is_given_out ? AddressReach::internet : AddressReach::nobody;
}

}  // namespace freshet::engine
