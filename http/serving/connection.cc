#include "http/serving/connection.h"

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

// What looks after the process is not kept from it, unless it asks for more than whether it lives,
// or shows a credential, which costs something to look at.
bool is_probe(Route endpoint, const Request& request) {
    return (endpoint == Route::livez || endpoint == Route::readyz) &&
           request.target.query.empty() && (request.method == "GET" || request.method == "HEAD") &&
           !request.header("Authorization") && !request.header("Cookie");
}

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<Postbox> postbox, RecordsWatch& watch,
                       const Service& service, Peer peer)
    : channel_(std::move(socket), service.certificate ? service.certificate->context() : nullptr),
      postbox_(std::move(postbox)),
      watch_(watch),
      service_(service),
      peer_(std::move(peer)),
      reader_(service.routes.body_bytes_max,
              service.routes.credentials.are_asked_for() ? HostRule::any : HostRule::loopback),
      engine_timer_(channel_.executor()) {
    ++service_.connections;
}

Connection::~Connection() {
    hold(0);
    --service_.connections;
}

Awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
    Connection& c = *self;
    c.channel_.prepare();
    if (c.channel_.is_secure()) co_await c.shake_hands();

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
        const auto [error, count] = co_await c.channel_.read(room);
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

// Begins TLS. Until that is done nothing has been promised, so a server that stops ends it.
Awaitable<void> Connection::shake_hands() {
    reading_ = !stopping_;
    deadline_ = now() + service_.handshake_max;
    const Handshake end = reading_ ? co_await channel_.shake_hands() : Handshake::failed;
    reading_ = false;
    deadline_ = TimePoint::max();
    closing_ = end != Handshake::done;
    if (end != Handshake::clear_text) co_return;
    refused_ = true;
    append_answer(output_, problem(400, "this port speaks https, and the request came as http"),
                  {.keep_alive = false});
}

// Takes in what has come, until there is something to answer; returns whether there is.
bool Connection::advance() {
    if (closing_) return false;
    if (reader_.state() == State::complete) {
        reader_.next();
        continued_ = false;
        checked_ = false;
        charges_ = {};
        timed_state_.reset();
        endpoint_ = Route::other;
    }
    input_.consume(reader_.take(input_.unread()));
    if (reader_.state() == State::body && !reader_.streams() && !checked_) {
        // Nobody's body is waited for who is refused in any case.
        early_refusal_ = check();
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
    if (!early_refusal_) early_refusal_ = checked_ ? check_again() : check();
    if (early_refusal_) {
        refused_ = reader_.state() != State::complete;
        return *std::exchange(early_refusal_, std::nullopt);
    }
    Outcome outcome = route(service_.routes, reader_.request(), endpoint_, wall_clock_now());
    if (std::holds_alternative<StreamToFollow>(outcome)) {
        if (auto refusal = seat_stream()) outcome = *std::move(refusal);
    }
    // A body that is refused before it has come is not read.
    refused_ = reader_.state() != State::complete && std::holds_alternative<Answer>(outcome);
    return outcome;
}

// Finds which endpoint the request asks for, takes it from what its client may ask, and asks whose
// it is: once, and before anything is done for it. Returns the answer to one that is too many, a
// stranger's or a preflight.
std::optional<Answer> Connection::check() {
    checked_ = true;
    const RouteContext& routes = service_.routes;
    Request& request = reader_.request();
    request.secure = channel_.is_secure();
    endpoint_ = route_of(request.target, routes.engine.catalog());
    if (!is_probe(endpoint_, request)) {
        const auto refusal = service_.limits.charge_address(peer_, request, now(), charges_);
        if (refusal) return too_much(*refusal);
    }
    // A preflight shows no credential, but nobody's body is waited for who is not known.
    auto preflight = routes.origins.preflight(request);
    if (preflight && reader_.state() == State::complete) return preflight;
    auto stranger = refuse_stranger(routes, request, endpoint_, wall_clock_now());
    if (stranger || preflight) return stranger;
    const auto refusal = service_.limits.charge_subject(request.identity, now(), charges_);
    if (refusal) return too_much(*refusal);
    return std::nullopt;
}

// Of a request that was checked before its body had come.
std::optional<Answer> Connection::check_again() {
    Request& request = reader_.request();
    if (auto preflight = service_.routes.origins.preflight(request)) return preflight;
    return refuse_ended(service_.routes, request, endpoint_, wall_clock_now());
}

void Connection::put(Answer answer) {
    const Request& request = reader_.request();
    service_.limits.note(answer, charges_);
    service_.routes.origins.add_cors_headers(answer, request);
    if (answer.status == 500) {
        service_.log->error("{} {}: {}", request.method, route_name(request.target), answer.body);
    }
    count(answer.status);
    note(answer);
    closing_ = refused_ || stopping_ || !request.keep_alive;
    const bool head = !refused_ && request.method == "HEAD";
    append_answer(output_, answer,
                  {.head = head, .keep_alive = !closing_, .version = request.version});
}

// For the audit log, if it is one of its matters.
void Connection::note(const Answer& answer) {
    if (!is_refusal(answer.status) && answer.deed.empty()) return;
    const Request& request = reader_.request();
    const std::string path = std::string(endpoint_ == Route::other ? template_of(endpoint_)
                                                                   : route_name(request.target));
    const std::string sender = service_.limits.sender(peer_, request).text();
    const auto time = wall_clock_now();
    if (!answer.deed.empty()) service_.audit.note_deed(request, path, answer.deed, sender, time);
    if (!is_refusal(answer.status)) return;
    service_.audit.note_refusal(request, path, answer.status, sender, time);
}

void Connection::count(int status) {
    const Request& request = reader_.request();
    const std::chrono::duration<double> took = now() - asked_at_;
    service_.metrics.count_request(endpoint_, request.method, status, took.count());
}

// Writes as much as the socket takes at once; returns whether that was all.
bool Connection::write_now() {
    if (output_.empty()) return true;
    ErrorCode error;
    const auto rest = asio::buffer(output_) + written_;
    const std::size_t count = channel_.write_now(rest, error);
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
        const auto [error] = co_await channel_.wait_to_write();
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
    channel_.end_sending();
    if (stopping_ || broken_ || (!refused_ && input_.unread().empty())) co_return;
    lingering_ = true;
    deadline_ = now() + linger_max;
    std::size_t dropped = 0;
    while (dropped < linger_bytes_max && !stopping_) {
        input_.consume(input_.unread().size());
        const auto [error, count] = co_await channel_.read(input_.room(true));
        if (error) co_return;
        input_.received(count);
        dropped += count;
    }
}

void Connection::tick(TimePoint time) {
    if (stream_) look_at_life();
    if (following_) beat();
    // Lines that stall do not keep a credential that has ended.
    if (reading_lines_ && !reader_.request().identity.end(wall_clock_now()).empty()) {
        channel_.cancel();
    }
    if (time < deadline_) return;
    timed_out_ = true;
    channel_.cancel();
}

void Connection::begin_stop() {
    stopping_ = true;
    // The position may never be reached, and the reader may as well ask another server.
    if (awaiting_position_) engine_timer_.cancel();
    const bool idle = (reading_ && reader_.state() != State::body) || following_ || reading_lines_;
    if (!idle && !lingering_) return;
    channel_.cancel();
}

void Connection::abort() {
    channel_.close();
    engine_timer_.cancel();
}

}  // namespace freshet::http::internal
