#include "tests/systems/canned_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace freshet::systems {

namespace {

constexpr timeval patience{.tv_sec = 30, .tv_usec = 0};

void must_not_fail(int result, const char* what) {
    if (result >= 0) return;
    std::perror(what);
    std::abort();
}

// A socket of a port that the system chose.
int bound_socket(std::uint16_t& port) {
    const int bound = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must_not_fail(bound, "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    must_not_fail(bind(bound, reinterpret_cast<const sockaddr*>(&address), size), "bind");
    must_not_fail(getsockname(bound, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    port = ntohs(address.sin_port);
    return bound;
}

// In whatever case a client writes the names of headers.
void lower_head(std::string& request) {
    const std::size_t end = std::min(request.find("\r\n\r\n"), request.size());
    std::transform(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(end),
                   request.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
}

// Whether head and body are there in full; the body's length is in Content-Length.
bool is_whole(std::string_view request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    constexpr std::string_view name = "content-length: ";
    const std::size_t at = request.find(name);
    if (at == std::string_view::npos || at > end) return true;
    const std::string digits(request.substr(at + name.size(), 10));
    return request.size() - end - 4 >= std::strtoul(digits.c_str(), nullptr, 10);
}

bool can_be_bound(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must_not_fail(socket, "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    const bool is_free =
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(socket);
    return is_free;
}

}  // namespace

CannedServer::CannedServer(std::vector<std::string> answers)
    : answers_(std::move(answers)), listener_(bound_socket(port_)) {
    must_not_fail(listen(listener_, 16), "listen");
    thread_ = std::thread(&CannedServer::serve, this);
}

CannedServer::~CannedServer() {
    shutdown(listener_, SHUT_RDWR);  // wakes the thread from its wait for a connection
    thread_.join();
    for (const int connection : left_open_) close(connection);
    close(listener_);
}

std::vector<std::string> CannedServer::requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void CannedServer::serve() {
    for (const std::string& bytes : answers_) {
        const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        answer(connection, bytes);
    }
}

void CannedServer::answer(int connection, const std::string& bytes) {
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string request;
    std::array<char, 4'096> part{};
    while (!is_whole(request)) {
        const ssize_t count = recv(connection, part.data(), part.size(), 0);
        if (count <= 0) break;
        request.append(part.data(), static_cast<std::size_t>(count));
        lower_head(request);
    }
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
    }
    if (bytes.empty()) {
        left_open_.push_back(connection);
        return;
    }
    send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    close(connection);
}

std::uint16_t closed_port() {
    constexpr unsigned first = 20'000;
    constexpr unsigned pairs = 5'000;
    static std::atomic<unsigned> next = static_cast<unsigned>(::getpid());
    for (unsigned tries = 0; tries < pairs; ++tries) {
        const auto port = static_cast<std::uint16_t>(first + 2 * (next++ % pairs));
        const auto after = static_cast<std::uint16_t>(port + 1);
        if (can_be_bound(port) && can_be_bound(after)) return port;
    }
    throw std::runtime_error("no port is free");
}

std::string answer_bytes(int status, const std::string& header_lines, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) + " As Told\r\nConnection: close\r\n" +
           "Content-Length: " + std::to_string(body.size()) + "\r\n" + header_lines + "\r\n" + body;
}

}  // namespace freshet::systems
