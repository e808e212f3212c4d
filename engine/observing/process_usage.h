// What the process takes of the machine, as Linux tells it in /proc.
//
// Threads: any; nothing is kept.
#pragma once

#include <cstdint>
#include <optional>

namespace freshet::engine {

struct ProcessUsage {
    double start_s = 0;  // of Unix time
    double cpu_s = 0;    // of all its threads, in the system's calls too
    std::uint64_t threads = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_files = 0;
    std::uint64_t open_files_max = 0;  // that it may have
};

// Nothing where there is no /proc.
std::optional<ProcessUsage> process_usage();

}  // namespace freshet::engine
