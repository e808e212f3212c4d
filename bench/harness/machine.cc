#include "bench/harness/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

volatile std::sig_atomic_t stop_heard = 0;

void hear_stop(int /*signal*/) {
    stop_heard = 1;
}

std::uint64_t nanoseconds_of(clockid_t clock) {
    timespec time{};
    if (clock_gettime(clock, &time) != 0) return 0;
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

// A line of /proc/PID/status, which has kilobytes.
std::uint64_t status_bytes(pid_t pid, std::string_view name) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string line;
    while (std::getline(status, line)) {
        if (!line.starts_with(name)) continue;
        std::istringstream words(line.substr(name.size()));
        std::uint64_t kilobytes = 0;
        words >> kilobytes;
        return kilobytes * 1'024;
    }
    return 0;
}

}  // namespace

std::uint64_t now_ns() {
    return nanoseconds_of(CLOCK_MONOTONIC);
}

std::string time_text() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

double own_cpu_seconds() {
    return static_cast<double>(nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID)) / ns_per_second;
}

double cpu_seconds_of(pid_t pid) {
    clockid_t clock{};
    if (clock_getcpuclockid(pid, &clock) != 0) return 0;
    return static_cast<double>(nanoseconds_of(clock)) / ns_per_second;
}

// From /proc/PID/stat, where the name, which may hold blanks, stands in parentheses.
double cpu_seconds_of_ended_children(pid_t pid) {
    constexpr int words_before = 13;  // from the state to the process's own time
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(stat, line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream words(line.substr(name_end + 1));
    std::string skipped;
    for (int i = 0; i < words_before; ++i) words >> skipped;
    std::uint64_t user_ticks = 0;
    std::uint64_t system_ticks = 0;
    words >> user_ticks >> system_ticks;
    const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    return static_cast<double>(user_ticks + system_ticks) / ticks_per_second;
}

std::uint64_t resident_bytes_of(pid_t pid) {
    return status_bytes(pid, "VmRSS:");
}

std::uint64_t resident_bytes_max_of(pid_t pid) {
    return status_bytes(pid, "VmHWM:");
}

std::string path_of_program(const std::string& program) {
    if (program.find('/') != std::string::npos) return program;
    const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
    std::istringstream folders(path == nullptr ? "" : path);
    std::string folder;
    while (std::getline(folders, folder, ':')) {
        std::string there = (std::filesystem::path(folder) / program).string();
        if (access(there.c_str(), X_OK) == 0) return there;
    }
    return "";
}

void check_core(const std::string& option, unsigned core) {
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) fail_by_system("sched_getaffinity");
    if (core < CPU_SETSIZE && CPU_ISSET(core, &cores)) return;
    std::string usable;
    for (unsigned i = 0; i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(i, &cores)) usable += (usable.empty() ? "" : ", ") + std::to_string(i);
    }
    throw Failure(option + " " + std::to_string(core) + ": this process may use the cores " +
                  usable + "; name one of them");
}

void pin_to(unsigned core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail_by_system("sched_setaffinity");
}

void hear_stops() {
    struct sigaction action {};
    action.sa_handler = hear_stop;  // without SA_RESTART: what waits is to hear of it
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void check_stop() {
    if (stop_heard != 0) throw Failure("stopped by a signal before all was measured");
}

void pause_ms(unsigned milliseconds) {
    check_stop();
    usleep(milliseconds * 1'000);
    check_stop();
}

ScratchFolder::ScratchFolder(const std::string& parent, bool keep) : keep_(keep) {
    std::error_code code;
    std::filesystem::create_directories(parent, code);
    path_ = std::filesystem::absolute(parent).string() + "/freshet-bench-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) {
        fail_by_system("--folder " + parent + ": name a folder that can be written to");
    }
}

ScratchFolder::~ScratchFolder() {
    if (keep_) {
        std::fprintf(stderr, "freshet-bench: kept %s\n", path_.c_str());
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void allow_connections(std::size_t count) {
    constexpr rlim_t others = 256;
    const rlim_t wanted = count + others;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) fail_by_system("getrlimit");
    if (limit.rlim_cur >= wanted) return;
    if (limit.rlim_max < wanted) {
        throw Failure("this program may open " + std::to_string(limit.rlim_max) +
                      " files and needs " + std::to_string(wanted) + ": raise its hard limit");
    }
    limit.rlim_cur = wanted;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) fail_by_system("setrlimit");
}

}  // namespace freshet::bench
