#include "bench/harness/local_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr int patience_ms = 60'000;
constexpr std::size_t quoted_bytes_max = 500;
constexpr std::size_t dropped_bytes_max = 64U << 10U;  // that are kept, so that few are moved

}  // namespace

LocalSocket::LocalSocket(std::uint16_t port, int receive_buffer) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail_by_system("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (receive_buffer > 0) {
        setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the system wants it
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int code = errno;
        ::close(std::exchange(socket_, -1));
        errno = code;
        fail_by_system("connecting to 127.0.0.1:" + std::to_string(port));
    }
}

LocalSocket::~LocalSocket() {
    if (socket_ >= 0) ::close(socket_);
}

LocalSocket::LocalSocket(LocalSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      received_(std::move(other.received_)),
      dropped_(std::exchange(other.dropped_, 0)) {}

void LocalSocket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        check_stop();
        if (errno == EINTR) continue;
        const int code = errno;
        receive();
        errno = code;
        fail_by_system("the server closed; it said: " +
                       std::string(received().substr(0, quoted_bytes_max)));
    }
}

bool LocalSocket::receive() {
    std::array<char, 65'536> bytes{};
    while (true) {
        const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count > 0) {
            received_.append(bytes.data(), static_cast<std::size_t>(count));
            if (static_cast<std::size_t>(count) < bytes.size()) return true;
            continue;
        }
        if (count == 0) return false;
        if (errno == EINTR) continue;
        return errno == EAGAIN;
    }
}

void LocalSocket::await_more() {
    if (!await_bytes(patience_ms)) throw Failure("the server has said nothing for a minute");
    if (!receive() && received().empty()) throw Failure("the server closed without an answer");
}

void LocalSocket::drop(std::size_t bytes) {
    dropped_ += bytes;
    if (dropped_ < received_.size() && dropped_ < dropped_bytes_max) return;
    received_.erase(0, dropped_);
    dropped_ = 0;
}

bool LocalSocket::await_bytes(int milliseconds) const {
    check_stop();
    pollfd waited{.fd = socket_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waited, 1, milliseconds);
    check_stop();
    return ready > 0;
}

bool is_listening(std::uint16_t port) {
    try {
        const LocalSocket socket(port);
        return true;
    } catch (const Failure&) {
        return false;
    }
}

}  // namespace freshet::bench
