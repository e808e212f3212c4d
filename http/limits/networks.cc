#include "http/limits/networks.h"

#include <utility>

#include "http/limits/limit_key.h"

namespace freshet::http {

namespace {

using engine::IpAddress;

// In an IPv6 address, the bits of an IPv4 address are the last 32.
constexpr unsigned v4_start = IpAddress::bits - 32;

struct Level {
    unsigned v6_bits;
    unsigned v4_bits;   // 0: IPv4 has no such level
    std::size_t share;  // of what an address may have
};

constexpr std::array<Level, NetworkSeats::levels> widths{{
    {.v6_bits = 64, .v4_bits = v4_start + 32, .share = 1},
    {.v6_bits = 56, .v4_bits = 0, .share = 4},
    {.v6_bits = 48, .v4_bits = v4_start + 24, .share = 16},
}};

// The network of that level; nothing if there is none.
std::optional<Network> network_of(const IpAddress& address, const Level& level) {
    const unsigned bits = address.is_v4() ? level.v4_bits : level.v6_bits;
    if (bits == 0) return std::nullopt;
    return Network{.start = address.first(bits), .bits = bits};
}

}  // namespace

IpAddress site_of(const IpAddress& address) {
    return address.is_v4() ? address : address.first(widths.back().v6_bits);
}

std::string Network::kind() const {
    if (bits == IpAddress::bits || bits == widths[0].v6_bits) return "address";
    return "network of " + std::to_string(start.is_v4() ? bits - v4_start : bits) + " bits";
}

NetworkSeats::NetworkSeats(std::size_t most_of_an_address)
    : seats_{Seats(most_of_an_address * widths[0].share),
             Seats(most_of_an_address * widths[1].share),
             Seats(most_of_an_address * widths[2].share)} {}

tl::expected<NetworkSeats::Seat, NetworkUse> NetworkSeats::take(const IpAddress& address) {
    Seat seat;
    for (std::size_t i = 0; i < levels; ++i) {
        const auto network = network_of(address, widths[i]);
        if (!network) continue;
        auto taken = seats_[i].take(key_of(network->start));
        if (!taken) {
            const std::size_t most = seats_[i].most();
            return tl::unexpected(NetworkUse{.network = *network, .count = most, .most = most});
        }
        seat[i] = *std::move(taken);
    }
    return seat;
}

std::optional<NetworkUse> NetworkSeats::fullest() const {
    std::optional<NetworkUse> fullest;
    for (std::size_t i = 0; i < levels; ++i) {
        const auto use = seats_[i].fullest();
        if (!use) continue;
        const std::size_t most = seats_[i].most();
        // use / most >= fullest / its most, without a fraction
        if (fullest && use->count * fullest->most < fullest->count * most) continue;
        const IpAddress start(use->key);
        fullest =
            NetworkUse{.network = *network_of(start, widths[i]), .count = use->count, .most = most};
    }
    return fullest;
}

}  // namespace freshet::http
