#include "bench/harness/writers.h"

#include <utility>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

constexpr unsigned connections = 16;  // so that one slow answer keeps no other record waiting

}  // namespace

Writers::Writers(std::uint16_t port, AnswerTaker take_answer,
                 const std::function<void(LocalSocket& socket)>& greet)
    : take_answer_(std::move(take_answer)) {
    for (unsigned i = 0; i < connections; ++i) {
        writers_.push_back({LocalSocket(port), false});
        if (greet) greet(writers_.back().socket);
    }
}

void Writers::send(std::string_view request) {
    Writer& writer = writers_[find_idle()];
    writer.socket.send(request);
    writer.is_busy = true;
}

void Writers::receive() {
    for (Writer& writer : writers_) {
        if (!writer.is_busy) continue;
        const bool is_open = writer.socket.receive();
        if (take_answer_(writer.socket)) {
            writer.is_busy = false;
        } else if (!is_open) {
            throw Failure("the server closed a connection");
        }
    }
}

void Writers::receive_all() {
    for (Writer& writer : writers_) {
        if (!writer.is_busy) continue;
        while (!take_answer_(writer.socket)) writer.socket.await_more();
        writer.is_busy = false;
    }
}

std::size_t Writers::find_idle() const {
    std::size_t at = 0;
    while (at < writers_.size() && writers_[at].is_busy) ++at;
    return at;
}

}  // namespace freshet::bench
