// The part of a connection's story that waits for the log to grow: reads at a later position, and
// answers that are long in coming.
#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "http/serving/connection.h"

namespace freshet::http {

// Until the position can be read, but no longer than `timeout`. Returns why the request is refused
// by now, since its credential has ended meanwhile.
Awaitable<std::optional<Answer>> Connection::wait_for_position(storage::Position position,
                                                               std::chrono::milliseconds timeout) {
    auto reached = [postbox = postbox_, connection = weak_from_this(),
                    wait = engine_wait_.begin()] {
        postbox->try_post([connection, wait] {
            if (const auto self = connection.lock()) self->wake(wait, std::nullopt);
        });
    };
    const std::uint64_t ticket = service_.routes.engine.when_reached(position, std::move(reached));
    if (!stopping_) {
        co_await wait_for_engine(Waits::position, timeout);
    }
    service_.routes.engine.give_up(ticket);
    co_return refuse_ended(service_.routes, reader_.request(), exchange_.endpoint(),
                           wall_clock_now());
}

// What is to be done once the position is reached, or is not in time.
Awaitable<NextStep> Connection::await_position(PositionToAwait wanted) {
    // Earlier requests need not wait for it.
    if (!write_now() && !co_await write_rest()) co_return Answer(408);
    if (auto refusal = co_await wait_for_position(wanted.position, wanted.timeout)) {
        co_return *std::move(refusal);
    }
    busy_since_ = now();
    NextStep step = routed(wall_clock_now(), true, engine::Patience::little);
    if (std::holds_alternative<TakesLong>(step)) {
        step = co_await step_elsewhere(true);
    }
    co_return step;
}

// Where others need the place, or the server stops, the client is told at once that nothing has
// happened.
Awaitable<Answer> Connection::await_answer(AnswerToAwait awaited) {
    const TimePoint deadline = now() + awaited.timeout;
    storage::Position position = awaited.position;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
        bool is_over = left.count() <= 0 || stopping_ || is_evicted_ || peer_.is_brief;
        if (!is_over) {
            if (auto refusal = co_await wait_for_position(position, left)) {
                co_return *std::move(refusal);
            }
            is_over = now() >= deadline || stopping_ || is_evicted_;
        }
        if (!channel_.is_open()) co_return Answer(503);
        // How long its client has waited says nothing of how long it takes to answer.
        busy_since_ = now();
        exchange_.set_asked_at(busy_since_);
        auto asked = awaited.poll->ask(is_over);
        charge_turn(now());
        if (auto* answer = std::get_if<Answer>(&asked)) co_return std::move(*answer);
        position = std::get<storage::Position>(asked);
    }
}

}  // namespace freshet::http
