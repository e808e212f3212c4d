// Connections with at most one request open on each, for a load that waits for no single answer.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "bench/harness/load.h"
#include "bench/harness/local_socket.h"

namespace freshet::bench {

class Writers {
public:
    // `greet` is called with each connection first, if at all.
    explicit Writers(std::uint16_t port, AnswerTaker take_answer = take_success,
                     const std::function<void(LocalSocket& socket)>& greet = {});

    // Whether one has no request open.
    [[nodiscard]] bool can_send() const { return find_idle() < writers_.size(); }
    // Only then.
    void send(std::string_view request);

    // Takes the answers that are there, without waiting. Throws a Failure if one is no success.
    void receive();
    // Waits for all of them.
    void receive_all();

private:
    struct Writer {
        LocalSocket socket;
        bool is_busy;
    };

    [[nodiscard]] std::size_t find_idle() const;

    AnswerTaker take_answer_;
    std::deque<Writer> writers_;
};

}  // namespace freshet::bench
