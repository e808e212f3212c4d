#include "bench/harness/asked_number.h"

#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

constexpr double look_seconds = 0.1;  // between two questions

}  // namespace

AskedNumber::AskedNumber(std::uint16_t port, std::string target, Find find)
    : socket_(port), target_(std::move(target)), find_(std::move(find)) {}

void AskedNumber::look() {
    if (is_asked_) receive();
    if (is_asked_ || seconds_since(asked_at_) < look_seconds) return;
    socket_.send(get_request(target_));
    asked_at_ = now_ns();
    is_asked_ = true;
}

void AskedNumber::receive() {
    const bool is_open = socket_.receive();
    const auto answer = take_answer(socket_);
    if (!answer && !is_open) throw Failure("the server closed a connection");
    if (!answer) return;
    check_answer(*answer, "GET " + target_);
    number_ = find_(answer->body);
    is_asked_ = false;
}

}  // namespace freshet::bench
