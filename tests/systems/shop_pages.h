// The example examples/shop as its README starts it: Freshet with the pages, and the sign-in
// service on the port after it.
//
// The commands are those of the README, and only the ports differ.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/server_process.h"
#include "tests/systems/running_example.h"

namespace freshet::systems {

class ShopPages : public RunningExample {
public:
    // Makes the folder and starts nothing.
    ShopPages();

    // Starts the sign-in service, whose tokens last so long; returns once it listens.
    void start_sign_in(int token_life_s);

    // Guests who make so many orders, and a cook, without a pause. They need the sign-in service.
    [[nodiscard]] support::ChildProcess guests(int orders) const;

    // A token of that role, which is nobody's unless there is a name.
    [[nodiscard]] std::string token(const std::string& role, const std::string& name = {}) const;

    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::uint16_t sign_in_port() const { return next_to(freshet_port()); }

private:
    explicit ShopPages(std::uint16_t port);
    static std::uint16_t next_to(std::uint16_t port) {
        return static_cast<std::uint16_t>(port + 1);
    }

    std::optional<support::ChildProcess> sign_in_;
};

}  // namespace freshet::systems
