#include "bench/harness/timed_writers.h"

#include <utility>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

constexpr unsigned writers_count = 16;  // so that one slow answer keeps no other record waiting

}  // namespace

TimedWriters::TimedWriters(std::uint16_t port, std::function<void()> beside,
                           std::function<void(const HttpAnswer& answer)> hear_answer)
    : beside_(std::move(beside)), hear_answer_(std::move(hear_answer)) {
    for (unsigned i = 0; i < writers_count; ++i) writers_.push_back({LocalSocket(port)});
}

bool TimedWriters::can_send() const {
    for (const Writer& writer : writers_) {
        if (!writer.is_busy) return true;
    }
    return false;
}

void TimedWriters::send(const std::string& record, std::uint64_t order) {
    for (Writer& writer : writers_) {
        if (writer.is_busy) continue;
        writer.socket.send(post_request(record));
        writer.is_busy = true;
        writer.order = order;
        return;
    }
}

void TimedWriters::receive(const std::function<void(std::uint64_t order)>& heard) {
    for (Writer& writer : writers_) {
        if (!writer.is_busy) continue;
        const bool is_open = writer.socket.receive();
        const auto answer = take_answer(writer.socket);
        if (!answer && !is_open) throw Failure("the server closed a connection");
        if (!answer) continue;
        check_answer(*answer, "POST /records");
        if (hear_answer_) hear_answer_(*answer);
        writer.is_busy = false;
        heard(writer.order);
    }
    beside_();
}

}  // namespace freshet::bench
