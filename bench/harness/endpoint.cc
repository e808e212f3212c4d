#include "bench/harness/endpoint.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr std::size_t buffer_bytes = 256U << 10U;
constexpr std::size_t head_part_bytes = 4U << 10U;  // so that little of a body is looked through
constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t listener_number = 0;

constexpr std::string_view taken =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"
    R"({"batchItemFailures":[]})";

std::uint16_t listen_on(int socket) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the system wants it
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket, any, size) != 0 || ::getsockname(socket, any, &size) != 0 ||
        ::listen(socket, SOMAXCONN) != 0) {
        fail_by_system("listening on 127.0.0.1 for functions");
    }
    return ntohs(address.sin_port);
}

}  // namespace

Endpoint::Endpoint(unsigned delay_ms) : delay_ms_(delay_ms), buffer_(buffer_bytes) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener_ < 0) fail_by_system("socket");
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) fail_by_system("epoll_create1");
    port_ = listen_on(listener_);
    watch(listener_, listener_number);
}

Endpoint::~Endpoint() {
    for (const auto& [number, connection] : connections_) close(connection.socket);
    close(epoll_);
    close(listener_);
}

void Endpoint::watch(int socket, std::uint64_t number) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) fail_by_system("epoll_ctl");
}

void Endpoint::serve(int wait_ms) {
    std::array<epoll_event, 64> events{};
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_until_due(wait_ms));
    check_stop();
    for (int i = 0; i < count; ++i) {
        const std::uint64_t number = events[static_cast<std::size_t>(i)].data.u64;
        if (number == listener_number) {
            accept_all();
        } else {
            receive(number);
        }
    }
    answer_due();
}

int Endpoint::wait_until_due(int wait_ms) const {
    if (due_.empty()) return wait_ms;
    const std::uint64_t now = now_ns();
    const std::uint64_t at = due_.front().at_ns;
    const std::uint64_t left_ms = at > now ? (at - now) / ns_per_ms + 1 : 0;
    return static_cast<int>(std::min(left_ms, static_cast<std::uint64_t>(wait_ms)));
}

void Endpoint::accept_all() {
    while (true) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0 && errno == EINTR) continue;
        if (socket < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
        if (socket < 0) fail_by_system("accepting a connection of a function");
        const int on = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::uint64_t number = ++last_connection_;
        connections_[number].socket = socket;
        watch(socket, number);
    }
}

void Endpoint::receive(std::uint64_t number) {
    Connection& connection = connections_.at(number);
    ssize_t count = 0;
    do {
        count = ::recv(connection.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (count <= 0) {
            connection.is_over = count == 0 || (errno != EAGAIN && errno != EINTR);
            break;
        }
        if (heard_.first_at_ns == 0) heard_.first_at_ns = now_ns();
        take(number, connection, {buffer_.data(), static_cast<std::size_t>(count)});
    } while (static_cast<std::size_t>(count) == buffer_.size());
    close_if_over(number);
}

void Endpoint::take(std::uint64_t number, Connection& connection, std::string_view bytes) {
    while (!bytes.empty()) {
        if (connection.is_in_body) {
            take_body(connection, bytes);
        } else {
            take_head(connection, bytes, longest_body_.size());
        }
        if (connection.is_in_body && connection.body_left == 0) end_call(number, connection);
    }
}

void Endpoint::take_head(Connection& connection, std::string_view& bytes,
                         std::size_t longest_body) {
    constexpr std::string_view end_mark = "\r\n\r\n";
    std::string& head = connection.head;
    const std::size_t before = head.size();
    head += bytes.substr(0, head_part_bytes);
    const std::size_t end = head.find(end_mark, before - std::min(before, end_mark.size() - 1));
    if (end == head.npos) return bytes.remove_prefix(head.size() - before);
    bytes.remove_prefix(end + end_mark.size() - before);
    head.resize(end + 2);
    connection.length = content_length_in(head).value_or(0);
    connection.body_left = connection.length;
    connection.is_in_body = true;
    connection.is_kept = connection.length > longest_body;
    head.clear();
}

void Endpoint::take_body(Connection& connection, std::string_view& bytes) {
    const std::string_view part = bytes.substr(0, connection.body_left);
    if (connection.is_kept) connection.body += part;
    connection.body_left -= part.size();
    bytes.remove_prefix(part.size());
}

void Endpoint::end_call(std::uint64_t number, Connection& connection) {
    ++heard_.calls;
    heard_.bytes += connection.length;
    heard_.last_at_ns = now_ns();
    connection.is_in_body = false;
    // Several may come at the same time that are each longer than any before.
    if (connection.body.size() > longest_body_.size()) longest_body_ = connection.body;
    connection.body.clear();
    if (delay_ms_ == 0) return answer(connection);
    due_.push_back({.at_ns = heard_.last_at_ns + delay_ms_ * ns_per_ms, .connection = number});
}

void Endpoint::answer(Connection& connection) {
    const ssize_t sent = ::send(connection.socket, taken.data(), taken.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(taken.size())) connection.is_over = true;
}

void Endpoint::answer_due() {
    while (!due_.empty() && due_.front().at_ns <= now_ns()) {
        const std::uint64_t number = due_.front().connection;
        due_.pop_front();
        const auto found = connections_.find(number);
        if (found == connections_.end()) continue;  // who called has gone
        answer(found->second);
        close_if_over(number);
    }
}

void Endpoint::close_if_over(std::uint64_t number) {
    const auto found = connections_.find(number);
    if (!found->second.is_over) return;
    close(found->second.socket);
    connections_.erase(found);
}

}  // namespace freshet::bench
