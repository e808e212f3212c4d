// A program that is measured, as a process of its own on cores of its own.
//
// It ends with the object, and with the harness, however that ends. What it prints goes to a file.
//
// Threads: one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::bench {

struct ChildOptions {
    std::vector<std::string> command;  // the first is looked up in PATH
    std::vector<unsigned> cores;
    std::string output_path;               // of both its outputs
    std::string folder = {};               // in which it runs; empty: where the harness does
    std::optional<std::string> user = {};  // as whom it runs, if the harness is root
};

class ChildProcess {
public:
    // Throws a Failure if the system has no room for a process. A program that is not there ends
    // at once, which `running()` tells.
    explicit ChildProcess(ChildOptions options);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    bool running();

    // The rest of the first printed line that holds `mark`, from behind the mark on. Nothing if it
    // was not printed yet.
    [[nodiscard]] std::optional<std::string> printed_after(std::string_view mark) const;
    // All of it, for a Failure.
    [[nodiscard]] std::string printed() const;

    // Sends the signal and waits for the end; after a minute it is killed. Returns the processor
    // time, in seconds, that the process took as long as it lived.
    double end(int signal);
    // How it ended: 0 is a success. While it runs, nothing is known.
    [[nodiscard]] bool succeeded() const { return reaped_ && status_ == 0; }

private:
    ChildOptions options_;
    pid_t pid_ = 0;
    bool reaped_ = false;
    int status_ = -1;
    double cpu_seconds_ = 0;
};

// Runs a program to its end. Throws a Failure with what it printed if that was not a success.
void run_to_end(const ChildOptions& options);

}  // namespace freshet::bench
