// How other threads hand work to a worker's thread, also when that may be gone.
//
// The engine answers from its own thread and knows nothing of connections. It holds a postbox; when
// the worker has ended, what is posted is dropped.
//
// Threads: any.
#pragma once

#include <functional>
#include <mutex>

#include <boost/asio/io_context.hpp>

namespace freshet::http {

class Postbox {
public:
    explicit Postbox(boost::asio::io_context& io) : io_(&io) {}

    void post(std::function<void()> work);

    // After this call nothing is posted any more.
    void close();

private:
    std::mutex mutex_;
    boost::asio::io_context* io_;  // guarded by mutex_; null once closed
};

}  // namespace freshet::http
