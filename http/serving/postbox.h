// How other threads hand work to a worker's thread, also when that may be gone.
//
//     post, post, … (any thread)  ->  one wake-up  ->  each, in order (the worker's thread)
//
// The engine answers from its own thread and knows nothing of connections. It holds a postbox; when
// the worker has ended, what is posted is dropped. To wake a thread costs more than most of what is
// posted, so a group of answers wakes it once.
//
// The bell that wakes it is an eventfd on which the event loop waits, and is rung without a lock.
// Asio's own way holds the loop's lock meanwhile: on one core the thread that was woken runs at
// once, asks for that lock, and sleeps again until the other has let go of it.
//
// Invariants
//   - While something is there that was not taken yet, the bell has been rung for it.
//   - What one of them meets does not keep the others from being done, and is told of each.
//
// Threads: post: any; listen, close and the end: the worker's, or one that has joined it.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "storage/thread_safety.h"

namespace freshet::http {

class Postbox {
public:
    // Hears what the work throws, on the worker's thread, and throws nothing itself.
    using Report = std::function<void(const std::exception& fault)>;

    // Listens. Throws std::system_error if the system has no descriptor for it.
    Postbox(boost::asio::io_context& io, Report report);
    ~Postbox() { close(); }
    Postbox(const Postbox&) = delete;
    Postbox& operator=(const Postbox&) = delete;

    // Throws std::bad_alloc, and then has posted nothing.
    void post(std::function<void()> work);

    // Posts it, and for want of memory tries for some seconds: for what somebody waits for without
    // a deadline.
    void post_surely(const std::function<void()>& work);

    // Returns false if it cannot be posted, for want of memory: then it is lost.
    template <class Work>
    bool try_post(Work&& work) {
        try {
            post(std::forward<Work>(work));
            return true;
        } catch (const std::exception&) {
            return false;
        }
    }

    // Listens again, if it had to end for want of memory. To be called now and then.
    void listen();

    // After this call nothing is posted or done any more, and the event loop does not wait for it.
    void close();

private:
    using Bell =
        boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

    // The eventfd, which outlives its place in the event loop: others may just be ringing it.
    class Ringer {
    public:
        Ringer();
        ~Ringer();
        Ringer(const Ringer&) = delete;
        Ringer& operator=(const Ringer&) = delete;

        void ring() const;
        [[nodiscard]] int number() const { return number_; }

    private:
        const int number_;
    };

    void deliver();

    const Report report_;
    const Ringer ringer_;
    std::optional<Bell> bell_;  // on ringer_'s eventfd; none once closed
    std::uint64_t rung_ = 0;    // how often, since it was heard last
    bool listens_ = false;

    Mutex mutex_;
    bool is_closed_ FRESHET_GUARDED_BY(mutex_) = false;
    std::vector<std::function<void()>> posted_ FRESHET_GUARDED_BY(mutex_);  // and not taken yet
};

}  // namespace freshet::http
