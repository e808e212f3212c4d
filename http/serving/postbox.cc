#include "http/serving/postbox.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace freshet::http {

void Postbox::post(std::function<void()> work) {
    const std::lock_guard posting(posting_);
    if (io_ != nullptr && put(std::move(work))) wake();
}

// Returns whether it is the first.
bool Postbox::put(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    return posted_.size() == 1;
}

void Postbox::wake() {
    try {
        boost::asio::post(*io_, [self = shared_from_this()] { self->deliver(); });
    } catch (...) {
        const std::lock_guard lock(mutex_);
        posted_.pop_back();
        throw;
    }
}

// What one of them meets does not keep the others from being done.
void Postbox::deliver() {
    std::vector<std::function<void()>> taken;
    {
        const std::lock_guard lock(mutex_);
        taken.swap(posted_);
    }
    std::exception_ptr fault;
    for (const auto& work : taken) {
        try {
            work();
        } catch (...) {
            fault = std::current_exception();
        }
    }
    if (fault) std::rethrow_exception(fault);
}

void Postbox::close() {
    const std::lock_guard posting(posting_);
    io_ = nullptr;
}

}  // namespace freshet::http
