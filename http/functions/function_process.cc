#include "http/functions/function_process.h"

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/write.hpp>

#include "http/functions/child_process.h"

namespace freshet::http {
namespace {

using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

constexpr std::size_t read_bytes = 16U << 10U;
constexpr std::size_t printed_line_bytes_max = 1'024;

std::vector<std::string> environment_of(const engine::Function& function) {
    std::vector<std::string> environment;
    const auto add = [&environment](const std::string& name) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program changes its environment
        const char* value = std::getenv(name.c_str());
        if (value != nullptr) environment.push_back(name + '=' + value);
    };
    add("PATH");
    for (const std::string& name : function.environment) add(name);
    environment.push_back("FRESHET_FUNCTION=" + function.name);
    return environment;
}

}  // namespace

// A process that runs, with our ends of its pipes. It is killed when this ends.
class FunctionProcess::Child : public std::enable_shared_from_this<Child> {
public:
    Child(asio::io_context& io, const StartedChild& started, const std::string& name,
          ServerLog& log)
        : pid_(started.pid),
          input_(io, started.input),
          answers_(io, started.answers),
          output_(io, started.output),
          prefix_("function " + name + ": "),
          log_(log) {
        answers_.non_blocking(true);  // else has_unasked() would wait
    }

    ~Child() { end(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void end() {
        if (pid_ < 0) return;
        kill_child(std::exchange(pid_, -1));
        ErrorCode ignored;
        input_.close(ignored);
        answers_.close(ignored);
        output_.close(ignored);
    }

    [[nodiscard]] bool has_ended() const { return pid_ < 0; }

    // Whether something was said on descriptor 3 that was not asked for.
    [[nodiscard]] bool has_unasked() {
        std::array<char, 1> byte{};
        ErrorCode error;
        if (!said_.empty()) return true;
        const std::size_t count = answers_.read_some(asio::buffer(byte), error);
        return count > 0 || (error && error != asio::error::would_block);
    }

    // Returns why it did not work; empty if it did.
    static Awaitable<std::string> write(std::shared_ptr<Child> self, std::string line) {
        const auto [error, count] =
            co_await asio::async_write(self->input_, asio::buffer(line), as_value);
        if (!error) co_return std::string();
        co_return std::string("it does not read its stdin: ") + error.message();
    }

    static Awaitable<std::string> read_line(std::shared_ptr<Child> self, std::string& line) {
        while (true) {
            const std::size_t end = self->said_.find('\n');
            if (end != std::string::npos) {
                line = self->said_.substr(0, end);
                self->said_.erase(0, end + 1);
                co_return std::string();
            }
            if (self->said_.size() > answer_bytes_max) {
                co_return std::string("its answer is longer than 6 MiB");
            }
            std::array<char, read_bytes> bytes;
            const auto [error, count] =
                co_await self->answers_.async_read_some(asio::buffer(bytes), as_value);
            if (error) co_return std::string("it ended without an answer");
            self->said_.append(bytes.data(), count);
        }
    }

    // Tells the log what it prints, line by line, as long as it runs. Without a pause, so that it
    // never waits for us: of too much, the log keeps a part.
    static Awaitable<void> tell_output(std::shared_ptr<Child> self) {
        std::string line;
        std::array<char, read_bytes> bytes;
        while (true) {
            const auto [error, count] =
                co_await self->output_.async_read_some(asio::buffer(bytes), as_value);
            if (error) break;
            for (const char byte : std::string_view(bytes.data(), count)) {
                if (byte != '\n') {
                    if (line.size() < printed_line_bytes_max) line += byte;
                    continue;
                }
                self->log_.info(self->prefix_, line);
                line.clear();
            }
        }
        if (!line.empty()) self->log_.info(self->prefix_, line);
    }

private:
    pid_t pid_;
    Descriptor input_;
    Descriptor answers_;
    Descriptor output_;
    std::string said_;  // on descriptor 3, and not taken yet
    const std::string prefix_;
    ServerLog& log_;
};

FunctionProcess::FunctionProcess(asio::io_context& io, const engine::Function& function,
                                 ServerLog& log)
    : io_(io), function_(function), log_(log), deadline_(io) {}

// NOLINTNEXTLINE(bugprone-exception-escape): what may throw is want of memory
FunctionProcess::~FunctionProcess() {
    end();
}

void FunctionProcess::end() {
    if (child_) child_->end();
    child_.reset();
}

void FunctionProcess::abort() {
    if (child_) child_->end();
}

void FunctionProcess::set_deadline() {
    is_late_ = false;
    deadline_.expires_after(function_.timeout);
    deadline_.async_wait([weak = weak_from_this()](const ErrorCode& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self) return;
        self->is_late_ = true;
        self->abort();
    });
}

Awaitable<std::string> FunctionProcess::exchange(std::string body, std::string& answer) {
    const std::shared_ptr<Child> child = child_;
    std::string error = co_await Child::write(child, std::move(body) + '\n');
    if (error.empty()) {
        error = co_await Child::read_line(child, answer);
    }
    co_return error;
}

Awaitable<CallOutcome> FunctionProcess::call(std::string /*head*/, std::string body) {
    const auto self = shared_from_this();
    CallOutcome outcome;
    if (child_ && (child_->has_ended() || child_->has_unasked())) end();
    if (!child_) {
        const auto started = start_child({.command = function_.command,
                                          .folder = function_.folder,
                                          .environment = environment_of(function_)});
        if (!started) {
            outcome.error = started.error().message;
            outcome.is_attempt = false;
            co_return outcome;
        }
        child_ = std::make_shared<Child>(io_, *started, function_.name, log_);
        asio::co_spawn(io_, Child::tell_output(child_), asio::detached);
    }
    set_deadline();
    std::string error = co_await exchange(std::move(body), outcome.body);
    deadline_.cancel();
    if (error.empty()) {
        outcome.status = 200;
        co_return outcome;
    }
    if (is_late_) {
        error = "no answer within " + std::to_string(function_.timeout.count()) + " s (timeout_s)";
    }
    outcome.error = std::move(error);
    end();
    co_return outcome;
}

}  // namespace freshet::http
