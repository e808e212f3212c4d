#include "tests/readers/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace freshet::support {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("client: " + what + ": " + std::strerror(errno));
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

HttpAnswer parse_head(std::string_view head) {
    HttpAnswer answer;
    const std::string_view line = head.substr(0, head.find("\r\n"));
    answer.status = std::atoi(std::string(line.substr(line.find(' ') + 1)).c_str());
    head.remove_prefix(line.size() + 2);
    while (!head.empty()) {
        const std::string_view field = head.substr(0, head.find("\r\n"));
        head.remove_prefix(field.size() + 2);
        const std::size_t colon = field.find(": ");
        if (colon == std::string_view::npos) continue;
        answer.headers[lower(std::string(field.substr(0, colon)))] = field.substr(colon + 2);
    }
    return answer;
}

bool has_no_body(int status) {
    return status < 200 || status == 204 || status == 304;
}

// An address and a port, as sockets know them.
struct Place {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* address() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

Place place_of(const std::string& text, std::uint16_t port) {
    Place place;
    if (text.find(':') != std::string::npos) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        inet_pton(AF_INET6, text.c_str(), &address.sin6_addr);
        std::memcpy(&place.storage, &address, sizeof address);
        place.size = sizeof address;
        return place;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, text.c_str(), &address.sin_addr);
    std::memcpy(&place.storage, &address, sizeof address);
    place.size = sizeof address;
    return place;
}

}  // namespace

std::string HttpAnswer::header(const std::string& name) const {
    const auto found = headers.find(lower(name));
    return found == headers.end() ? std::string() : found->second;
}

HttpClient::HttpClient(std::uint16_t port, std::chrono::milliseconds deadline)
    : HttpClient(port, "127.0.0.1", deadline) {}

// It is whole before it has a socket, so that one that cannot be connected is closed.
HttpClient::HttpClient(std::uint16_t port, const std::string& source,
                       std::chrono::milliseconds deadline)
    : HttpClient() {
    const bool is_v6 = source.find(':') != std::string::npos;
    const Place from = place_of(source, 0);
    const Place to = place_of(is_v6 ? "::1" : "127.0.0.1", port);
    socket_ = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (socket_ < 0) fail("socket");
    timeval wait{};
    wait.tv_sec = deadline.count() / 1000;
    wait.tv_usec = (deadline.count() % 1000) * 1000;
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    const int any = 1;
    if (is_v6) setsockopt(socket_, IPPROTO_IPV6, IPV6_FREEBIND, &any, sizeof any);
    if (source != "127.0.0.1" && ::bind(socket_, from.address(), from.size) != 0) {
        fail("bind to " + source);
    }
    if (::connect(socket_, to.address(), to.size) != 0) fail("connect");
}

HttpClient::~HttpClient() {
    if (socket_ >= 0) close(socket_);
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

HttpAnswer HttpClient::request(std::string_view method, std::string_view target,
                               const HttpHeaders& headers, std::string_view body) {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    text += "Host: localhost\r\n";
    for (const std::string& header : headers) text += header + "\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    send(text);
    auto answer = read_answer(method == "HEAD");
    if (!answer) {
        errno = ECONNRESET;
        fail("no answer to " + std::string(method) + " " + std::string(target));
    }
    return *std::move(answer);
}

bool HttpClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
        if (count < 0) fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

std::optional<HttpAnswer> HttpClient::read_answer(bool head) {
    std::size_t end_of_head = 0;
    while ((end_of_head = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive()) return std::nullopt;
    }
    HttpAnswer answer = parse_head(std::string_view(received_).substr(0, end_of_head + 2));
    received_.erase(0, end_of_head + 4);
    if (head || has_no_body(answer.status)) return answer;

    const std::string length_text = answer.header("Content-Length");
    const std::size_t length = std::strtoull(length_text.c_str(), nullptr, 10);
    while (received_.size() < length && receive()) {
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
}

std::string HttpClient::read_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
}

// Returns false once the server has closed the connection.
bool HttpClient::receive() {
    char bytes[16'384];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count < 0 && errno == ECONNRESET) return false;
    if (count < 0) fail("recv");
    received_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
}

}  // namespace freshet::support
