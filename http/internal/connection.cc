#include "http/internal/connection.h"

#include <spdlog/logger.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <utility>
#include <variant>

#include "http/write_routes.h"

namespace freshet::http::internal {

namespace {

using std::chrono::seconds;
using State = RequestReader::State;

constexpr seconds idle_max{60};
constexpr seconds head_max{10};
constexpr seconds body_max{30};
constexpr seconds write_max{10};  // without any progress
constexpr seconds linger_max{10};
constexpr seconds append_max{60};

// What a client may still send after it has been refused, so that it comes to read the answer.
constexpr std::size_t linger_bytes_max = 64U << 20U;

// Answers to pipelined requests are written once they are this long, whatever else has come.
constexpr std::size_t output_bytes_max = 256U << 10U;
// What an idle connection may keep of the memory for its answers.
constexpr std::size_t output_bytes_kept = 16U << 10U;

TimePoint now() {
    return std::chrono::steady_clock::now();
}

seconds read_limit(State state) {
    if (state == State::head) return head_max;
    return state == State::body ? body_max : idle_max;
}

// The first two segments: the rest of a path names somebody's item.
std::string route_name(const Target& target) {
    std::string name;
    for (std::size_t i = 0; i < target.segments.size() && i < 2; ++i) {
        name += '/';
        append_percent_encoded(name, target.segments[i]);
    }
    return name.empty() ? "/" : name;
}

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<Postbox> postbox, const Service& service)
    : socket_(std::move(socket)),
      postbox_(std::move(postbox)),
      service_(service),
      reader_(service.body_bytes_max),
      engine_timer_(socket_.get_executor()) {
    ++service_.connections;
}

Connection::~Connection() {
    --service_.connections;
}

Awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
    Connection& c = *self;
    ErrorCode ignored;
    c.socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    c.socket_.non_blocking(true, ignored);

    while (true) {
        while (c.advance()) {
            Outcome outcome = c.outcome();
            if (auto* answer = std::get_if<Answer>(&outcome)) {
                c.put(*answer);
            } else {
                // Those who asked before need not wait for the engine.
                if (!c.write_now() && !co_await c.write_rest()) co_return;
                const Answer answer_later = co_await c.finish(std::move(outcome));
                c.put(answer_later);
            }
            if (c.output_.size() < output_bytes_max) continue;
            if (!c.write_now() && !co_await c.write_rest()) co_return;
        }
        if (!c.write_now() && !co_await c.write_rest()) co_return;
        if (c.closing_) break;

        c.prepare_read();
        if (c.closing_) break;
        const auto room = c.input_.room(c.reader_.state() == State::body);
        const auto [error, count] = co_await c.socket_.async_read_some(room, as_value);
        c.reading_ = false;
        if (error) {
            c.answer_late_request();
            break;
        }
        c.input_.received(count);
    }
    co_await c.linger();
}

// Takes in what has come, until there is something to answer; returns whether there is.
bool Connection::advance() {
    if (closing_) return false;
    if (reader_.state() == State::complete) {
        reader_.next();
        continued_ = false;
        timed_state_.reset();
    }
    input_.consume(reader_.take(input_.unread()));
    if (reader_.wants_continue() && !continued_) {
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
        continued_ = true;
    }
    return reader_.state() == State::complete || reader_.state() == State::refused;
}

Outcome Connection::outcome() {
    if (reader_.state() == State::complete) return route(service_.engine, reader_.request());
    refused_ = true;
    return reader_.refusal();
}

void Connection::put(const Answer& answer) {
    const Request& request = reader_.request();
    if (answer.status == 500) {
        service_.log->error("{} {}: {}", request.method, route_name(request.target), answer.body);
    }
    closing_ = refused_ || stopping_ || !request.keep_alive;
    const bool head = !refused_ && request.method == "HEAD";
    append_answer(output_, answer, {head, !closing_, request.version});
}

// Writes as much as the socket takes at once; returns whether that was all.
bool Connection::write_now() {
    if (output_.empty()) return true;
    ErrorCode error;
    const auto rest = asio::buffer(output_) + written_;
    const std::size_t count = socket_.write_some(rest, error);
    if (error && error != asio::error::would_block) {
        broken_ = true;
        return false;
    }
    written_ += count;
    if (written_ < output_.size()) return false;
    written_ = 0;
    output_.clear();
    if (output_.capacity() > output_bytes_kept) output_.shrink_to_fit();
    return true;
}

