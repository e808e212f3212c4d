// The process that kill_crash.cc kills: eight writers over one data folder.
//
// A process of its own program text rather than a fork: RocksDB's threads would not survive one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/crash/workload.h"

namespace freshet::crash {

inline constexpr const char* writer_flag = "--killed-writer";

// Runs in the started process. `arguments` are those after the flag; writes each answer, once it
// is there, to the standard output. Returns only on failure, with the exit code.
int run_killed_writer(const std::vector<std::string>& arguments);

// A started process, and the answers that come from it.
class KilledWriter {
public:
    // Each item goes on after the sequence number that `newest` has for it.
    KilledWriter(const std::string& path, std::uint64_t seed,
                 const std::vector<std::uint64_t>& newest);
    ~KilledWriter();
    KilledWriter(const KilledWriter&) = delete;
    KilledWriter& operator=(const KilledWriter&) = delete;

    // Waits for that many answers, kills the process and returns all it has ever sent; fewer
    // than `count` if it ended by itself.
    std::vector<Answer> kill_after(std::size_t count);

private:
    pid_t process_ = -1;
    int answers_ = -1;  // the reading end
};

}  // namespace freshet::crash
