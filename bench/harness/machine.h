// What the harness asks of the machine: clocks, processors, memory, room, an end.
//
// Threads: one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace freshet::bench {

// Nanoseconds of a clock that only rises.
std::uint64_t now_ns();

// The time of day, as "2026-11-29T16:33:00Z".
std::string time_text();

inline constexpr double ns_per_second = 1e9;

inline double seconds_since(std::uint64_t begin_ns) {
    return static_cast<double>(now_ns() - begin_ns) / ns_per_second;
}

// The processor time of this process, in seconds.
double own_cpu_seconds();

// That of another, with its threads that have ended; 0 once it is gone.
double cpu_seconds_of(pid_t pid);

// That of all its children that have ended, and of theirs; 0 once it is gone. In steps of 10 ms.
double cpu_seconds_of_ended_children(pid_t pid);

// What it has in memory now, and what it had at most, in bytes; 0 if that is not known.
std::uint64_t resident_bytes_of(pid_t pid);
std::uint64_t resident_bytes_max_of(pid_t pid);

// What the shell would run by that name, which may be a path already; empty if there is none.
std::string path_of_program(const std::string& program);

// Throws a Failure that names the cores there are, if this is not one of them.
void check_core(const std::string& option, unsigned core);

// Keeps the calling process, and those it starts, on that core.
void pin_to(unsigned core);

// From now on, SIGINT, SIGTERM and SIGHUP make check_stop() throw.
void hear_stops();
void check_stop();

// Waits so long, or until a stop is heard, which throws.
void pause_ms(unsigned milliseconds);

// A new folder for a run, removed at the end with all that is in it unless it is to be kept.
class ScratchFolder {
public:
    // Throws a Failure if there can be none in `parent`.
    ScratchFolder(const std::string& parent, bool keep);
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
    bool keep_;
};

// Raises what this process may have open, for so many connections. Throws a Failure if it may not.
void allow_connections(std::size_t count);

}  // namespace freshet::bench
