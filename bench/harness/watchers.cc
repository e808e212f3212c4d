#include "bench/harness/watchers.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr std::string_view id_mark = "id: ";
constexpr int unread_buffer = 4'096;

std::string stream_request(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
}

// Of an id `5f3c.1041-1040-9ab…`, the position that the views are as of; 0 if it has none.
std::uint64_t views_of(std::string_view frame) {
    const std::size_t at = frame.find(id_mark);
    if (at == std::string_view::npos) return 0;
    const std::size_t dash = frame.find('-', at);
    if (dash == std::string_view::npos) return 0;
    std::uint64_t position = 0;
    std::from_chars(frame.data() + dash + 1, frame.data() + frame.size(), position);
    return position;
}

bool is_of(std::string_view frame, std::string_view event) {
    return frame.find(event) != std::string_view::npos;
}

}  // namespace

Watchers::Watchers(std::uint16_t port, std::size_t count,
                   const std::function<std::string(std::size_t number)>& target, std::size_t unread)
    : poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (poll_ < 0) throw Failure("no epoll");
    watchers_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_read = i >= unread;
        watchers_.push_back({.socket = LocalSocket(port, is_read ? 0 : unread_buffer)});
        Watcher& watcher = watchers_.back();
        watcher.socket.send(stream_request(target(i)));
        await_snapshot(watcher);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        if (is_read) ::epoll_ctl(poll_, EPOLL_CTL_ADD, watcher.socket.descriptor(), &event);
    }
    begin_count();
}

void Watchers::await_snapshot(Watcher& watcher) {
    while (!watcher.has_snapshot) {
        watcher.socket.await_more();
        take_frames(watcher);
    }
}

Watchers::~Watchers() {
    ::close(poll_);
}

void Watchers::note_acknowledged(std::uint64_t position) {
    if (acknowledged_.empty()) first_ = position;
    if (position < first_) return;  // one of its group was told before
    const std::size_t at = position - first_;
    if (at >= acknowledged_.size()) acknowledged_.resize(at + 1);
    acknowledged_[at] = now_ns();
}

void Watchers::begin_count() {
    frames_ = 0;
    bytes_ = 0;
    lateness_ = Histogram();
}

void Watchers::receive() {
    // Few at a time: the writers' answers are timed, and wait meanwhile.
    std::array<epoll_event, 16> events{};
    const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        Watcher& watcher = watchers_[events[static_cast<std::size_t>(i)].data.u64];
        if (!watcher.socket.receive()) throw Failure("the server ended a stream");
        take_frames(watcher);
    }
}

void Watchers::take_frames(Watcher& watcher) {
    while (true) {
        const std::string_view received = watcher.socket.received();
        const std::size_t end = received.find("\n\n");
        if (end == std::string_view::npos) return;
        take_frame(watcher, received.substr(0, end));
        bytes_ += end + 2;
        watcher.socket.drop(end + 2);
    }
}

void Watchers::take_frame(Watcher& watcher, std::string_view frame) {
    const bool is_snapshot = is_of(frame, "event: snapshot");
    if (is_snapshot) watcher.has_snapshot = true;
    if (!is_snapshot && !is_of(frame, "event: change")) return;
    ++frames_;
    const std::uint64_t position = views_of(frame);
    const std::uint64_t lacked = watcher.position + 1;
    watcher.position = std::max(watcher.position, position);
    // What was acknowledged before the first that was noted is not told here.
    if (acknowledged_.empty() || lacked < first_) return;
    const std::size_t at = lacked - first_;
    const bool is_known = at < acknowledged_.size() && acknowledged_[at] > 0;
    lateness_.add(is_known ? now_ns() - acknowledged_[at] : 0);
}

}  // namespace freshet::bench
