// The example examples/storefront as its README starts it: Freshet, the back end and nginx.
//
// The commands are those of the README. What differs: the ports, that nginx listens on loopback
// only, and that it is one process, which ends with the test.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/server_process.h"
#include "tests/systems/running_example.h"

namespace freshet::systems {

class Storefront : public RunningExample {
public:
    // Makes the folder and starts nothing.
    Storefront();

    // Starts the back end, whose cookies last so long, and nginx; returns once they listen.
    void start_the_rest(int cookie_life_s);

    // Hands records over as the kitchen does, and expects that they are taken.
    void append(const std::string& body) const;

    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::uint16_t back_end_port() const { return ports_.back_end; }
    // A line of the back end's log that has this part; nothing if none comes in time.
    [[nodiscard]] std::optional<std::string> back_end_says(const std::string& part);

private:
    // On each of which nobody listens at first. Freshet is behind nginx, without TLS.
    struct Ports {
        std::uint16_t freshet;
        std::uint16_t back_end;
        std::uint16_t nginx;
    };
    explicit Storefront(const Ports& ports);

    const Ports ports_;
    std::optional<support::ChildProcess> back_end_;
    std::optional<support::ChildProcess> nginx_;
};

}  // namespace freshet::systems
