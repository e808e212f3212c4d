// A thread for what takes long: making sense of a body of megabytes, writing out an item of
// megabytes or a page of a thousand rows. Such work cannot be cut into slices, so it is taken off
// the threads that serve connections; those who wait for it are few, and all others are served
// meanwhile. Where there are fewer processors than threads, it comes after these, too: a thread
// that serves is woken for some microseconds of work, and would wait for some milliseconds of this.
//
//     a connection  ->  do_soon()  ->  its turn  ->  the work  ->  what it says goes to a Postbox
//
// Clients take turns: however many pieces one has handed in, each other's next piece comes after
// one of them.
//
// Invariants
//   - One piece is done at a time, so two cores serve connections with one and a half at least.
//   - A connection has one piece at a time, so there are no more than connections.
//
// Threads: any; the work is done on the thread within.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "http/limits/limit_key.h"

namespace freshet::http {

class LongWork {
public:
    using Work = std::function<void()>;

    LongWork() = default;
    // What has not begun is never done.
    ~LongWork() { stop(); }
    LongWork(const LongWork&) = delete;
    LongWork& operator=(const LongWork&) = delete;

    // Makes the thread. Otherwise the first piece does. Throws std::system_error.
    void start();

    // The work must not throw, and may outlive the connection that handed it in.
    void do_soon(const LimitKey& client, Work work);

    // Once this returns, nothing is done any more.
    void stop();

    // How many pieces wait.
    [[nodiscard]] std::size_t waiting() const;

private:
    void make_thread();
    void run();
    Work take_next();

    mutable std::mutex mutex_;  // guards what follows, but the thread
    std::condition_variable changed_;
    std::unordered_map<LimitKey, std::deque<Work>, LimitKeyHash> of_clients_;  // none is empty
    std::deque<LimitKey> turns_;                                               // of each of them
    bool stops_ = false;
    std::thread thread_;
};

}  // namespace freshet::http
