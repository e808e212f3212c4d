// An example as its README starts it, with Freshet on a port of its own, in a folder that looks
// like a built checkout. What each example has besides is in those that are made of this.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/support/server_process.h"
#include "tests/systems/session.h"

namespace freshet::systems {

class RunningExample {
public:
    RunningExample(const RunningExample&) = delete;
    RunningExample& operator=(const RunningExample&) = delete;

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

    [[nodiscard]] std::uint16_t freshet_port() const { return freshet_port_; }

protected:
    // What stands in the example's files, and what is to stand there: applied in their order.
    using Replacements = std::vector<std::pair<std::string, std::string>>;

    // Makes the folder, with these files of the tree, and starts nothing.
    RunningExample(const std::string& name, std::uint16_t freshet_port, Replacements replacements,
                   const std::vector<std::string>& files);
    ~RunningExample() = default;

    [[nodiscard]] std::string path(const std::string& file) const { return folder_.file(file); }
    // The line of the README that has this part, with more settings before it and more behind it.
    [[nodiscard]] std::vector<std::string> command_with(const std::string& part,
                                                        const std::string& settings,
                                                        const std::string& more) const;

private:
    [[nodiscard]] std::string replaced(std::string text) const;

    support::TempFolder folder_;
    const std::uint16_t freshet_port_;
    const Replacements replacements_;
    std::string readme_;
    std::vector<SessionCommand> set_up_;
    std::vector<SessionCommand> look_around_;
    support::ServerProcess freshet_;
};

}  // namespace freshet::systems
