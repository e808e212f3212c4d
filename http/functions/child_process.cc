#include "http/functions/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>
#include <utility>

namespace freshet::http {
namespace {

// A pipe whose ends no other child inherits.
class Pipe {
public:
    Pipe() { is_open_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
    ~Pipe() {
        for (const int end : ends_) {
            if (end >= 0) ::close(end);
        }
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] bool is_open() const { return is_open_; }
    [[nodiscard]] int reader() const { return ends_[0]; }
    [[nodiscard]] int writer() const { return ends_[1]; }

    // Our end, which does not block and is the caller's now.
    int take(int end) {
        int& taken = ends_[end == ends_[0] ? 0 : 1];
        ::fcntl(taken, F_SETFL, O_NONBLOCK);  // NOLINT(cppcoreguidelines-pro-type-vararg)
        return std::exchange(taken, -1);
    }

private:
    std::array<int, 2> ends_{-1, -1};
    bool is_open_ = false;
};

class SpawnActions {
public:
    SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;

    posix_spawn_file_actions_t* operator&() {
        return &actions_;
    }  // NOLINT(google-runtime-operator)

private:
    posix_spawn_file_actions_t actions_{};
};

class SpawnAttributes {
public:
    SpawnAttributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;

    posix_spawnattr_t* operator&() { return &attributes_; }  // NOLINT(google-runtime-operator)

private:
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        pointers.push_back(const_cast<char*>(text.c_str()));  // NOLINT(*-const-cast): as POSIX asks
    }
    pointers.push_back(nullptr);
    return pointers;
}

// Children that were killed and not waited for yet.
class Killed {
public:
    void add(pid_t pid) {
        const std::lock_guard lock(mutex_);
        pids_.push_back(pid);
    }
    void reap() {
        const std::lock_guard lock(mutex_);
        std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
    }

private:
    std::mutex mutex_;
    std::vector<pid_t> pids_;
};

Killed& killed() {
    static Killed all;
    return all;
}

}  // namespace

Result<StartedChild> start_child(const ChildProgram& program) {
    killed().reap();
    Pipe input;
    Pipe answers;
    Pipe output;
    if (!input.is_open() || !answers.is_open() || !output.is_open()) {
        return fail(Errc::refused,
                    std::string("no pipe for it: ") + std::generic_category().message(errno));
    }
    SpawnActions actions;
    ::posix_spawn_file_actions_addchdir_np(&actions, program.folder.c_str());
    ::posix_spawn_file_actions_adddup2(&actions, input.reader(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output.writer(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output.writer(), STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, answers.writer(), 3);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 4);
    SpawnAttributes attributes;
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, program.command.front().c_str(), &actions, &attributes,
                                     pointers_to(program.command).data(),
                                     pointers_to(program.environment).data());
    if (error != 0) {
        return fail(Errc::refused, "cannot start " + program.command.front() + ": " +
                                       std::generic_category().message(error));
    }
    return StartedChild{.pid = pid,
                        .input = input.take(input.writer()),
                        .answers = answers.take(answers.reader()),
                        .output = output.take(output.reader())};
}

void kill_child(pid_t pid) {
    ::kill(-pid, SIGKILL);
    killed().add(pid);
    killed().reap();
}

}  // namespace freshet::http
