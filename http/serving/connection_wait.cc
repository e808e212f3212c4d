// The part of a connection's story that waits for the log to grow: reads at a later position, and
// answers that are long in coming.
#include <new>
#include <optional>
#include <utility>
#include <variant>

#include "http/credentials/credentials.h"
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

// Waits as a stream does, for whose place it also takes: so the sequencer's work does not grow with
// those who wait, and one whose client leaves ends. Where others need the place, the server stops,
// or the client asks for something else, it is told at once what there is.
Awaitable<Answer> Connection::await_answer(AnswerToAwait awaited) {
    const Request& request = reader_.request();
    Seats::Seat seat;
    if (const auto refusal = service_.limits.seat_stream(peer_, request, seat)) {
        co_return exchange_.limit_answer(service_, request, *refusal);
    }
    exchange_.release_body();
    const TimePoint deadline = now() + awaited.timeout;
    watch_.wake_at(deadline, weak_from_this());
    awaits_answer_ = true;
    Answer answer = co_await poll_until(std::move(awaited), deadline);
    awaits_answer_ = false;
    watch_.let_sleep(deadline, *this);
    co_return answer;
}

Awaitable<Answer> Connection::poll_until(AnswerToAwait awaited, TimePoint deadline) {
    const Request& request = reader_.request();
    storage::Position position = awaited.position;
    bool is_over = false;
    while (true) {
        if (is_there(position)) {
            // It is looked at step by step, and its client between the steps.
            is_over = is_over || channel_.has_input();
        } else if (!is_over && !co_await wait_for_growth(position, deadline)) {
            is_over = true;
        }
        if (!channel_.is_open()) co_return Answer(408);
        // How long its client has waited says nothing of how long it takes to answer.
        busy_since_ = now();
        exchange_.set_asked_at(busy_since_);
        const auto wall_time = wall_clock_now();
        if (!request.identity.end(wall_time).empty()) {
            co_return ended(request.identity, wall_time);
        }
        is_over = is_over || busy_since_ >= deadline || stopping_ || is_evicted_ || peer_.is_brief;
        auto asked = ask(*awaited.poll, is_over);
        charge_turn(now());
        if (auto* answer = std::get_if<Answer>(&asked)) co_return std::move(*answer);
        position = std::get<storage::Position>(asked);
        if (is_there(position)) {
            co_await let_others_go_first(now() - busy_since_);
        }
    }
}

// Whether that position can be read.
bool Connection::is_there(storage::Position position) const {
    const auto newest = service_.routes.engine.read_point();
    return newest && (*newest)->position() >= position;
}

std::variant<Answer, storage::Position> Connection::ask(LongPoll& poll, bool is_over) {
    try {
        return poll.ask(is_over);
    } catch (const std::bad_alloc&) {
        return problem_of({Errc::unavailable, "there is no memory for this request"});
    }
}

// Until the position can be read. Returns false if the wait is over before: its deadline, at which
// it is woken, has passed, or its client has left or asks for something else.
Awaitable<bool> Connection::wait_for_growth(storage::Position position, TimePoint deadline) {
    if (stopping_ || is_evicted_ || peer_.is_brief || now() >= deadline) co_return false;
    watch_.watch(storage::Position{position.value - 1});
    wait_.begin(Waits::records, deadline);
    const auto [error] = co_await channel_.wait_to_read();
    wait_.end();
    // Cancelled: the log has grown, or the time is over, or the server stops.
    const bool may_be_grown = error && now() < deadline;
    co_return may_be_grown;
}

}  // namespace freshet::http
