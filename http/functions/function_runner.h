// Feeds all functions: one thread with an event loop, on which each has its driver.
//
// Functions come after writers and readers: they have a thread of their own, read the log as any
// follower does, and wait for their endpoints without holding anything that others wait for.
//
// Threads: one makes it and stops it.
#pragma once

#include <chrono>
#include <memory>

#include "engine/engine.h"
#include "http/observing/server_log.h"
#include "storage/result.h"

namespace freshet::http {

class FunctionRunner {
public:
    // Reads what the engine's functions name. Borrows both, which outlive it.
    // Fails with refused  if a file or a variable cannot be read.
    static Result<std::unique_ptr<FunctionRunner>> load(engine::Engine& engine, ServerLog& log);

    ~FunctionRunner();  // without grace
    FunctionRunner(const FunctionRunner&) = delete;
    FunctionRunner& operator=(const FunctionRunner&) = delete;

    // Feeds them from now on, as soon as the log is folded; without any, there is no thread.
    void start();

    // Begins no more calls, lets those that are under way be answered within `grace`, notes where
    // each function is, and ends the thread: before the engine is stopped, which takes the notes.
    void stop(std::chrono::milliseconds grace = std::chrono::seconds(5));

private:
    class Parts;
    explicit FunctionRunner(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::http
