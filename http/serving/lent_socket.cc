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

void LentSocket::answer(const Receipt& receipt) {
    if (!receipt || receipt->refusal) return;
    const MutexLock lock(mutex_);
    if (!is_lent_ || left_) return;
    try {
        std::string bytes = make_answer_(receipt);
        bytes.erase(0, send_now(socket_, bytes));
        left_ = std::move(bytes);
    } catch (const std::exception&) {
        return;  // nothing was sent, and the connection answers
    }
}

void LentSocket::end() {
    const MutexLock lock(mutex_);
    is_lent_ = false;
}

}  // namespace freshet::http
