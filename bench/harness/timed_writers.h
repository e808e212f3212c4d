// Writers of single records, whose answers are what is timed, beside somebody who has to be served
// meanwhile.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "bench/harness/http_exchange.h"
#include "bench/harness/local_socket.h"
#include "bench/harness/open_load.h"

namespace freshet::bench {

class TimedWriters : public Watched {
public:
    // `beside` is called each time that answers are looked for, and must not wait. `hear_answer`
    // is called with each, if at all.
    TimedWriters(std::uint16_t port, std::function<void()> beside,
                 std::function<void(const HttpAnswer& answer)> hear_answer = {});

    [[nodiscard]] bool can_send() const override;
    void send(const std::string& record, std::uint64_t order) override;
    // Throws a Failure if an answer is no success.
    void receive(const std::function<void(std::uint64_t order)>& heard) override;

private:
    struct Writer {
        LocalSocket socket;
        bool is_busy = false;
        std::uint64_t order = 0;
    };

    std::function<void()> beside_;
    std::function<void(const HttpAnswer& answer)> hear_answer_;
    std::deque<Writer> writers_;
};

}  // namespace freshet::bench
