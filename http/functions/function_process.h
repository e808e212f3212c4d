// A process that the server starts and feeds: a function without an endpoint.
//
//     stdin         one line for each call: the event, as JSON
//     descriptor 3  one line for each answer: what the handler returns, or
//                   {"errorType":…,"errorMessage":…} if it threw
//     stdout, stderr  the server's log, so many lines a second
//
// Answers have a descriptor of their own, so that nothing a handler prints is taken for one. The
// process starts with the first call. It has an environment of its own (PATH, and what the
// configuration names), no descriptor of the server's, and a process group, which is killed as a
// whole: when an answer is late, when what comes on descriptor 3 was not asked for, and in the end.
//
// Threads: that of its event loop.
#pragma once

#include <memory>
#include <string>

#include "engine/catalog/function.h"
#include "http/functions/function_channel.h"
#include "http/observing/server_log.h"

namespace freshet::http {

class FunctionProcess final : public FunctionChannel,
                              public std::enable_shared_from_this<FunctionProcess> {
public:
    // Borrows all of them.
    FunctionProcess(asio::io_context& io, const engine::Function& function, ServerLog& log);
    ~FunctionProcess() override;
    FunctionProcess(const FunctionProcess&) = delete;
    FunctionProcess& operator=(const FunctionProcess&) = delete;

    // A process that cannot be started has not got the call. The head says nothing to a process.
    Awaitable<CallOutcome> call(std::string head, std::string body) override;
    void abort() override;

private:
    class Child;

    Awaitable<std::string> exchange(std::string body, std::string& answer);
    void set_deadline();
    void end();

    asio::io_context& io_;
    const engine::Function& function_;
    ServerLog& log_;
    Timer deadline_;
    std::shared_ptr<Child> child_;  // null: to be started
    bool is_late_ = false;
};

}  // namespace freshet::http
