// The freshet program as a process of its own, driven from outside as those who run it would.
//
// Nothing is waited for by time: each wait is for something the process says or does, with a
// deadline that only a process that hangs will reach.
//
// Threads: one thread at a time may call; what the process prints is collected by threads within.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace freshet::support {

// How a process ended.
struct ProcessEnd {
    int exit_code = -1;  // -1: it was ended by a signal
    int signal = 0;
    std::string output;
    std::string errors;
};

// One process and what it prints. Killed when the object goes, or the test program does.
class ChildProcess {
public:
    // Ends the test program if the process cannot be started.
    explicit ChildProcess(const std::vector<std::string>& command);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void send(int signal) const;

    // The rest of the first line of standard error that holds `mark`, from behind the mark on.
    // Nothing if the process ends, or the deadline passes, without one.
    std::optional<std::string> await_error_line(std::string_view mark);

    // Waits for the end. A process that outlives the deadline is killed, which its end shows.
    ProcessEnd wait();

private:
    // What comes through one pipe.
    struct Stream {
        int pipe = -1;
        std::string text;
        bool ended = false;
        std::thread reader;
    };

    void collect(Stream& stream);
    void reap();

    pid_t pid_ = 0;
    std::optional<int> status_;  // once it has ended
    std::mutex mutex_;           // guards the text and `ended` of both streams
    std::condition_variable changed_;
    Stream output_;
    Stream errors_;
};

// Runs the program to its end.
ProcessEnd run_program(const std::vector<std::string>& command);

// `freshet serve`, which can be stopped, killed and started again.
class ServerProcess {
public:
    ServerProcess(std::string program, std::string config_path);

    // Has start() run the program by these words, which the command is added to.
    void start_through(std::vector<std::string> launcher) { launcher_ = std::move(launcher); }

    // Starts the server and returns once it listens; false if it ended instead, which wait() tells.
    bool start(const std::vector<std::string>& more_arguments = {});
    [[nodiscard]] bool running() const { return child_.has_value(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] pid_t pid() const { return child_->pid(); }

    // What ChildProcess::await_error_line() says of it.
    std::optional<std::string> await_error_line(std::string_view mark) {
        return child_->await_error_line(mark);
    }

    // SIGTERM, and the server's word that it has begun; wait() returns the end.
    void begin_to_stop();
    // kill -9.
    ProcessEnd kill();
    ProcessEnd wait();

private:
    std::string program_;
    std::string config_path_;
    std::vector<std::string> launcher_;
    std::optional<ChildProcess> child_;
    std::uint16_t port_ = 0;
};

}  // namespace freshet::support
