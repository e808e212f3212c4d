#include "http/serving/lent_socket.h"

#include <sys/socket.h>

#include <exception>
#include <string_view>
#include <utility>

namespace freshet::http {

namespace {

// How many of the bytes the socket has taken. An error is met again by the next to write.
std::size_t send_now(int socket, std::string_view bytes) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

}  // namespace

bool LentSocket::answer(const Receipt& receipt) {
    if (!receipt || receipt->refusal || receipt->refused_command) return false;
    const MutexLock lock(mutex_);
    if (!is_lent_ || left_) return false;
    try {
        std::string bytes = make_answer_(receipt);
        bytes.erase(0, send_now(socket_, bytes));
        left_ = std::move(bytes);
        return left_->empty();
    } catch (const std::exception&) {
        return false;  // nothing was sent, and the connection answers
    }
}

bool LentSocket::is_answered() const {
    const MutexLock lock(mutex_);
    return left_ && left_->empty();
}

void LentSocket::end() {
    const MutexLock lock(mutex_);
    is_lent_ = false;
}

}  // namespace freshet::http
