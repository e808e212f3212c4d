#include "bench/harness/http_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr int patience_ms = 60'000;
constexpr std::size_t quoted_bytes_max = 500;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

// The value of Content-Length in a head; nothing if it is not there.
std::optional<std::size_t> length_in(std::string_view head) {
    constexpr std::string_view name = "\r\ncontent-length:";
    for (std::size_t at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2)) {
        if (!equal_ignoring_case(head.substr(at, name.size()), name)) continue;
        std::string_view value = head.substr(at + name.size());
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        std::size_t length = 0;
        std::from_chars(value.data(), value.data() + value.size(), length);
        return length;
    }
    return std::nullopt;
}

}  // namespace

HttpSocket::HttpSocket(std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail_by_system("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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

HttpSocket::~HttpSocket() {
    if (socket_ >= 0) ::close(socket_);
}

HttpSocket::HttpSocket(HttpSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

void HttpSocket::send(std::string_view bytes) {
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
        fail_by_system("the server closed; it said: " + received_.substr(0, quoted_bytes_max));
    }
}

bool HttpSocket::receive() {
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

std::optional<HttpAnswer> HttpSocket::take_answer() {
    const std::size_t end = received_.find("\r\n\r\n");
    if (end == std::string::npos) return std::nullopt;
    const std::string_view head(received_.data(), end + 2);
    const std::size_t code_at = std::min(head.find(' ') + 1, head.size());
    HttpAnswer answer;
    std::from_chars(head.data() + code_at, head.data() + head.size(), answer.status);
    const auto length = length_in(head);
    if (!length) throw Failure("an answer without a length: " + std::string(head));
    const std::size_t body_at = end + 4;
    if (received_.size() < body_at + *length) return std::nullopt;
    answer.body = received_.substr(body_at, *length);
    drop(body_at + *length);
    return answer;
}

HttpAnswer HttpSocket::await_answer() {
    while (true) {
        if (auto answer = take_answer()) return *std::move(answer);
        if (!await_bytes(patience_ms)) throw Failure("the server has said nothing for a minute");
        if (!receive() && received_.empty()) throw Failure("the server closed without an answer");
    }
}

bool HttpSocket::await_bytes(int milliseconds) const {
    check_stop();
    pollfd waited{.fd = socket_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waited, 1, milliseconds);
    check_stop();
    return ready > 0;
}

std::string get_request(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

HttpAnswer http_get(std::uint16_t port, const std::string& target) {
    HttpSocket socket(port);
    socket.send(get_request(target));
    return socket.await_answer();
}

void check_answer(const HttpAnswer& answer, const std::string& request) {
    if (answer.status == 200) return;
    throw Failure(request + " was answered " + std::to_string(answer.status) + ": " +
                  answer.body.substr(0, quoted_bytes_max));
}

}  // namespace freshet::bench
