// A document's session, run command by command; each prints what the document shows.
//
// Threads: one thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "tests/systems/checkout.h"
#include "tests/systems/session.h"
#include "tests/systems/shell_command.h"

namespace freshet::systems {

class SessionRun {
public:
    // The checkout's server is running, and outlives this.
    explicit SessionRun(Checkout& checkout) : checkout_(checkout) {}

    // Runs the commands in their order. What streams goes on until all others are done. What is
    // not as the document shows it is a failure of the test, one for each command.
    void run(const std::vector<SessionCommand>& commands);

private:
    struct Stream {
        SessionCommand command;
        std::unique_ptr<ShellCommand> running;
    };

    void run_to_end(const SessionCommand& command);
    void begin(const SessionCommand& command);
    void expect_beginning(Stream& stream);
    [[nodiscard]] bool as_shown(const SessionCommand& command, const ShellCommand& running,
                                Extent extent) const;
    void expect_as_shown(const SessionCommand& command, const ShellCommand& running,
                         Extent extent) const;

    Checkout& checkout_;
    std::vector<Stream> streams_;
};

}  // namespace freshet::systems
