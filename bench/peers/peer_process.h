// A peer's server: its process, the processes that it starts, and its folder, which goes with it.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/harness/child_process.h"
#include "bench/harness/plan.h"

namespace freshet::bench {

// Whether the shell would find such a program.
bool is_in_path(const std::string& program);

// Which release of a package npm has put into the plan's folder for packages; empty if none.
std::string package_version(const Plan& plan, const std::string& package);

// An empty folder, and a port of 127.0.0.1 that nobody had just now.
struct PeerFolder {
    std::string path;
    std::uint16_t port = 0;
    unsigned core = 0;
    std::optional<std::string> user;  // who owns it, and as whom the server runs
};

// `user` counts only if the harness is root.
PeerFolder make_peer_folder(const Plan& plan, const std::string& name,
                            std::optional<std::string> user);

// What a command of the peer's needs: its folder, core and user, and a file for what it prints.
ChildOptions options_in(const PeerFolder& folder, std::vector<std::string> command);

class PeerProcess {
public:
    // Returns once it listens. `end_signal` ends it in short order. Throws a Failure with what it
    // printed if it ends instead.
    PeerProcess(PeerFolder folder, std::vector<std::string> command, int end_signal);
    ~PeerProcess();
    PeerProcess(PeerProcess&&) = default;
    PeerProcess& operator=(PeerProcess&&) = delete;

    [[nodiscard]] std::uint16_t port() const { return folder_.port; }
    // Of the process and its children, also those that have ended.
    [[nodiscard]] double cpu_seconds() const;

private:
    PeerFolder folder_;
    int end_signal_;
    std::unique_ptr<ChildProcess> process_;  // null once it was moved from
};

}  // namespace freshet::bench
