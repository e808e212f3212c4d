#include "bench/harness/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr unsigned patience_ms = 60'000;
constexpr int exit_no_program = 127;

double seconds_of(const rusage& usage) {
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

bool take_user(const std::string& user) {
    const passwd* const entry = getpwnam(user.c_str());  // NOLINT(concurrency-mt-unsafe)
    return entry != nullptr && setgroups(0, nullptr) == 0 && setgid(entry->pw_gid) == 0 &&
           setuid(entry->pw_uid) == 0;
}

[[noreturn]] void become(const ChildOptions& options, pid_t parent) {
    const int output = open(options.output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (const unsigned core : options.cores) CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    const bool is_there = options.folder.empty() || chdir(options.folder.c_str()) == 0;
    const bool is_ready = !options.user || geteuid() != 0 || take_user(*options.user);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the change of user, which clears it
    if (!is_there || !is_ready || getppid() != parent) _exit(exit_no_program);

    std::vector<char*> words;
    for (const std::string& word : options.command) {
        words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    execvp(words[0], words.data());
    dprintf(STDERR_FILENO, "%s: there is no such program\n", words[0]);
    _exit(exit_no_program);
}

}  // namespace

ChildProcess::ChildProcess(ChildOptions options) : options_(std::move(options)) {
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) fail_by_system("fork");
    if (pid_ == 0) become(options_, parent);
}

ChildProcess::~ChildProcess() {
    if (!reaped_) {
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

bool ChildProcess::running() {
    rusage usage{};
    if (!reaped_ && wait4(pid_, &status_, WNOHANG, &usage) == pid_) {
        reaped_ = true;
        cpu_seconds_ = seconds_of(usage);
    }
    return !reaped_;
}

std::optional<std::string> ChildProcess::printed_after(std::string_view mark) const {
    const std::string text = printed();
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t begin = at + mark.size();
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) return std::nullopt;
    return text.substr(begin, end - begin);
}

std::string ChildProcess::printed() const {
    std::ifstream in(options_.output_path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

double ChildProcess::end(int signal) {
    if (running()) ::kill(pid_, signal);
    const std::uint64_t begin = now_ns();
    while (running()) {
        usleep(1'000);
        if (seconds_since(begin) * 1e3 > patience_ms) ::kill(pid_, SIGKILL);
    }
    return cpu_seconds_;
}

void run_to_end(const ChildOptions& options) {
    ChildProcess child(options);
    while (child.running()) pause_ms(1);
    if (!child.succeeded()) {
        throw Failure(options.command.front() + " failed: " + child.printed());
    }
}

}  // namespace freshet::bench
