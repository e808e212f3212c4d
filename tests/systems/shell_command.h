// A command as it is typed into a shell, and what it prints, as it prints it.
//
// Threads: one thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "tests/disks/temp_folder.h"

namespace freshet::systems {

class ShellCommand {
public:
    // Starts it. Ends the test program if that cannot be done.
    explicit ShellCommand(const std::string& text);
    // Kills what is left of it, and of what it started.
    ~ShellCommand();
    ShellCommand(const ShellCommand&) = delete;
    ShellCommand& operator=(const ShellCommand&) = delete;

    // Takes in what it prints, and waits for more of it no longer than this.
    void read(std::chrono::milliseconds longest);

    [[nodiscard]] bool ended() const { return ended_; }
    // Without carriage returns.
    [[nodiscard]] const std::string& output() const { return output_; }
    [[nodiscard]] std::string errors() const;

private:
    support::TempFolder folder_;
    pid_t group_ = 0;
    int pipe_ = -1;
    bool ended_ = false;
    std::string output_;
};

}  // namespace freshet::systems
