// How many connections the server has, and how many it may have.
//
//     0                               crowded    pressed     full
//     |  as many requests as they like  |  one request each  |  refused
//                                                  |  others lose their places
//
// Those that come to a crowded server are answered one request and closed, and begin no stream. So
// however many watch, a write, a read and a probe still find a place. Where even of these places
// half are taken, connections are closed (http/serving/eviction.h) until a quarter is.
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

    [[nodiscard]] bool is_crowded() const { return count_ >= most_ - band(); }
    [[nodiscard]] bool is_pressed() const { return count_ >= most_ - band() / 2; }
    // How many have to leave before the server is well again. Only where it is pressed.
    [[nodiscard]] std::size_t too_many() const {
        const std::size_t enough = most_ - band() + band() / 4;
        return std::max(count_.load(), enough + 1) - enough;
    }
    [[nodiscard]] bool is_full() const { return count_ >= most_; }

    // How many may just have come, and need some round trips before they say what they want.
    [[nodiscard]] std::size_t newest() const { return band() / 4; }

private:
    static constexpr std::size_t crowded_share = 8;
    static constexpr std::size_t crowded_max = 256;

    // How many places there are in a crowded server.
    [[nodiscard]] std::size_t band() const { return std::min(most_ / crowded_share, crowded_max); }

    const std::size_t most_;
    std::atomic<std::size_t> count_{0};
};

}  // namespace freshet::http
