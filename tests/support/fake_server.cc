#include "tests/support/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace freshet::support {

namespace {

constexpr std::chrono::seconds patience{30};

void must_not_fail(int result, const char* what) {
    if (result >= 0) return;
    std::perror(what);
    std::abort();
}

std::size_t body_length(const std::string& head) {
    constexpr std::string_view name = "Content-Length: ";
    const std::size_t at = head.find(name);
    if (at == std::string::npos) return 0;
    return std::strtoull(head.c_str() + at + name.size(), nullptr, 10);
}

void send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) return;  // the client has left, as it may
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

FakeServer::FakeServer(std::vector<FakeReply> replies)
    : replies_(std::move(replies)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
    must_not_fail(listener_, "socket");
    must_not_fail(stop_, "eventfd");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    must_not_fail(bind(listener_, generic, size), "bind");
    must_not_fail(listen(listener_, 16), "listen");
    must_not_fail(getsockname(listener_, generic, &size), "getsockname");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread(&FakeServer::serve, this);
}

FakeServer::~FakeServer() {
    must_not_fail(eventfd_write(stop_, 1), "eventfd_write");
    thread_.join();
    close(listener_);
    close(stop_);
}

std::vector<FakeRequest> FakeServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void FakeServer::await_requests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    if (came_.wait_for(lock, patience, [&] { return requests_.size() >= count; })) return;
    std::fputs("too few requests came\n", stderr);
    std::abort();
}

// False once the server is to stop.
bool FakeServer::await_input(int socket) const {
    std::array<pollfd, 2> wanted{pollfd{.fd = socket, .events = POLLIN, .revents = 0},
                                 pollfd{.fd = stop_, .events = POLLIN, .revents = 0}};
    must_not_fail(poll(wanted.data(), wanted.size(), -1), "poll");
    return wanted[1].revents == 0;
}

// False once the client has closed the connection.
bool FakeServer::receive(int socket, std::string& received) const {
    std::array<char, 65'536> bytes{};
    if (!await_input(socket)) return false;
    const ssize_t count = recv(socket, bytes.data(), bytes.size(), 0);
    if (count > 0) received.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
}

void FakeServer::serve() {
    for (std::size_t number = 0; await_input(listener_); ++number) {
        const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        must_not_fail(socket, "accept4");
        serve_connection(socket, number);
        close(socket);
    }
}

void FakeServer::serve_connection(int socket, std::size_t number) {
    std::string received;
    while (true) {
        std::size_t end = 0;
        while ((end = received.find("\r\n\r\n")) == std::string::npos) {
            if (!receive(socket, received)) return;
        }
        FakeRequest request{.head = received.substr(0, end + 4), .connection = number};
        received.erase(0, end + 4);
        const std::size_t index = requests().size();
        const FakeReply reply =
            index < replies_.size() ? replies_[index] : FakeReply{.close = true};
        const std::size_t length = reply.early ? 0 : body_length(request.head);
        while (received.size() < length) {
            if (!receive(socket, received)) return;
        }
        request.body = received.substr(0, length);
        received.erase(0, length);
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
        }
        came_.notify_all();
        send_all(socket, reply.bytes);
        if (reply.close) return;
        if (!reply.early) continue;
        // Closing with bytes unread would take the reply back.
        shutdown(socket, SHUT_WR);
        while (receive(socket, received)) received.clear();
        return;
    }
}

std::string answer_text(int status, std::string_view body, std::string_view more_headers) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += more_headers;
    text += "\r\n";
    text += body;
    return text;
}

std::string stream_head() {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
           "Transfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(std::string_view text) {
    std::array<char, 20> length{};
    std::snprintf(length.data(), length.size(), "%zx\r\n", text.size());
    return length.data() + std::string(text) + "\r\n";
}

}  // namespace freshet::support
