#include "http/serving/postbox.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <new>
#include <thread>
#include <utility>

namespace freshet::http {

namespace {

constexpr int posts_max = 1'000;
constexpr std::chrono::milliseconds post_pause{10};

}  // namespace

void Postbox::post(std::function<void()> work) {
    const std::lock_guard posting(posting_);
    if (io_ != nullptr && put(std::move(work))) wake();
}

void Postbox::post_surely(const std::function<void()>& work) {
    for (int i = 1; i < posts_max; ++i) {
        try {
            return post(work);
        } catch (const std::bad_alloc&) {
            std::this_thread::sleep_for(post_pause);
        }
    }
    post(work);
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

void Postbox::deliver() {
    std::vector<std::function<void()>> taken;
    {
        const std::lock_guard lock(mutex_);
        taken.swap(posted_);
    }
    for (const auto& work : taken) {
        try {
            work();
        } catch (const std::exception& fault) {
            report_(fault);
        }
    }
}

void Postbox::close() {
    const std::lock_guard posting(posting_);
    io_ = nullptr;
}

}  // namespace freshet::http
