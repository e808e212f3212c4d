#include "http/serving/engine_wait.h"

#include <utility>

namespace freshet::http {

std::uint64_t EngineWait::begin() {
    is_answered_ = false;
    receipt_.reset();
    return ++number_;
}

bool EngineWait::answer(std::uint64_t number, Receipt receipt) {
    if (number != number_) return false;
    is_answered_ = true;
    receipt_ = std::move(receipt);
    timer_.cancel();
    return true;
}

Awaitable<void> EngineWait::wait(std::chrono::milliseconds timeout) {
    if (is_answered_) co_return;
    timer_.expires_after(timeout);
    co_await timer_.async_wait(as_value);
}

}  // namespace freshet::http
