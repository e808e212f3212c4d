// Many who watch the same live view, or one each: what each was sent, and how late. Some of them
// may read nothing beyond their snapshot.
//
// A change is late by the time since the oldest record that its watcher lacked was acknowledged.
// That is the most by which the watcher was behind before the frame came.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness/histogram.h"
#include "bench/harness/local_socket.h"

namespace freshet::bench {

class Watchers {
public:
    // Connects so many, each to the target of its number, and waits until all have their snapshot.
    // The first `unread` of them read nothing after it.
    Watchers(std::uint16_t port, std::size_t count,
             const std::function<std::string(std::size_t number)>& target, std::size_t unread = 0);
    ~Watchers();
    Watchers(const Watchers&) = delete;
    Watchers& operator=(const Watchers&) = delete;

    // A record of that position was acknowledged now. Positions rise by one.
    void note_acknowledged(std::uint64_t position);
    // Takes in what is there, without waiting. Throws a Failure if the server ends a stream.
    void receive();
    // What is counted begins now.
    void begin_count();

    [[nodiscard]] std::uint64_t frames() const { return frames_; }  // changes and snapshots
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] const Histogram& lateness() const { return lateness_; }

private:
    struct Watcher {
        LocalSocket socket;
        std::uint64_t position = 0;  // its view is as of this one
        bool has_snapshot = false;
    };

    void await_snapshot(Watcher& watcher);
    void take_frames(Watcher& watcher);
    void take_frame(Watcher& watcher, std::string_view frame);

    int poll_ = -1;
    std::vector<Watcher> watchers_;
    std::uint64_t first_ = 0;                  // the position of the first acknowledgement
    std::vector<std::uint64_t> acknowledged_;  // when, by position from there
    std::uint64_t frames_ = 0;
    std::uint64_t bytes_ = 0;
    Histogram lateness_;
};

}  // namespace freshet::bench
