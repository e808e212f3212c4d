// The part of a connection's story that is a stream: it follows the log until its client leaves.
#include <spdlog/logger.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "http/serving/connection.h"
#include "http/serving/jitter.h"

namespace freshet::http::internal {

namespace {

// What one follower may have waiting in memory; a single record may be longer.
constexpr std::size_t stream_bytes_max = 64U << 10U;
// What all of them may have. Beyond it, each gets a frame at a time.
constexpr std::size_t held_bytes_max = 256U << 20U;

// A follower has nothing to say after its request.
constexpr std::size_t follower_bytes_max = 4U << 10U;

// Who comes again after a fault of the log will most likely meet it again.
constexpr unsigned failed_retry_ms = 30'000;

constexpr std::chrono::seconds expiring_notice{60};

// Heartbeats are put off by up to a fifth more, so that not all clients are due at once.
constexpr int heartbeat_jitter_part = 5;

unsigned farewell_retry() {
    return static_cast<unsigned>(reconnect_delay().count());
}

}  // namespace

// Takes a place among the streams of the client's subject; returns the answer if it has all of its.
std::optional<Answer> Connection::seat_stream() {
    const Request& request = reader_.request();
    if (request.method == "HEAD") return std::nullopt;
    const auto refusal = service_.limits.seat_stream(request.identity, subject_seat_);
    if (!refusal) return std::nullopt;
    return exchange_.limit_answer(service_, request, *refusal);
}

// Ends when the client leaves or does not take what it is sent, or the server stops.
Awaitable<void> Connection::follow(StreamToFollow started) {
    const Request& request = reader_.request();
    const bool head = request.method == "HEAD";
    if (!head || !request.keep_alive || stopping_) close_after(Closing::after_answer);
    exchange_.finish(service_, peer_, request, started.head, now());
    append_answer(output_, started.head,
                  {.head = head,
                   .keep_alive = closing_ == Closing::no,
                   .version = request.version,
                   .streamed = true});
    if (head) co_return;

    stream_ = std::move(started.stream);
    seat_.emplace(service_.subscribers);
    if (stream_->reset()) service_.metrics.count_reset(*stream_->reset());
    stream_->begin(output_);
    put_off_heartbeat();
    begin_life();
    while (closing_ != Closing::broken) {
        if (!write_now() && !co_await write_rest()) {
            if (wait_.has_timed_out()) service_.metrics.count_cut(CutReason::slow);
            close_after(Closing::broken);
        } else if (stopping_) {
            service_.metrics.count_cut(CutReason::stopping);
            EventStream::append_farewell(output_, "the server stops", farewell_retry());
            co_return;
        } else if (const auto end = look_at_credential(); !end.empty()) {
            service_.metrics.count_cut(CutReason::expired);
            EventStream::append_farewell(output_, end, farewell_retry());
            co_return;
        } else if (const bool caught_up = fill(); !caught_up) {
            // Others have their turn in between.
            co_await asio::post(channel_.executor(), asio::use_awaitable_t<Executor>{});
        } else if (output_.empty() && !co_await wait_for_records()) {
            close_after(Closing::broken);
        }
    }
}

// Takes from the log what the client is to hear next. Returns whether there is nothing to do but
// wait.
bool Connection::fill() {
    const std::size_t sent = stream_->sent();
    const bool roomy = service_.held_bytes < held_bytes_max;
    const auto caught_up = stream_->fill(output_, roomy ? stream_bytes_max : 1);
    service_.metrics.count_events_sent(stream_->sent() - sent);
    if (!output_.empty()) put_off_heartbeat();
    seat_->move(stream_->position());
    if (caught_up) {
        behind_ = !*caught_up;
        return *caught_up;
    }
    // While the disk is being mended there is nothing to say; the next tick looks again.
    behind_ = true;
    if (caught_up.error().code != Errc::corrupt) return true;
    service_.log->error("a stream ends at position {}: {}", stream_->position().value,
                        caught_up.error().message);
    service_.metrics.count_cut(CutReason::failed);
    EventStream::append_farewell(output_, "the log cannot be read: see the server's own log",
                                 failed_retry_ms);
    write_now();
    close_after(Closing::broken);
    return true;
}

// Returns false if the client has left.
Awaitable<bool> Connection::wait_for_records() {
    input_.release();
    output_.shrink_to_fit();
    watch_.watch(stream_->position());
    wait_.begin(Waits::records);
    const auto [error] = co_await channel_.wait_to_read();
    wait_.end();
    // Cancelled: there is something to write, or the server stops.
    if (error) co_return channel_.is_open();
    co_return take_client_bytes();
}

bool Connection::take_client_bytes() {
    ErrorCode error;
    const std::size_t count = channel_.read_now(input_.room(false), error);
    if (error) return error == asio::error::would_block;
    input_.received(count);
    const bool quiet = input_.unread().size() <= follower_bytes_max;
    input_.consume(input_.unread().size());
    return quiet;
}

void Connection::say_more() {
    if (wait_.what() != Waits::records) return;
    const bool entitled = reader_.request().identity.end(wall_clock_now()).empty();
    const bool caught_up = entitled && fill();
    if (write_now() && caught_up && closing_ != Closing::broken) {
        watch_.watch(stream_->position());
        return;
    }
    resume_stream();
}

// Leaves what there is to do to the coroutine.
void Connection::resume_stream() {
    wait_.end();
    channel_.cancel();
}

// Says how much the client has still to take.
void Connection::hold(std::size_t bytes) {
    service_.held_bytes += bytes - held_;  // wraps around where it is less than before
    held_ = bytes;
}

// Whatever is written shows that the stream is alive, so a heartbeat is due only after silence.
void Connection::put_off_heartbeat() {
    heartbeat_at_ = now() + service_.heartbeat + jitter(service_.heartbeat / heartbeat_jitter_part);
}

// The client is told a minute before the end, or when half of what is left is over if that is
// later.
void Connection::begin_life() {
    using std::chrono::seconds;
    const auto expires = reader_.request().identity.expires;
    if (!expires) return;
    const auto left = std::max(*expires - wall_clock_now(), seconds(0));
    warns_ = *expires - std::min<seconds>(expiring_notice, left / 2);
}

// Wakes the stream once there is something to say of its credential. By the wall clock, which a
// machine that was suspended has right again.
void Connection::look_at_life() {
    const auto time = wall_clock_now();
    const bool warning_is_due = warns_ && time >= *warns_;
    if (!warning_is_due && reader_.request().identity.end(time).empty()) return;
    resume_stream();
}

// Says once that the credential is about to end. Returns why it has; empty if it has not.
std::string_view Connection::look_at_credential() {
    const Identity& identity = reader_.request().identity;
    const auto time = wall_clock_now();
    if (warns_ && time >= *warns_) {
        EventStream::append_expiring(output_, *identity.expires);
        warns_.reset();
    }
    return identity.end(time);
}

void Connection::beat() {
    const bool due = now() >= heartbeat_at_;
    if (!due && !behind_) return;
    if (due) stream_->append_bookmark(output_);
    say_more();
}

}  // namespace freshet::http::internal
