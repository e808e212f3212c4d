#include "http/internal/connection.h"

#include <spdlog/logger.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <utility>
#include <variant>

namespace freshet::http::internal {

namespace {

using std::chrono::seconds;
using State = RequestReader::State;

constexpr seconds head_max{10};
constexpr seconds body_max{30};
constexpr seconds write_max{10};        // without any progress
constexpr seconds stream_write_max{5};  // likewise, of a follower: it can come again where it was
constexpr seconds linger_max{10};

// What a client may still send after it has been refused, so that it comes to read the answer.
constexpr std::size_t linger_bytes_max = 64U << 20U;

// Answers to pipelined requests are written once they are this long, whatever else has come.
constexpr std::size_t output_bytes_max = 256U << 10U;
// What an idle connection may keep of the memory for its answers.
constexpr std::size_t output_bytes_kept = 16U << 10U;

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

Connection::Connection(Socket socket, std::shared_ptr<Postbox> postbox, RecordsWatch& watch,
                       const Service& service)
    : socket_(std::move(socket)),
      postbox_(std::move(postbox)),
      watch_(watch),
      service_(service),
      reader_(service.routes.body_bytes_max,
              service.routes.credentials.are_asked_for() ? HostRule::any : HostRule::loopback),
      engine_timer_(socket_.get_executor()) {
    ++service_.connections;
}

Connection::~Connection() {
    hold(0);
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
                c.put(std::move(*answer));
            } else if (auto* stream = std::get_if<StreamToFollow>(&outcome)) {
                co_await c.follow(std::move(*stream));
            } else {
                // Those who asked before need not wait for the engine.
                if (!c.write_now() && !co_await c.write_rest()) co_return;
                Answer answer_later = co_await c.finish(std::move(outcome));
                c.put(std::move(answer_later));
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
        c.deadline_ = TimePoint::max();
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
        judged_ = false;
        timed_state_.reset();
        route_ = Route::other;
    }
    input_.consume(reader_.take(input_.unread()));
    if (reader_.state() == State::body && !reader_.streams() && !judged_) {
        // Nobody's body is waited for who is refused in any case.
        judged_ = true;
        early_refusal_ = refuse_stranger(service_.routes, reader_.request(), wall_clock_now());
        if (early_refusal_) return true;
    }
    if (!reader_.streams()) allow_body();
    return reader_.state() == State::complete || reader_.state() == State::refused ||
           reader_.streams();
}

void Connection::allow_body() {
    if (continued_ || !reader_.wants_continue()) return;
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    continued_ = true;
}

Outcome Connection::outcome() {
    asked_at_ = now();
    refused_ = reader_.state() == State::refused;
    if (refused_) return reader_.refusal();
    route_ = route_of(reader_.request().target, service_.routes.engine.catalog());
    if (early_refusal_) {
        refused_ = true;
        return *std::exchange(early_refusal_, std::nullopt);
    }
    Outcome outcome = route(service_.routes, reader_.request(), wall_clock_now());
    // A body that is refused before it has come is not read.
    refused_ = reader_.state() != State::complete && std::holds_alternative<Answer>(outcome);
    return outcome;
}

void Connection::put(Answer answer) {
    const Request& request = reader_.request();
    service_.routes.origins.admit(answer, request);
    if (answer.status == 500) {
        service_.log->error("{} {}: {}", request.method, route_name(request.target), answer.body);
    }
    count(answer.status);
    closing_ = refused_ || stopping_ || !request.keep_alive;
    const bool head = !refused_ && request.method == "HEAD";
    append_answer(output_, answer,
                  {.head = head, .keep_alive = !closing_, .version = request.version});
}

void Connection::count(int status) {
    const Request& request = reader_.request();
    const std::chrono::duration<double> took = now() - asked_at_;
    service_.metrics.count_request(route_, request.method, status, took.count());
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
    if (stream_) service_.metrics.count_stream_bytes_sent(count);
    written_ += count;
    if (stream_) hold(output_.size() - written_);
    if (written_ < output_.size()) return false;
    written_ = 0;
    output_.clear();
    if (output_.capacity() > output_bytes_kept) output_.shrink_to_fit();
    return true;
}

// Waits until the client has taken the rest; returns false if it does not.
Awaitable<bool> Connection::write_rest() {
    while (!broken_) {
        timed_out_ = false;
        deadline_ = now() + (stream_ ? stream_write_max : write_max);
        const auto [error] = co_await socket_.async_wait(Socket::wait_write, as_value);
        deadline_ = TimePoint::max();
        if (error) co_return false;
        if (write_now()) co_return true;
    }
    co_return false;
}

std::chrono::milliseconds Connection::read_limit(State state) const {
    if (state == State::head) return head_max;
    return state == State::body ? body_max : service_.idle_max;
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
    asked_at_ = now();
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
    if (stream_) look_at_life();
    if (following_) beat();
    if (time < deadline_) return;
    timed_out_ = true;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Connection::begin_stop() {
    stopping_ = true;
    // The position may never be reached, and the reader may as well ask another server.
    if (awaiting_position_) engine_timer_.cancel();
    const bool idle = (reading_ && reader_.state() != State::body) || following_ || reading_lines_;
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
