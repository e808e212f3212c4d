// The example examples/shop as its README starts it: Freshet with the pages, and the sign-in
// service on the port after it, in a folder that looks like a built checkout.
//
// The commands are those of the README, and only the ports differ.
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

class ShopPages {
public:
    // Makes the folder and starts nothing.
    ShopPages();

    // The commands of the README's session: those that set up, and those for when all is started.
    [[nodiscard]] const std::vector<SessionCommand>& set_up() const { return set_up_; }
    [[nodiscard]] const std::vector<SessionCommand>& look_around() const { return look_around_; }
    // Runs them one after the other; expects that each prints what the README shows.
    void run(const std::vector<SessionCommand>& commands) const;

    // Starts Freshet and returns once it takes writes. A failure of the test if it does not.
    void start_freshet();
    // Ends it in order, and expects the exit code 0.
    void stop_freshet();
    // kill -9.
    void kill_freshet();
    // Starts the sign-in service, whose tokens last so long; returns once it listens.
    void start_sign_in(int token_life_s);

    // A token that may read everything.
    [[nodiscard]] std::string admin_token() const;

    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::uint16_t freshet_port() const { return freshet_port_; }
    [[nodiscard]] std::uint16_t sign_in_port() const { return sign_in_port_; }

private:
    // What the README shows, for the ports of this shop.
    [[nodiscard]] std::string with_ports(std::string text) const;

    support::TempFolder folder_;
    std::uint16_t freshet_port_;
    std::uint16_t sign_in_port_;
    std::string readme_;
    std::vector<SessionCommand> set_up_;
    std::vector<SessionCommand> look_around_;
    support::ServerProcess freshet_;
    std::optional<support::ChildProcess> sign_in_;
};

}  // namespace freshet::systems
