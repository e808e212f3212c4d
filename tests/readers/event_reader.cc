#include "tests/readers/event_reader.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace freshet::support {

namespace {

// Reached only when something hangs. Longer than the time between two heartbeats.
constexpr int patience_s = 40;

[[noreturn]] void fail_with(const std::string& what) {
    throw std::runtime_error("subscriber: " + what + ": " + std::strerror(errno));
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

HttpAnswer parse_head(const std::string& head) {
    HttpAnswer answer;
    std::istringstream lines(head);
    std::string line;
    std::getline(lines, line);
    answer.status = std::atoi(line.substr(line.find(' ') + 1).c_str());
    while (std::getline(lines, line)) {
        if (line.ends_with('\r')) line.pop_back();
        const std::size_t colon = line.find(": ");
        if (colon == std::string::npos) continue;
        answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    }
    return answer;
}

}  // namespace

EventReader::EventReader(std::string target, HttpHeaders headers, Options options)
    : target_(std::move(target)), headers_(std::move(headers)), options_(std::move(options)) {}

// It is whole before it has a socket, so that one that cannot be connected is closed.
EventReader::EventReader(std::uint16_t port, std::string target, HttpHeaders headers,
                         Options options)
    : EventReader(std::move(target), std::move(headers), std::move(options)) {
    connect(port);
    send_request();
}

EventReader::~EventReader() {
    cut();
}

EventReader::EventReader(EventReader&& other) noexcept
    : target_(std::move(other.target_)),
      headers_(std::move(other.headers_)),
      options_(std::move(other.options_)),
      socket_(std::exchange(other.socket_, -1)),
      head_(std::move(other.head_)),
      has_head_(other.has_head_),
      answer_(std::move(other.answer_)),
      chunk_(other.chunk_),
      chunk_size_(std::move(other.chunk_size_)),
      chunk_left_(other.chunk_left_),
      last_chunk_(other.last_chunk_),
      bytes_(std::move(other.bytes_)),
      parser_(std::move(other.parser_)) {}

void EventReader::connect(std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail_with("socket");
    timeval wait{};
    wait.tv_sec = patience_s;
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (options_.receive_buffer > 0) {
        const int bytes = options_.receive_buffer;
        setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (!options_.source.empty()) {
        inet_pton(AF_INET, options_.source.c_str(), &address.sin_addr);
        const auto* from = reinterpret_cast<const sockaddr*>(&address);
        if (::bind(socket_, from, sizeof address) != 0) fail_with("bind");
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail_with("connect");
    }
}

void EventReader::send_request() {
    std::string text = "GET " + target_ + " HTTP/1.1\r\nHost: localhost\r\n";
    if (options_.asks_for_stream) text += "Accept: text/event-stream\r\n";
    for (const std::string& header : headers_) text += header + "\r\n";
    if (!last_event_id().empty()) text += "Last-Event-ID: " + last_event_id() + "\r\n";
    text += "\r\n";
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t count = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count < 0) fail_with("send");
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
}

void EventReader::cut() {
    if (socket_ >= 0) close(std::exchange(socket_, -1));
}

void EventReader::reconnect(std::uint16_t port) {
    cut();
    parser_.begin_again();
    head_.clear();
    has_head_ = false;
    chunk_ = Chunk::none;
    last_chunk_ = false;
    bytes_.clear();
    connect(port);
    send_request();
}

bool EventReader::receive(std::size_t bytes_max) {
    std::array<char, 65'536> buffer{};
    if (last_chunk_ || socket_ < 0) return false;
    ssize_t count = -1;
    do {
        count = recv(socket_, buffer.data(), std::min(bytes_max, buffer.size()), 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno != ECONNRESET) fail_with("nothing came, after " + bytes_.substr(0, 500));
    if (count <= 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    if (has_head_) {
        take_body(bytes);
        return true;
    }
    head_ += bytes;
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const std::string body = head_.substr(end + 4);
    answer_ = parse_head(head_.substr(0, end));
    has_head_ = true;
    chunk_ = answer_.header("Transfer-Encoding") == "chunked" ? Chunk::size : Chunk::none;
    take_body(body);
    return true;
}

void EventReader::take_body(std::string_view bytes) {
    if (chunk_ != Chunk::none) {
        take_chunked(bytes);
        return;
    }
    bytes_ += bytes;
    parser_.take(bytes);
}

void EventReader::take_chunked(std::string_view bytes) {
    while (!bytes.empty()) {
        if (chunk_ == Chunk::body) {
            const std::string_view part = bytes.substr(0, chunk_left_);
            bytes_ += part;
            parser_.take(part);
            chunk_left_ -= part.size();
            bytes.remove_prefix(part.size());
            if (chunk_left_ == 0) chunk_ = Chunk::end;
            continue;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        chunk_size_ += c;
        if (c != '\n') continue;
        const std::string line = std::exchange(chunk_size_, {});
        if (!line.ends_with("\r\n")) throw std::runtime_error("a chunk ends without CRLF");
        if (chunk_ == Chunk::end) {
            if (line != "\r\n") throw std::runtime_error("a chunk is longer than it says");
            chunk_ = Chunk::size;
            continue;
        }
        chunk_left_ = std::stoull(line, nullptr, 16);
        chunk_ = chunk_left_ == 0 ? Chunk::end : Chunk::body;
        if (chunk_left_ == 0) last_chunk_ = true;
    }
}

bool EventReader::read_head() {
    while (!has_head_) {
        if (!receive()) return false;
    }
    return true;
}

int EventReader::status() {
    return read_head() ? answer_.status : 0;
}

std::string EventReader::header(const std::string& name) {
    return read_head() ? answer_.header(name) : std::string();
}

std::optional<Frame> EventReader::next() {
    while (true) {
        if (auto frame = parser_.next()) return frame;
        if (!receive()) return std::nullopt;
    }
}

Frame EventReader::next_event() {
    while (auto frame = next()) {
        if (frame->fires && frame->event != "hello" && frame->event != "reset") return *frame;
    }
    throw std::runtime_error("the stream ended after " + bytes_.substr(0, 2'000));
}

std::vector<Frame> EventReader::next_events(std::size_t count) {
    std::vector<Frame> events;
    while (events.size() < count) events.push_back(next_event());
    return events;
}

Frame EventReader::await_bookmark() {
    while (auto frame = next()) {
        if (frame->is_bookmark()) return *frame;
    }
    throw std::runtime_error("no bookmark before the end of " + bytes_.substr(0, 2'000));
}

}  // namespace freshet::support
