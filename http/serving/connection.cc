#include "http/serving/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cstring>
#include <new>
#include <optional>
#include <utility>
#include <variant>

namespace freshet::http {

namespace {

using std::chrono::seconds;
using State = RequestReader::State;

constexpr seconds write_max{10};        // behind what it has to keep up
constexpr seconds stream_write_max{5};  // likewise, of a follower: it can come again where it was
constexpr seconds linger_max{10};

// What a client may still send after it has been refused, so that it comes to read the answer.
constexpr std::size_t linger_bytes_max = 64U << 20U;

// For as long one connection may answer requests that came together while others wait.
constexpr std::chrono::microseconds turn_max{500};

// Of a client that has asked too much, and does not stop.
constexpr unsigned refused_in_a_row_max = 20;

// Answers to pipelined requests are written once they are this long, whatever else has come.
constexpr std::size_t output_bytes_max = 256U << 10U;
// What an idle connection may keep of the memory for its answers.
constexpr std::size_t output_bytes_kept = 16U << 10U;

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<Postbox> postbox, RecordsWatch& watch,
                       ClientTurns& turns, const Service& service, Peer peer)
    : channel_(std::move(socket), service.certificate ? service.certificate->context() : nullptr),
      postbox_(std::move(postbox)),
      watch_(watch),
      turns_(turns),
      service_(service),
      peer_(std::move(peer)),
      reader_(service.routes.body_bytes_max,
              service.routes.credentials.are_asked_for() ? HostRule::any : HostRule::loopback),
      engine_wait_(channel_.executor()) {
    service_.connections.enter();
}

Connection::~Connection() {
    take_socket_back();
    service_.connections.leave();
}

Awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
    Connection& c = *self;
    c.channel_.prepare();
    if (c.channel_.is_secure()) {
        co_await c.shake_hands();
    }

    while (true) {
        while (c.advance()) {
            if (c.is_greedy()) {
                if (!c.write_now() && !co_await c.write_rest()) co_return;
                co_await c.turns_.wait_for_turn(c.client());
            }
            NextStep step = c.next_step();
            if (std::holds_alternative<TakesLong>(step)) {
                step = co_await c.step_elsewhere(false);
            }
            if (auto* position = std::get_if<PositionToAwait>(&step)) {
                c.charge_turn(now());
                step = co_await c.await_position(*position);
            }
            if (auto* answer = std::get_if<Answer>(&step)) {
                c.respond(std::move(*answer));
                c.charge_turn(c.answered_at_);
            } else if (auto* stream = std::get_if<StreamToFollow>(&step)) {
                c.charge_turn(now());
                if (c.begin_stream(std::move(*stream))) {
                    co_await c.follow();
                }
            } else {
                c.charge_turn(now());
                // Earlier requests need not wait for the engine.
                if (!c.write_now() && !co_await c.write_rest()) co_return;
                std::optional<Answer> awaited = co_await c.wait_for_answer(std::move(step));
                if (awaited) c.respond(*std::move(awaited));
            }
            if (!c.is_turn_over()) continue;
            if (!c.write_now() && !co_await c.write_rest()) co_return;
            co_await c.channel_.yield();
            c.turn_begun_ = now();
        }
        if (!c.write_now() && !co_await c.write_rest()) co_return;
        if (c.closing_ != Closing::no) break;
        if (c.reader_.is_decoding()) {
            co_await c.channel_.yield();
            c.turn_begun_ = now();
            continue;
        }

        c.prepare_read();
        if (c.closing_ != Closing::no) break;
        const auto room = c.input_.room(c.reader_.state() == State::body);
        const auto [error, count] = co_await c.channel_.read(room);
        c.wait_.end();
        // A client that always has more is not told by an error that it is too late.
        const bool is_late = c.wait_.has_timed_out() && c.reader_.state() != State::idle;
        if (error || is_late) {
            c.answer_late_request();
            break;
        }
        c.input_.received(count);
        c.turn_begun_ = now();
    }
    co_await c.linger();
}

// Whether others go first between two requests that came together.
bool Connection::is_turn_over() const {
    if (input_.unread().empty()) return false;
    return output_.size() >= output_bytes_max || now() - turn_begun_ >= turn_max;
}

