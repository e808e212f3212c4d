#include "tests/bench/said_once.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace freshet::bench {
namespace {

struct Caller {
    int socket;
    std::size_t said = 0;
};

// False once the caller has gone.
bool talk(Caller& caller, const std::string& words, short ready) {
    std::array<char, 65'536> heard{};
    if ((ready & POLLIN) != 0 &&
        ::recv(caller.socket, heard.data(), heard.size(), MSG_DONTWAIT) == 0) {
        return false;
    }
    if ((ready & POLLOUT) != 0 && caller.said < words.size()) {
        const ssize_t sent = ::send(caller.socket, words.data() + caller.said,
                                    words.size() - caller.said, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) return false;
        caller.said += static_cast<std::size_t>(sent);
    }
    return (ready & (POLLERR | POLLHUP)) == 0;
}

}  // namespace

SaidOnce::SaidOnce(std::string words)
    : words_(std::move(words)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool listens = ::bind(listener_, any, size) == 0 && ::listen(listener_, 16) == 0 &&
                         ::getsockname(listener_, any, &size) == 0;
    if (listens) port_ = ntohs(address.sin_port);  // nobody connects to port 0
    thread_ = std::thread([this] { serve(); });
}

SaidOnce::~SaidOnce() {
    ::shutdown(listener_, SHUT_RDWR);  // which serve() hears
    thread_.join();
    ::close(listener_);
}

void SaidOnce::serve() {
    std::vector<Caller> callers;
    while (true) {
        std::vector<pollfd> waited{{.fd = listener_, .events = POLLIN, .revents = 0}};
        for (const Caller& caller : callers) {
            const bool has_more = caller.said < words_.size();
            waited.push_back({.fd = caller.socket,
                              .events = static_cast<short>(has_more ? POLLIN | POLLOUT : POLLIN),
                              .revents = 0});
        }
        ::poll(waited.data(), waited.size(), -1);
        for (std::size_t i = callers.size(); i > 0; --i) {
            if (talk(callers[i - 1], words_, waited[i].revents)) continue;
            ::close(callers[i - 1].socket);
            callers.erase(callers.begin() + static_cast<std::ptrdiff_t>(i) - 1);
        }
        if (waited.front().revents == 0) continue;
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) break;
        callers.push_back({.socket = socket});
    }
    for (const Caller& caller : callers) ::close(caller.socket);
}

}  // namespace freshet::bench
