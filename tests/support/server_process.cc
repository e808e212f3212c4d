#include "tests/support/server_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

namespace freshet::support {

namespace {

// Long enough for the slowest machine and build: reached only when something hangs.
constexpr std::chrono::seconds patience{60};

void must_not_fail(int result, const char* what) {
    if (result >= 0) return;
    std::perror(what);
    std::abort();
}

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        must_not_fail(pipe2(ends.data(), O_CLOEXEC), "pipe2");
        read = ends[0];
        write = ends[1];
    }
    int read;
    int write;
};

// In the child, where the parent's threads are gone: only calls that need none of their locks.
[[noreturn]] void become(char* const* arguments, int output, int errors) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(arguments[0], arguments);
    _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const Pipe output;
    const Pipe errors;

    pid_ = fork();
    must_not_fail(pid_, "fork");
    if (pid_ == 0) become(arguments.data(), output.write, errors.write);
    close(output.write);
    close(errors.write);
    output_.pipe = output.read;
    errors_.pipe = errors.read;
    output_.reader = std::thread(&ChildProcess::collect, this, std::ref(output_));
    errors_.reader = std::thread(&ChildProcess::collect, this, std::ref(errors_));
}

ChildProcess::~ChildProcess() {
    if (!status_) {
        send(SIGKILL);
        reap();
    }
    for (Stream* stream : {&output_, &errors_}) {
        if (stream->reader.joinable()) stream->reader.join();
        close(stream->pipe);
    }
}

void ChildProcess::send(int signal) const {
    if (!status_) ::kill(pid_, signal);
}

void ChildProcess::collect(Stream& stream) {
    std::array<char, 4'096> bytes{};
    while (true) {
        const ssize_t count = ::read(stream.pipe, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        const std::lock_guard lock(mutex_);
        if (count > 0) {
            stream.text.append(bytes.data(), static_cast<std::size_t>(count));
        } else {
            stream.ended = true;
        }
        changed_.notify_all();
        if (count <= 0) return;
    }
}

std::optional<std::string> ChildProcess::await_error_line(std::string_view mark) {
    std::optional<std::string> found;
    const auto look = [&] {
        const std::size_t at = errors_.text.find(mark);
        const std::size_t begin = at == std::string::npos ? at : at + mark.size();
        const std::size_t end = errors_.text.find('\n', std::min(begin, errors_.text.size()));
        if (at != std::string::npos && end != std::string::npos) {
            found = errors_.text.substr(begin, end - begin);
        }
        return found || errors_.ended;
    };
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, look);
    return found;
}

ProcessEnd ChildProcess::wait() {
    {
        // The pipes end when the process does: the one wait that can have a deadline.
        std::unique_lock lock(mutex_);
        const auto ended = [this] { return output_.ended && errors_.ended; };
        if (!changed_.wait_for(lock, patience, ended)) send(SIGKILL);
    }
    if (!status_) reap();
    for (Stream* stream : {&output_, &errors_}) {
        if (stream->reader.joinable()) stream->reader.join();
    }
    ProcessEnd end;
    if (WIFEXITED(*status_)) end.exit_code = WEXITSTATUS(*status_);
    if (WIFSIGNALED(*status_)) end.signal = WTERMSIG(*status_);
    end.output = output_.text;
    end.errors = errors_.text;
    return end;
}

void ChildProcess::reap() {
    int status = 0;
    pid_t ended = -1;
    do {
        ended = waitpid(pid_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    must_not_fail(ended, "waitpid");
    status_ = status;
}

ProcessEnd run_program(const std::vector<std::string>& command) {
    return ChildProcess(command).wait();
}

ServerProcess::ServerProcess(std::string program, std::string config_path)
    : program_(std::move(program)), config_path_(std::move(config_path)) {}

bool ServerProcess::start(const std::vector<std::string>& more_arguments) {
    std::vector<std::string> command = launcher_;
    command.insert(command.end(), {program_, "serve", "--config", config_path_});
    command.insert(command.end(), more_arguments.begin(), more_arguments.end());
    child_.emplace(command);
    const auto address = child_->await_error_line("listening on http");
    if (!address) return false;
    const char* const end = address->data() + address->size();
    std::from_chars(address->data() + address->rfind(':') + 1, end, port_);
    return true;
}

void ServerProcess::begin_to_stop() {
    child_->send(SIGTERM);
    child_->await_error_line("stopping");
}

ProcessEnd ServerProcess::kill() {
    child_->send(SIGKILL);
    return wait();
}

ProcessEnd ServerProcess::wait() {
    ProcessEnd end = child_->wait();
    child_.reset();
    return end;
}

}  // namespace freshet::support