// Begins TLS. Until that is done nothing has been promised, so a server that stops ends it.
Awaitable<void> Connection::shake_hands() {
    if (stopping_) co_return close_after(Closing::after_answer);
    wait_.begin(Waits::handshake, now() + service_.handshake_max);
    const Handshake end = co_await channel_.shake_hands();
    wait_.end();
    if (end == Handshake::done) co_return;
    if (end == Handshake::failed) co_return close_after(Closing::after_answer);
    close_after(Closing::after_refusal);
    append_answer(output_, problem(400, "this port speaks https, and the request came as http"),
                  {.keep_alive = false});
}

// Takes in what has come, until there is something to answer; returns whether there is.
bool Connection::advance() {
    if (closing_ != Closing::no) return false;
    if (reader_.state() == State::complete) {
        reader_.next();
        exchange_ = {};
    }
    input_.consume(reader_.take(input_.unread()));
    if (reader_.state() == State::body && !reader_.streams()) {
        admit_body();
        if (exchange_.has_early_answer()) return true;
    }
    if (!reader_.streams()) allow_body();
    return reader_.state() == State::complete || reader_.state() == State::refused ||
           reader_.streams();
}

// The body of a request that is refused in any case is not waited for.
void Connection::admit_body() {
    Request& request = reader_.request();
    if (!exchange_.is_checked()) {
        check(now(), wall_clock_now());
        if (exchange_.has_early_answer()) return;
        reader_.limit_body(body_bytes_max(service_.routes, exchange_.endpoint()));
    }
    exchange_.hold_body(service_, peer_, request, reader_.body_memory());
}

