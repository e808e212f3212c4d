// The address that a client is counted by: its connection's, or the one that a proxy names.
//
//     connection, X-Forwarded-For: client, proxy, proxy  ->  the client's, or nobody's
//
// Whoever sends a request can write what it likes into X-Forwarded-For, but each proxy adds the
// address that it was called from behind that. So the list is read from its end, and as long as the
// address that said so is trusted.
//
// Invariants
//   - Nobody is believed but this machine itself and the configured proxies.
//   - An address that a client has made up is never believed.
//
// Threads: immutable; any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "engine/text/ip_address.h"
#include "http/messages/request.h"

namespace freshet::http {

class ClientAddresses {
public:
    explicit ClientAddresses(const engine::ServerSettings& settings);

    // Who sent a request that came over a connection from `peer`, as far as that is known: where a
    // proxy says something that is no address, the proxy.
    [[nodiscard]] engine::IpAddress sender(const engine::IpAddress& peer,
                                           const Request& request) const;

    // What a connection from `peer` is counted by; nothing if it is not: it is this machine's own,
    // or may bring the requests of many. An IPv6 client has a whole network of 64 bits to choose
    // its addresses from, so that is what it is counted by.
    [[nodiscard]] std::optional<engine::IpAddress> of_connection(
        const engine::IpAddress& peer) const;

    // Likewise of a request that came over it. Those of which a proxy says something that is no
    // address are counted together, by the proxy's.
    [[nodiscard]] std::optional<engine::IpAddress> of_request(const engine::IpAddress& peer,
                                                              const Request& request) const;

    // The prefix of the path by which the client reached us over a connection from `peer`: the
    // configured one, or else what a trusted proxy names in X-Forwarded-Prefix. Empty if there is
    // none, or what stands there is none.
    [[nodiscard]] std::string_view prefix(const engine::IpAddress& peer,
                                          const Request& request) const;

private:
    [[nodiscard]] bool is_trusted(const engine::IpAddress& address) const;
    // What the header says: whether anything, and the address if it is one.
    struct Forwarded {
        bool is_there = false;
        std::optional<engine::IpAddress> address;
    };
    [[nodiscard]] Forwarded forwarded_for(const Request& request) const;

    const bool behind_proxy_;
    const bool counts_loopback_;
    const std::string prefix_;
    const std::vector<engine::AddressBlock> trusted_;
};

}  // namespace freshet::http
