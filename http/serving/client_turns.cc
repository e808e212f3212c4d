#include "http/serving/client_turns.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace freshet::http {

using std::chrono::nanoseconds;

nanoseconds ClientTurns::left_of(const Debt& debt, TimePoint now) {
    return std::max(debt.time - (now - debt.since) / share, nanoseconds(0));
}

nanoseconds ClientTurns::debt_of(const LimitKey& client, TimePoint now) const {
    const auto debt = debts_.find(client);
    return debt == debts_.end() ? nanoseconds(0) : left_of(debt->second, now);
}

void ClientTurns::charge(const LimitKey& client, nanoseconds worked, TimePoint now) {
    if (worked < counted_from) return;
    Debt& debt = debts_[client];
    debt = {.time = std::min<nanoseconds>(left_of(debt, now) + worked, debt_max), .since = now};
}

bool ClientTurns::is_greedy(const LimitKey& client, TimePoint now) const {
    return debt_of(client, now) > ahead;
}

void ClientTurns::forget(TimePoint now) {
    std::erase_if(debts_, [now](const auto& of_client) {
        return left_of(of_client.second, now) == nanoseconds(0);
    });
}

Awaitable<void> ClientTurns::wait_for_turn(LimitKey client) {
    const auto place = waiting_.insert(waiting_.end(), {.client = client, .timer = Timer(io_)});
    const Leaver leaver{waiting_, place};
    place->timer.expires_after(patience);
    look_soon();
    co_await place->timer.async_wait(as_value);
    // The next one's turn is looked for when this one's request has been answered: look() comes
    // after it in the order of handlers.
    look_soon();
}

void ClientTurns::look_soon() {
    if (looks_ || waiting_.empty()) return;
    asio::post(io_, [this] {
        looks_ = false;
        look();
    });
    looks_ = true;
}

// Between two of these the loop has looked at all sockets. Where nobody else was served meanwhile,
// it is the turn of one who waits.
void ClientTurns::look() {
    if (waiting_.empty()) return;
    const bool is_quiet = served_ == served_before_;
    served_before_ = served_;
    if (!is_quiet) return look_soon();
    const TimePoint time = now();
    const auto next =
        std::min_element(waiting_.begin(), waiting_.end(), [&](const Waiting& a, const Waiting& b) {
            return debt_of(a.client, time) < debt_of(b.client, time);
        });
    next->timer.cancel();
}

}  // namespace freshet::http