// Waits until the client has taken the rest; returns false if it does not.
Awaitable<bool> Connection::write_rest() {
    while (!broken_) {
        deadline_ = now() + write_max;
        const auto [error] = co_await socket_.async_wait(Socket::wait_write, as_value);
        deadline_ = TimePoint::max();
        if (error) co_return false;
        if (write_now()) co_return true;
    }
    co_return false;
}

Awaitable<Answer> Connection::finish(Outcome outcome) {
    if (auto* records = std::get_if<RecordsToAppend>(&outcome)) {
        co_return co_await append(std::move(*records));
    }
    co_return co_await await_position(std::get<PositionToAwait>(outcome));
}

Awaitable<Answer> Connection::append(RecordsToAppend records) {
    woken_ = false;
    receipt_.reset();
    const std::uint64_t turn = ++turn_;
    auto done = [postbox = postbox_, connection = weak_from_this(),
                 turn](Result<engine::Receipt> receipt) {
        postbox->post([connection, turn, receipt = std::move(receipt)] {
            if (const auto self = connection.lock()) self->wake(turn, receipt);
        });
    };
    const bool partial = records.batch.partial;
    service_.engine.append(std::move(records.batch), std::move(done));
    co_await wait_for_engine(append_max);
    if (!receipt_) {
        co_return problem(504,
                          "the records are not acknowledged yet; they may still be appended. Send "
                          "them again: what was appended is then a duplicate");
    }
    co_return receipt_answer(*receipt_, partial, records.minimal);
}

Awaitable<Answer> Connection::await_position(PositionToAwait wanted) {
    woken_ = false;
    const std::uint64_t turn = ++turn_;
    auto reached = [postbox = postbox_, connection = weak_from_this(), turn] {
        postbox->post([connection, turn] {
            if (const auto self = connection.lock()) self->wake(turn, std::nullopt);
        });
    };
    const std::uint64_t ticket = service_.engine.when_reached(wanted.position, std::move(reached));
    awaiting_position_ = true;
    if (!stopping_) co_await wait_for_engine(wanted.timeout);
    awaiting_position_ = false;
    service_.engine.give_up(ticket);
    Outcome outcome = route(service_.engine, reader_.request(), true);
    co_return std::move(std::get<Answer>(outcome));
}

// Waits for wake(), but not longer than the timeout.
Awaitable<void> Connection::wait_for_engine(std::chrono::milliseconds timeout) {
    if (woken_ || !socket_.is_open()) co_return;
    engine_timer_.expires_after(timeout);
    co_await engine_timer_.async_wait(as_value);
}

void Connection::wake(std::uint64_t turn, std::optional<Result<engine::Receipt>> receipt) {
    if (turn != turn_) return;
    woken_ = true;
    receipt_ = std::move(receipt);
    engine_timer_.cancel();
}

void Connection::prepare_read() {
    const State state = reader_.state();
    // Of a request whose head is not even whole, nothing has been promised.
    if (stopping_ && state != State::body) {
        closing_ = true;
        return;
    }
    // A deadline is set when a phase begins: who sends a byte at a time does not move it.
    if (state != timed_state_) {
        timed_state_ = state;
        read_deadline_ = now() + read_limit(state);
    }
    deadline_ = read_deadline_;
    timed_out_ = false;
    reading_ = true;
}

void Connection::answer_late_request() {
    const State state = reader_.state();
    if (!timed_out_ || (state != State::head && state != State::body)) return;
    refused_ = true;
    put(problem(408, "the request did not come in time"));
    write_now();
}

// Reads and drops what a refused client still sends. If the connection were closed with bytes
// unread, the client's system would throw the answer away.
Awaitable<void> Connection::linger() {
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    if (stopping_ || broken_ || (!refused_ && input_.unread().empty())) co_return;
    lingering_ = true;
    deadline_ = now() + linger_max;
    std::size_t dropped = 0;
    while (dropped < linger_bytes_max) {
        input_.consume(input_.unread().size());
        const auto [error, count] = co_await socket_.async_read_some(input_.room(true), as_value);
        if (error) co_return;
        input_.received(count);
        dropped += count;
    }
}

void Connection::tick(TimePoint time) {
    if (time < deadline_) return;
    timed_out_ = true;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Connection::begin_stop() {
    stopping_ = true;
    // The position may never be reached, and the reader may as well ask another server.
    if (awaiting_position_) engine_timer_.cancel();
    const bool idle = reading_ && reader_.state() != State::body;
    if (!idle && !lingering_) return;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Connection::abort() {
    ErrorCode ignored;
    socket_.close(ignored);
    engine_timer_.cancel();
}

}  // namespace freshet::http::internal
