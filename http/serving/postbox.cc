#include "http/serving/postbox.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace freshet::http {

void Postbox::post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) boost::asio::post(*io_, std::move(work));
}

void Postbox::close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
}

}  // namespace freshet::http