void Connection::allow_body() {
    if (!reader_.wants_continue() || !exchange_.may_continue()) return;
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

// Checks the request, or checks again what has waited for its body.
void Connection::check(TimePoint time, std::chrono::sys_seconds wall_time) {
    Request& request = reader_.request();
    if (exchange_.is_checked()) {
        exchange_.check_again(service_, request, wall_time);
        return;
    }
    request.secure = channel_.is_secure();
    const bool is_whole = reader_.state() == State::complete;
    exchange_.check(service_, peer_, request, is_whole, time, wall_time);
}

// By whom it is counted whose turn it is; each connection of this machine by itself.
LimitKey Connection::client() const {
    if (const auto key = service_.limits.key(peer_, reader_.request())) return *key;
    LimitKey key{};
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    std::memcpy(key.data(), &self, sizeof(std::uintptr_t));
    return key;
}

// Whether others come first (http/serving/client_turns.h).
bool Connection::is_greedy() const {
    if (!turns_.is_needed() || reader_.state() == State::refused) return false;
    return turns_.is_greedy(client(), now());
}

// The request has kept the thread busy until then.
void Connection::charge_turn(TimePoint time) {
    const auto worked = time - busy_since_;
    if (worked >= ClientTurns::counted_from) return turns_.charge(client(), worked, time);
    turns_.note_served();
}

// What to do with the request that advance() has found.
NextStep Connection::next_step() {
    const TimePoint time = now();
    exchange_.set_asked_at(time);
    busy_since_ = time;
    if (reader_.state() == State::refused) return reader_.refusal();
    const auto wall_time = wall_clock_now();
    if (!exchange_.has_early_answer()) check(time, wall_time);
    if (exchange_.has_early_answer()) return exchange_.take_early_answer();
    // Others would wait while sense is made of it.
    if (reader_.request().body.size() > long_body_bytes) return TakesLong();
    return routed(wall_time, false, engine::Patience::little);
}

NextStep Connection::routed(std::chrono::sys_seconds wall_time, bool waited,
                            engine::Patience patience) {
    try {
        return route(service_.routes, reader_.request(), exchange_.endpoint(), wall_time, waited,
                     patience);
    } catch (const std::bad_alloc&) {
        // What the request had asked for is given back by now, so there is room for this answer.
        return problem_of({Errc::unavailable, "there is no memory for this request"});
    }
}

void Connection::respond(Answer answer) {
    answered_at_ = now();
    note_answered(answer.status);
    append_whole(output_, answer, answered_at_);
}

// The answer as it goes over the wire, with what every answer has. It is counted last: one for
// which there is no memory may be followed by another. Also called by the thread that the socket is
// lent to, while nothing here changes.
void Connection::append_whole(std::string& output, Answer& answer, TimePoint time) const {
    const Request& request = reader_.request();
    exchange_.complete(service_, request, answer);
    append_answer(output, answer,
                  {.head = reader_.state() == State::complete && request.method == "HEAD",
                   .keep_alive = closing_ == Closing::no,
                   .version = request.version});
    exchange_.finish(service_, peer_, request, answer, time);
}

// What follows from the answer for the connection: mostly nothing, or that it is the last.
void Connection::note_answered(int status) {
    const Request& request = reader_.request();
    if (const auto coding = reader_.coding()) {
        service_.metrics.count_decoded(*coding, reader_.decoded_bytes());
    }
    // The rest of a request that is answered before it is whole is not read.
    const bool is_whole = reader_.state() == State::complete;
    if (!is_whole) close_after(Closing::after_refusal);
    if (stopping_ || !request.keep_alive || peer_.is_brief) close_after(Closing::after_answer);
    if (status != 429) has_answered_ = true;
    refused_in_a_row_ = status == 429 ? refused_in_a_row_ + 1 : 0;
    if (refused_in_a_row_ >= refused_in_a_row_max) close_after(Closing::after_refusal);
}

// Writes as much as the socket takes at once; returns whether that was all.
bool Connection::write_now() {
    if (output_.empty()) return true;
    ErrorCode error;
    const auto rest = asio::buffer(output_) + written_;
    const std::size_t count = channel_.write_now(rest, error);
    if (error && error != asio::error::would_block) {
        close_after(Closing::broken);
        return false;
    }
    written_ += count;
    if (stream_) stream_->note_written(count, output_.size() - written_);
    if (written_ < output_.size()) return false;
    written_ = 0;
    output_.clear();
    held_output_ = {};
    if (output_.capacity() > output_bytes_kept) output_.shrink_to_fit();
    return true;
}

// Waits until the client has taken the rest; returns false if it does not. One that takes a byte
// now and then is as slow as one that takes nothing.
Awaitable<bool> Connection::write_rest() {
    const auto patience = stream_ ? stream_write_max : write_max;
    TimePoint deadline = now() + patience;
    while (closing_ != Closing::broken) {
        if (!hold_output()) {
            close_after(Closing::broken);
            co_return false;
        }
        wait_.begin(Waits::room, deadline);
        const auto [error] = co_await channel_.wait_to_write();
        wait_.end();
        if (error) co_return false;
        const std::size_t before = written_;
        if (write_now()) co_return true;
        const std::chrono::nanoseconds earned = (written_ - before) * time_of_a_byte;
        deadline = std::min<TimePoint>(deadline + earned, now() + patience);
    }
    co_return false;
}

// Counts what the client has not taken of its answers or its stream. False if that is more than
// there is memory for: nobody else shall wait for those who do not read.
bool Connection::hold_output() {
    if (stream_) return !stream_->is_in_the_way();
    const auto refusal =
        service_.limits.hold_answers(peer_, reader_.request(), output_.capacity(), held_output_);
    if (!refusal) return true;
    service_.metrics.count_limited(refusal->limit);
    return false;
}

void Connection::prepare_read() {
    const State state = reader_.state();
    // Of a request whose head is not even whole, nothing has been promised.
    if (stopping_ && state != State::body) {
        close_after(Closing::after_answer);
        return;
    }
    idle_since_ = now();
    wait_.begin(Waits::request, exchange_.read_deadline(state, service_.idle_max, idle_since_));
}

void Connection::answer_late_request() {
    const State state = reader_.state();
    if (!wait_.has_timed_out() || (state != State::head && state != State::body)) return;
    exchange_.set_asked_at(now());
    respond(problem(408, "the request did not come in time"));
    write_now();
}

// Reads and drops what a refused client still sends. If the connection were closed with bytes
// unread, the client's system would throw the answer away.
Awaitable<void> Connection::linger() {
    channel_.end_sending();
    if (stopping_ || closing_ == Closing::broken) co_return;
    if (closing_ != Closing::after_refusal && input_.unread().empty()) co_return;
    wait_.begin(Waits::leaving, now() + linger_max);
    std::size_t dropped = 0;
    while (dropped < linger_bytes_max && !stopping_ && !wait_.has_timed_out()) {
        input_.consume(input_.unread().size());
        const auto [error, count] = co_await channel_.read(input_.room(true));
        if (error) co_return;
        input_.received(count);
        dropped += count;
    }
}

void Connection::tick(TimePoint time) {
    if (wait_.what() == Waits::records && stream_) tick_stream(time);
    end_with_credential();
    give_way(time);
    if (was_answered_for()) return channel_.cancel();
    if (wait_.time_out(time)) channel_.cancel();
}

// Ends what has nothing to do where others want its place.
void Connection::give_way(TimePoint time) {
    if (!is_idle() || !service_.connections.is_crowded()) return;
    if (time - idle_since_ >= service_.crowded_idle_max) channel_.cancel();
}

bool Connection::is_idle() const {
    return wait_.what() == Waits::request && reader_.state() == State::idle;
}

bool Connection::is_silent() const {
    if (has_answered_) return false;
    const bool waits_for_head =
        wait_.what() == Waits::request && reader_.state() != RequestReader::State::body;
    return wait_.what() == Waits::handshake || waits_for_head;
}

bool Connection::may_be_evicted() const {
    if (is_evicted_) return false;
    switch (wait_.what()) {
        case Waits::handshake:
        case Waits::request:
        case Waits::lines:
        case Waits::room:
        case Waits::position:
        case Waits::records:
        case Waits::leaving:
            return true;
        case Waits::receipt:
            return was_answered_for();
        case Waits::nothing:  // it works, or rests while it catches up
            return stream_ != nullptr || awaits_answer_;
    }
    return false;
}

// A stream says goodbye (follow()), unless its client takes nothing.
void Connection::evict() {
    is_evicted_ = true;
    switch (wait_.what()) {
        case Waits::records:
            return resume_stream();
        case Waits::position:
            close_after(Closing::after_answer);
            return engine_wait_.stop();
        case Waits::nothing:
            return;
        default:
            channel_.cancel();
            return;
    }
}

// Ends what waits under a credential that has ended: lines that stall; a reader whose position may
// never come, and who is believed for a while after a credential has expired, but not once it is
// revoked; and a stream whose client does not take what it was sent. A stream that waits for
// records says goodbye instead (tick_stream), and what is gathered or committed is looked at when
// that is done.
void Connection::end_with_credential() {
    const Identity& identity = reader_.request().identity;
    const bool is_revoked = identity.is_revoked();
    switch (wait_.what()) {
        case Waits::lines:
            if (!identity.end(wall_clock_now()).empty()) channel_.cancel();
            return;
        case Waits::position:
            if (is_revoked) engine_wait_.stop();
            return;
        case Waits::records:
            if (!stream_ && !identity.end(wall_clock_now()).empty()) channel_.cancel();
            return;
        case Waits::room:
            if (stream_ && (is_revoked || stream_->is_cut())) channel_.cancel();
            return;
        default:
            return;
    }
}

void Connection::begin_stop() {
    stopping_ = true;
    take_socket_back();  // so that the answer can say that it is the last
    switch (wait_.what()) {
        case Waits::position:
            // It may never be reached, and the reader may as well ask another server.
            engine_wait_.stop();
            return;
        case Waits::request:
            if (reader_.state() != State::body) channel_.cancel();
            return;
        case Waits::handshake:
        case Waits::lines:
        case Waits::records:
        case Waits::leaving:
            channel_.cancel();
            return;
        case Waits::receipt:
            // It is to hear that it was answered, if it was.
            if (lent_) channel_.cancel();
            return;
        case Waits::nothing:
        case Waits::room:
            return;
    }
}

void Connection::close_after(Closing last) {
    closing_ = std::max(closing_, last);
}

void Connection::abort() {
    take_socket_back();
    channel_.close();
    if (elsewhere_) elsewhere_->is_wanted = false;
    engine_wait_.stop();
}

}  // namespace freshet::http
