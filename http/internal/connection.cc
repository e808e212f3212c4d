#include "http/internal/connection.h"

#include <spdlog/logger.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <random>
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
constexpr seconds write_max{10};        // without any progress
constexpr seconds stream_write_max{5};  // likewise, of a follower: it can come again where it was
constexpr seconds linger_max{10};
constexpr seconds append_max{60};

constexpr seconds heartbeat_interval{15};
constexpr seconds heartbeat_jitter{3};  // so that not all clients are due at once

// What one follower may have waiting in memory; a single record may be longer.
constexpr std::size_t stream_bytes_max = 64U << 10U;

// A follower has nothing to say after its request.
constexpr std::size_t follower_bytes_max = 4U << 10U;

// The least that a client is to send of a body of lines, which may be of any length.
constexpr std::size_t lines_bytes_per_second = 1U << 10U;

constexpr const char* not_acknowledged =
    "the records are not acknowledged yet; they may still be appended. Send them again: what was "
    "appended is then a duplicate";
constexpr const char* lines_too_slow =
    "the lines came too slowly, at less than 1 KiB a second. Send them again: what was appended is "
    "then a duplicate";

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

std::chrono::milliseconds jitter(std::chrono::milliseconds most) {
    thread_local std::minstd_rand dice{std::random_device{}()};
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, most.count())(dice));
}

// Spreads those who connect again over a few seconds.
unsigned farewell_retry() {
    using std::chrono::milliseconds;
    return static_cast<unsigned>((milliseconds(3'000) + jitter(milliseconds(5'000))).count());
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

Connection::Connection(Socket socket, std::shared_ptr<Postbox> postbox, RecordsWatch& watch,
                       const Service& service)
    : socket_(std::move(socket)),
      postbox_(std::move(postbox)),
      watch_(watch),
      service_(service),
      reader_(service.routes.body_bytes_max),
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
            } else if (auto* stream = std::get_if<StreamToFollow>(&outcome)) {
                co_await c.follow(std::move(*stream));
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
    return reader_.state() == State::complete || reader_.state() == State::refused ||
           reader_.streams();
}

Outcome Connection::outcome() {
    asked_at_ = now();
    refused_ = reader_.state() == State::refused;
    if (refused_) return reader_.refusal();
    Outcome outcome = route(service_.routes, reader_.request());
    // A body that is refused before it has come is not read.
    refused_ = reader_.state() != State::complete && std::holds_alternative<Answer>(outcome);
    return outcome;
}

