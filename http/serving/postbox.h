// How other threads hand work to a worker's thread, also when that may be gone.
//
//     post, post, … (any thread)  ->  one wake-up  ->  each, in order (the worker's thread)
//
// The engine answers from its own thread and knows nothing of connections. It holds a postbox; when
// the worker has ended, what is posted is dropped. To wake a thread costs more than most of what is
// posted, so a group of answers wakes it once.
//
// Invariants
//   - While something is there that was not taken yet, the thread has been woken for it.
//   - What one of them meets does not keep the others from being done, and is told of each.
//
// Threads: any.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace freshet::http {

class Postbox : public std::enable_shared_from_this<Postbox> {
public:
    // Hears what the work throws, on the worker's thread, and throws nothing itself.
    using Report = std::function<void(const std::exception& fault)>;

    Postbox(boost::asio::io_context& io, Report report) : io_(&io), report_(std::move(report)) {}

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

    // After this call nothing is posted any more.
    void close();

private:
    bool put(std::function<void()> work);
    void wake();
    void deliver();

    // Held while the thread is woken, and so not the one that this thread asks for first.
    std::mutex posting_;
    boost::asio::io_context* io_;  // guarded by posting_; null once closed
    const Report report_;

    std::mutex mutex_;                           // after posting_ if both are held
    std::vector<std::function<void()>> posted_;  // and not taken yet; guarded by mutex_
};

}  // namespace freshet::http
