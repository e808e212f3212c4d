#include "http/serving/postbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <chrono>
#include <exception>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

namespace freshet::http {

namespace {

constexpr int posts_max = 1'000;
constexpr std::chrono::milliseconds post_pause{10};

int make_eventfd() {
    const int number = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (number < 0) throw std::system_error(errno, std::system_category(), "making an eventfd");
    return number;
}

}  // namespace

Postbox::Ringer::Ringer() : number_(make_eventfd()) {}

Postbox::Ringer::~Ringer() {
    ::close(number_);
}

// An eventfd takes all but 2^64 of these.
void Postbox::Ringer::ring() const {
    static_cast<void>(::eventfd_write(number_, 1));
}

Postbox::Postbox(boost::asio::io_context& io, Report report) : report_(std::move(report)) {
    bell_.emplace(io.get_executor(), ringer_.number());
    listen();
}

void Postbox::post(std::function<void()> work) {
    {
        const MutexLock lock(mutex_);
        if (is_closed_) return;
        posted_.push_back(std::move(work));
        if (posted_.size() > 1) return;
    }
    ringer_.ring();
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

void Postbox::listen() {
    if (listens_ || !bell_) return;
    try {
        bell_->async_read_some(boost::asio::buffer(&rung_, sizeof rung_),
                               [this](const boost::system::error_code& closed, std::size_t) {
                                   if (closed) return;  // and it may be gone
                                   listens_ = false;
                                   listen();
                                   deliver();
                               });
        listens_ = true;
    } catch (const std::bad_alloc&) {
        listens_ = false;
    }
}

void Postbox::deliver() {
    std::vector<std::function<void()>> taken;
    {
        const MutexLock lock(mutex_);
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
    {
        const MutexLock lock(mutex_);
        is_closed_ = true;
    }
    if (!bell_) return;
    bell_->release();  // and does not close it
    bell_.reset();
}

}  // namespace freshet::http