void Connection::put(const Answer& answer) {
    const Request& request = reader_.request();
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
    service_.metrics.count_request(route_of(request.target), request.method, status, took.count());
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

Awaitable<Answer> Connection::finish(Outcome outcome) {
    if (auto* records = std::get_if<RecordsToAppend>(&outcome)) {
        co_return co_await append(std::move(*records));
    }
    if (auto* lines = std::get_if<LinesToAppend>(&outcome)) {
        co_return co_await append_lines(std::move(*lines));
    }
    co_return co_await await_position(std::get<PositionToAwait>(outcome));
}

Awaitable<Answer> Connection::append(RecordsToAppend records) {
    const bool partial = records.batch.partial;
    submit(std::move(records.batch));
    if (!co_await wait_for_receipt()) co_return problem(504, not_acknowledged);
    co_return receipt_answer(*receipt_, partial, records.minimal);
}

// Hands the batch in; receipt_ is there once it is answered.
void Connection::submit(engine::ChangeBatch batch) {
    woken_ = false;
    receipt_.reset();
    const std::uint64_t turn = ++turn_;
    auto done = [postbox = postbox_, connection = weak_from_this(),
                 turn](Result<engine::Receipt> receipt) {
        postbox->post([connection, turn, receipt = std::move(receipt)] {
            if (const auto self = connection.lock()) self->wake(turn, receipt);
        });
    };
    service_.routes.engine.append(std::move(batch), std::move(done));
}

// Returns false if it takes too long.
Awaitable<bool> Connection::wait_for_receipt() {
    co_await wait_for_engine(append_max);
    co_return receipt_.has_value();
}

// The next lines are read and decoded while those before them are being committed.
Awaitable<Answer> Connection::append_lines(LinesToAppend lines) {
    BulkAppend bulk(service_.routes.engine.catalog(), lines.options);
    std::string body = reader_.take_body();
    std::string_view rest = body;
    bool submitted = false;
    lines_deadline_ = now() + body_max;
    refused_ = true;  // until all of the body has come
    while (true) {
        if (submitted && receipt_) {
            submitted = false;
            bulk.settle(*receipt_);
        }
        rest.remove_prefix(bulk.take(rest));
        const bool whole = rest.empty() && reader_.state() == State::complete;
        if (whole) bulk.end();
        if (!submitted && bulk.has_batch()) {
            submitted = true;
            submit(bulk.take_batch());
        }
        if (bulk.is_over()) break;
        if (submitted && (whole || stopping_ || !rest.empty())) {
            if (!co_await wait_for_receipt()) receipt_ = fail(Errc::unavailable, not_acknowledged);
        } else if (stopping_) {
            bulk.give_up({Errc::unavailable, "the server is stopping"});
        } else if (co_await read_lines()) {
            body = reader_.take_body();
            rest = body;
        } else if (reader_.state() == State::refused) {
            co_return reader_.refusal();
        } else {
            co_return problem(408, lines_too_slow);
        }
    }
    refused_ = reader_.state() != State::complete;
    const auto newest = service_.routes.engine.read_point();
    co_return bulk.answer(newest ? (*newest)->position() : storage::Position{});
}

// Takes in more of a body of lines, or returns early once the engine has answered. Returns false if
// the client has left, is too slow, or sends what is no body.
Awaitable<bool> Connection::read_lines() {
    deadline_ = lines_deadline_;
    timed_out_ = false;
    reading_lines_ = true;
    const auto [error, count] = co_await socket_.async_read_some(input_.room(true), as_value);
    reading_lines_ = false;
    deadline_ = TimePoint::max();
    if (error) co_return error == asio::error::operation_aborted && !timed_out_;
    const auto earned = std::chrono::milliseconds(count * 1'000 / lines_bytes_per_second);
    lines_deadline_ = std::min(lines_deadline_ + earned, now() + body_max);
    input_.received(count);
    input_.consume(reader_.take(input_.unread()));
    co_return reader_.state() != State::refused;
}

Awaitable<Answer> Connection::await_position(PositionToAwait wanted) {
    woken_ = false;
    const std::uint64_t turn = ++turn_;
    auto reached = [postbox = postbox_, connection = weak_from_this(), turn] {
        postbox->post([connection, turn] {
            if (const auto self = connection.lock()) self->wake(turn, std::nullopt);
        });
    };
    const std::uint64_t ticket =
        service_.routes.engine.when_reached(wanted.position, std::move(reached));
    awaiting_position_ = true;
    if (!stopping_) co_await wait_for_engine(wanted.timeout);
    awaiting_position_ = false;
    service_.routes.engine.give_up(ticket);
    Outcome outcome = route(service_.routes, reader_.request(), true);
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
    if (!reading_lines_) return;
    ErrorCode ignored;
    socket_.cancel(ignored);
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

// ---- streams ----

// Ends when the client leaves or does not take what it is sent, or the server stops.
Awaitable<void> Connection::follow(StreamToFollow started) {
    const Request& request = reader_.request();
    const bool head = request.method == "HEAD";
    closing_ = !head || !request.keep_alive || stopping_;
    append_answer(
        output_, started.head,
        {.head = head, .keep_alive = !closing_, .version = request.version, .streamed = true});
    count(started.head.status);
    if (head) co_return;

    stream_ = std::move(started.stream);
    seat_.emplace(service_.subscribers);
    if (stream_->reset()) service_.metrics.count_reset(*stream_->reset());
    stream_->begin(output_);
    while (!broken_) {
        if (!write_now() && !co_await write_rest()) {
            if (timed_out_) service_.metrics.count_cut(CutReason::slow);
            broken_ = true;
        } else if (stopping_) {
            service_.metrics.count_cut(CutReason::stopping);
            EventStream::append_farewell(output_, "the server stops", farewell_retry());
            co_return;
        } else if (const bool caught_up = fill(); !caught_up) {
            // Others have their turn in between.
            co_await asio::post(socket_.get_executor(), asio::use_awaitable_t<Executor>{});
        } else if (output_.empty() && !co_await wait_for_records()) {
            broken_ = true;
        }
    }
}

// Takes from the log what the client is to hear next. Returns whether there is nothing to do but
// wait.
bool Connection::fill() {
    const std::size_t sent = stream_->sent();
    const auto caught_up = stream_->fill(output_, stream_bytes_max);
    service_.metrics.count_events_sent(stream_->sent() - sent);
    seat_->move(stream_->position());
    if (caught_up) {
        behind_ = !*caught_up;
        return *caught_up;
    }
    // While the disk is being mended there is nothing to say; the next tick looks again.
    behind_ = true;
    if (caught_up.error().code == Errc::unavailable) return true;
    service_.log->error("a stream ends at position {}: {}", stream_->position().value,
                        caught_up.error().message);
    service_.metrics.count_cut(CutReason::failed);
    broken_ = true;
    return true;
}

// Returns false if the client has left.
Awaitable<bool> Connection::wait_for_records() {
    input_.release();
    output_.shrink_to_fit();
    heartbeat_at_ = now() + heartbeat_interval + jitter(heartbeat_jitter);
    watch_.watch(stream_->position());
    following_ = true;
    const auto [error] = co_await socket_.async_wait(Socket::wait_read, as_value);
    following_ = false;
    // Cancelled: there is something to write, or the server stops.
    if (error) co_return socket_.is_open();
    co_return take_client_bytes();
}

bool Connection::take_client_bytes() {
    ErrorCode error;
    const std::size_t count = socket_.read_some(input_.room(false), error);
    if (error) return error == asio::error::would_block;
    input_.received(count);
    const bool quiet = input_.unread().size() <= follower_bytes_max;
    input_.consume(input_.unread().size());
    return quiet;
}

void Connection::say_more() {
    if (!following_) return;
    const bool caught_up = fill();
    const bool had_output = !output_.empty();
    if (write_now() && caught_up && !broken_) {
        if (had_output) heartbeat_at_ = now() + heartbeat_interval + jitter(heartbeat_jitter);
        watch_.watch(stream_->position());
        return;
    }
    // The rest is for the coroutine.
    following_ = false;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Connection::beat() {
    if (behind_) return say_more();
    if (now() < heartbeat_at_) return;
    stream_->append_bookmark(output_);
    say_more();
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
