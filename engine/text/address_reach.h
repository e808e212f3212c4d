// How far an address reaches: what a server may be asked to talk to by somebody's configuration
// without a risk that they do not know of.
//
// Threads: pure.
#pragma once

#include <cstdint>

#include "engine/text/ip_address.h"

namespace freshet::engine {

enum class AddressReach : std::uint8_t {
    machine,   // loopback
    link,      // one network segment, where clouds hand out credentials: fd00:ec2::254 included
    site,      // private networks, and what is set aside for tests and documents
    internet,  // anybody's
    nobody     // no single machine's: unspecified, multicast, reserved
};

// By the registries of special addresses (RFC 6890 and its successors). An IPv4 address that is
// wrapped into one of IPv6 (mapped, NAT64, 6to4) reaches as far as itself.
AddressReach reach_of(const IpAddress& address);

}  // namespace freshet::engine
