// What the machine, and the control groups that the process is in, let it have.
//
// Linux tells it in files: /proc/self/cgroup names the groups, and each of them and those above has
// a folder under /sys/fs/cgroup (of the second version, or one for each controller of the first).
// What is least of them holds. A file that is not there, or cannot be read, says nothing.
//
// Threads: any; nothing is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace freshet::engine {

struct Machine {
    std::optional<std::uint64_t> memory_bytes;  // that all its processes together may have
    std::string memory_from;                    // who says so: "the machine", or a file
    // How many more threads there may be, in the groups; nothing if they do not say.
    std::optional<std::uint64_t> threads_left;
    std::string threads_from;  // the file that says so
    unsigned processors = 1;   // that it may keep busy; at least 1
};

// `root` is where proc and sys are; empty: of this machine.
Machine look_at_machine(const std::string& root = "");

}  // namespace freshet::engine
