// The example examples/storefront as its README starts it: Freshet, the back end and nginx, each on
// a port of its own, in a folder that looks like a built checkout.
//
// The commands are those of the README. What differs: the ports, that nginx listens on loopback
// only, and that it is one process, which ends with the test.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/server_process.h"
#include "tests/systems/session.h"

namespace freshet::systems {

class Storefront {
public:
    // Makes the folder and starts nothing.
    Storefront();

    // The commands of the README's session: those that set up, and those for when all is started.
    [[nodiscard]] const std::vector<SessionCommand>& set_up() const { return set_up_; }
    [[nodiscard]] const std::vector<SessionCommand>& look_around() const { return look_around_; }
    // Runs them one after the other; expects that each prints what the README shows.
    void run(const std::vector<SessionCommand>& commands) const;

    // Starts Freshet and returns once it takes writes. A failure of the test if it does not.
    void start_freshet();
    // kill -9.
    void kill_freshet();
    // Starts the back end, whose cookies last so long, and nginx; returns once they listen.
    void start_the_rest(int cookie_life_s);

    // Hands records over as the kitchen does, and expects that they are taken.
    void append(const std::string& body) const;

    [[nodiscard]] std::string url() const;
    // Behind nginx, without TLS.
    [[nodiscard]] std::uint16_t freshet_port() const { return freshet_port_; }
    [[nodiscard]] std::uint16_t back_end_port() const { return back_end_port_; }
    // A line of the back end's log that has this part; nothing if none comes in time.
    [[nodiscard]] std::optional<std::string> back_end_says(const std::string& part);

private:
    // What the README shows, for the ports of this storefront.
    [[nodiscard]] std::string with_ports(std::string text) const;
    // The line of the README that has this part, with more settings before it and more behind it.
    [[nodiscard]] std::vector<std::string> command_with(const std::string& part,
                                                        const std::string& settings,
                                                        const std::string& more) const;

    support::TempFolder folder_;
    std::uint16_t freshet_port_ = 0;
    std::uint16_t back_end_port_ = 0;
    std::uint16_t nginx_port_ = 0;
    std::string readme_;
    std::vector<SessionCommand> set_up_;
    std::vector<SessionCommand> look_around_;
    support::ServerProcess freshet_;
    std::optional<support::ChildProcess> back_end_;
    std::optional<support::ChildProcess> nginx_;
};

}  // namespace freshet::systems
