#include "tests/systems/shell_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace freshet::systems {

namespace {

void must_not_fail(int result, const char* what) {
    if (result >= 0) return;
    std::perror(what);
    std::abort();
}

// In the child, where the parent's threads are gone: only calls that need none of their locks.
[[noreturn]] void become_shell(const char* text, int output, int errors) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execl("/bin/bash", "bash", "-c", text, static_cast<char*>(nullptr));
    _exit(127);
}

}  // namespace

ShellCommand::ShellCommand(const std::string& text) {
    std::array<int, 2> ends{};
    must_not_fail(pipe2(ends.data(), O_CLOEXEC), "pipe2");
    const int errors =
        open(folder_.file("errors").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    must_not_fail(errors, "open");

    group_ = fork();
    must_not_fail(group_, "fork");
    if (group_ == 0) become_shell(text.c_str(), ends[1], errors);
    setpgid(group_, group_);
    close(ends[1]);
    close(errors);
    pipe_ = ends[0];
}

ShellCommand::~ShellCommand() {
    ::kill(-group_, SIGKILL);
    while (waitpid(group_, nullptr, 0) < 0 && errno == EINTR) {
    }
    close(pipe_);
}

void ShellCommand::read(std::chrono::milliseconds longest) {
    pollfd wait{.fd = pipe_, .events = POLLIN, .revents = 0};
    if (ended_ || poll(&wait, 1, static_cast<int>(longest.count())) <= 0) return;
    std::array<char, 16'384> bytes{};
    const ssize_t count = ::read(pipe_, bytes.data(), bytes.size());
    if (count <= 0) {
        ended_ = true;
        return;
    }
    std::copy_if(bytes.begin(), bytes.begin() + count, std::back_inserter(output_),
                 [](char c) { return c != '\r'; });
}

std::string ShellCommand::errors() const {
    std::ifstream file(folder_.file("errors"), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace freshet::systems
