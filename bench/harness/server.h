// `freshet serve` over a data folder of its own, with the tables of server_config.h, with
// `threads = 1`, and all its threads on the cores that it is given.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/harness/child_process.h"
#include "bench/harness/server_config.h"

namespace freshet::bench {

struct ServerOptions {
    std::string program;
    std::string folder;  // of this server alone; made if it is not there
    std::vector<unsigned> cores;
    std::vector<std::string> storage = {};  // more lines of [storage]
    std::vector<std::string> limits = {};   // lines of [limits]
    TableOptions table = {};
};

class Server {
public:
    // Writes the configuration; starts nothing.
    explicit Server(ServerOptions options);

    // Starts it and returns once /readyz says so. Returns the seconds from the start to that.
    // Throws a Failure with what the server printed if it does not come.
    double start();

    // Ends it in order. Returns the processor time of its life, in seconds, with that of what is
    // flushed at the end.
    double stop();
    // kill -9, if it runs.
    void kill();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    [[nodiscard]] double cpu_seconds() const;
    [[nodiscard]] std::string data_path(const std::string& part) const;  // "log", "state"
    [[nodiscard]] std::uint64_t bytes_on_disk(const std::string& part) const;

    // Returns once flushes and compactions are over: none runs, and the process has been idle for
    // a second. Throws a Failure if that takes ten minutes.
    void settle() const;

private:
    // Flushes and compactions of both databases that /metrics knows of.
    [[nodiscard]] std::uint64_t running_jobs() const;

    ServerOptions options_;
    std::optional<ChildProcess> process_;
    std::uint16_t port_ = 0;
    unsigned starts_ = 0;
};

}  // namespace freshet::bench
