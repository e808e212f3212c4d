// The networks that an address lies in, and how many connections each of them has.
//
//     2001:db8:5:601::7   its /64 and /56 and /48        198.51.100.7   itself and its /24
//
// Who is given a network has all of its addresses, and makes as many clients of them as it likes.
// So a network has a bound, too, the wider the larger: a home is given a /56 or /64, and a company
// a /48 or /24.
//
// Threads: any.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "engine/text/ip_address.h"
#include "http/limits/seats.h"

namespace freshet::http {

// All addresses that begin with the same bits.
struct Network {
    engine::IpAddress start;
    unsigned bits = engine::IpAddress::bits;  // as in IPv6

    [[nodiscard]] bool contains(const engine::IpAddress& address) const {
        return address.first(bits) == start;
    }
    // "address" or "network of 56 bits", as its members know it.
    [[nodiscard]] std::string kind() const;

    bool operator==(const Network&) const = default;
};

// Who is one site as far as that is known: an IPv4 address, or a network of 48 bits in IPv6.
engine::IpAddress site_of(const engine::IpAddress& address);

// How many connections a network has, and may have.
struct NetworkUse {
    Network network;
    std::size_t count = 0;
    std::size_t most = 0;
};

class NetworkSeats {
public:
    static constexpr std::size_t levels = 3;
    // A seat in each network that an address lies in.
    using Seat = std::array<Seats::Seat, levels>;

    // An address, or a network of 64 bits in IPv6, may have so many, and a wider network several
    // times as many; 0: as many as they like, and nothing is counted.
    explicit NetworkSeats(std::size_t most_of_an_address);

    // Fails with the network that has all it may have; then nothing is taken.
    tl::expected<Seat, NetworkUse> take(const engine::IpAddress& address);

    // The one that has most of what it may have; of several, the widest. Nothing if there is none.
    // It looks at all of them.
    [[nodiscard]] std::optional<NetworkUse> fullest() const;

private:
    std::array<Seats, levels> seats_;
};

}  // namespace freshet::http
