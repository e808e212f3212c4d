// How many connections the server has, and how many it may have.
//
//     0                               crowded           full
//     |  as many requests as they like  |  one request each  |  refused
//
// Those that come to a crowded server are answered one request and closed, and begin no stream. So
// however many watch, a write, a read and a probe still find a place.
//
// Threads: any. Who asks is_full() and enters is one thread, or a few more may enter.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace freshet::http {

class ConnectionRoom {
public:
    explicit ConnectionRoom(std::size_t most) : most_(most) {}

    void enter() { ++count_; }
    void leave() { --count_; }

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::size_t most() const { return most_; }

    [[nodiscard]] bool is_crowded() const {
        return count_ >= most_ - std::min(most_ / crowded_share, crowded_max);
    }
    [[nodiscard]] bool is_full() const { return count_ >= most_; }

private:
    static constexpr std::size_t crowded_share = 8;
    static constexpr std::size_t crowded_max = 256;

    const std::size_t most_;
    std::atomic<std::size_t> count_{0};
};

}  // namespace freshet::http
