#include "engine/folding/part_threads.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace freshet::engine {
namespace {

constexpr std::chrono::milliseconds told_every{100};

}  // namespace

Result<void> run_parts(std::size_t parts, std::size_t threads, const PartWork& work,
                       const std::function<Result<void>(std::uint64_t)>& tell) {
    PartsControl control;
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;  // guards what follows
    std::condition_variable changed;
    std::size_t running = 0;
    Result<void> result;

    const auto fail_with = [&](Error error) {
        if (result) result = fail(std::move(error));
        control.end();
    };
    const auto run = [&](std::size_t thread) {
        // Asked before a part is taken: others may wait for what becomes of one that is.
        while (control.advance(0)) {
            const std::size_t part = next++;
            if (part >= parts) break;
            auto done = work(part, thread, control);
            const std::lock_guard lock(mutex);
            if (!done) fail_with(done.error());
        }
        const std::lock_guard lock(mutex);
        --running;
        changed.notify_all();
    };

    std::vector<std::thread> workers;
    std::unique_lock lock(mutex);
    for (std::size_t i = 0; i < std::min(threads, parts); ++i) {
        try {
            workers.emplace_back(run, i);
            ++running;
        } catch (const std::system_error& error) {
            fail_with({Errc::io, std::string("a thread cannot be made: ") + error.what()});
            break;
        }
    }
    while (!changed.wait_for(lock, told_every, [&] { return running == 0; })) {
        lock.unlock();
        auto told = tell(control.done());
        lock.lock();
        if (!told) fail_with(told.error());
    }
    lock.unlock();
    for (std::thread& worker : workers) worker.join();
    return result;
}

}  // namespace freshet::engine
