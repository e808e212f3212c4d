// A proxy of examples/proxies as a process of its own, in front of a server and an application.
//
// Its file is the one that people copy. What differs is said in proxy.cc: the ports, and that its
// clients talk to it in the clear.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/disks/temp_folder.h"
#include "tests/support/server_process.h"

namespace freshet::systems {

// Returns once somebody listens on that port of this machine; a failure of the test if that takes
// too long.
void await_listener(std::uint16_t port);

class Proxy {
public:
    // Returns once it listens. `kind` is `nginx`, `nginx-http2`, which speaks nothing else,
    // `haproxy` or `caddy`. On `application` there is what is not Freshet's.
    Proxy(const std::string& kind, std::uint16_t freshet, std::uint16_t application);

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    void start(const std::string& kind);

    support::TempFolder folder_;
    std::uint16_t port_;
    std::optional<support::ChildProcess> process_;
};

}  // namespace freshet::systems
