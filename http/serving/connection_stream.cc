// The part of a connection's story that is a stream: it follows the log until its client leaves.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstdint>
#include <utility>

#include "http/serving/connection.h"

namespace freshet::http {

namespace {

// A follower has nothing to say after its request.
constexpr std::size_t follower_bytes_max = 4U << 10U;

// Between two looks at the log, however many catch up.
constexpr std::chrono::milliseconds rest_max{250};

}  // namespace

// Answers; returns whether there is a stream to follow then.
bool Connection::begin_stream(StreamToFollow started) {
    const Request& request = reader_.request();
    const bool head = request.method == "HEAD";
    Seats::Seat seat;
    std::optional<LimitRefusal> refusal;
    if (!head) refusal = service_.limits.seat_stream(peer_, request, seat);
    if (refusal) {
        respond(exchange_.limit_answer(service_, request, *refusal));
        return false;
    }
    if (!head || !request.keep_alive || stopping_) close_after(Closing::after_answer);
    exchange_.complete(service_, request, started.head);
    exchange_.finish(service_, peer_, request, started.head, now());
    append_answer(output_, started.head,
                  {.head = head,
                   .keep_alive = closing_ == Closing::no,
                   .version = request.version,
                   .streamed = true});
    if (head) return false;
    stream_ = std::make_unique<FollowedStream>(service_, request.identity,
                                               std::move(started.stream), std::move(seat), who());
    stream_->begin(output_, wall_clock_now());
    return true;
}

// Who follows, for admins. A target may be long, and there may be thousands of them.
Subscribers::Who Connection::who() const {
    constexpr std::size_t watches_bytes_max = 256;
    const Request& request = reader_.request();
    std::string watches = format_target(request.target);  // ASCII
    if (watches.size() > watches_bytes_max) watches = watches.substr(0, watches_bytes_max) + "…";
    return {.subject = request.caller().subject,
            .address = service_.limits.sender(peer_, request).text(),
            .watches = std::move(watches)};
}

// Ends when the client leaves or does not take what it is sent, when its credential ends, or when
// the server stops.
Awaitable<void> Connection::follow() {
    while (closing_ != Closing::broken) {
        if (!write_now() && !co_await write_rest()) {
            const bool is_slow =
                stream_->is_in_the_way() || (closing_ != Closing::broken && wait_.has_timed_out());
            const bool is_revoked = reader_.request().identity.is_revoked();
            const bool is_cut = stream_->is_cut();
            if (is_slow) {
                service_.metrics.count_cut(CutReason::slow);
            } else if (is_evicted_) {
                service_.metrics.count_cut(CutReason::crowded);
            } else if (is_cut) {
                service_.metrics.count_cut(CutReason::admin);
            } else if (is_revoked) {
                service_.metrics.count_cut(CutReason::expired);
            }
            co_return close_after(Closing::broken);
        }
        if (stopping_) {
            stream_->append_farewell(output_, CutReason::stopping, "the server stops");
            co_return;
        }
        if (is_evicted_) {
            stream_->append_farewell(output_, CutReason::crowded, "there are too many connections");
            co_return;
        }
        const auto time = wall_clock_now();
        stream_->append_warning(output_, time);
        if (const auto end = stream_->end(time); !end.empty()) {
            const auto why = stream_->is_cut() ? CutReason::admin : CutReason::expired;
            stream_->append_farewell(output_, why, end);
            co_return;
        }
        if (stream_->has_ended()) co_return;
        const TimePoint begun = now();
        if (const bool caught_up = fill(); !caught_up) {
            // What nobody hears any more is not read, and who hears nothing for long is told so.
            if (!drop_client_bytes()) co_return close_after(Closing::broken);
            stream_->append_heartbeat(output_, now());
            write_now();
            co_await let_others_go_first(now() - begun);
            continue;
        }
        if (closing_ == Closing::broken) co_return;
        if (output_.empty() && !co_await wait_for_records()) close_after(Closing::broken);
    }
}

// Those who catch up share half of the threads' time, so that it is there for what is new. One of
// them alone only lets others in between. Those who wait for their clients are none of them.
Awaitable<void> Connection::let_others_go_first(std::chrono::nanoseconds worked) {
    const auto several = static_cast<std::int64_t>(++service_.catching_up);
    const auto rest = worked * (2 * several / static_cast<std::int64_t>(service_.threads) - 1);
    if (several < 2 || rest.count() <= 0) {
        co_await channel_.yield();
    } else {
        Timer timer(channel_.executor(), std::min<std::chrono::nanoseconds>(rest, rest_max));
        co_await timer.async_wait(as_value);
    }
    --service_.catching_up;
}

// Returns whether there is nothing to do but wait.
bool Connection::fill() {
    const auto filled = stream_->fill(output_);
    if (filled == FollowedStream::Filled::damaged) {
        write_now();
        close_after(Closing::broken);
    }
    return filled != FollowedStream::Filled::more;
}

// Returns false if the client has left.
Awaitable<bool> Connection::wait_for_records() {
    input_.release();
    output_.shrink_to_fit();
    ask_to_be_woken();
    wait_.begin(Waits::records);
    const auto [error] = co_await channel_.wait_to_read();
    wait_.end();
    // Cancelled: there is something to write, or the server stops.
    if (error) co_return channel_.is_open();
    co_return drop_client_bytes();
}

// Returns false if the client has left, or sends more than a follower has to say.
bool Connection::drop_client_bytes() {
    ErrorCode error;
    const std::size_t count = channel_.read_now(input_.room(false), error);
    if (error) return error == asio::error::would_block;
    input_.received(count);
    const bool quiet = input_.unread().size() <= follower_bytes_max;
    input_.consume(input_.unread().size());
    return quiet;
}

void Connection::send_new_records() {
    if (wait_.what() != Waits::records) return;
    if (!stream_) return resume_stream();
    const bool entitled = stream_->end(wall_clock_now()).empty();
    const bool caught_up = entitled && fill();
    const bool is_over = closing_ == Closing::broken || stream_->has_ended();
    if (write_now() && caught_up && !is_over) {
        ask_to_be_woken();
        return;
    }
    resume_stream();
}

// Each time is asked for once, however often records come before it.
void Connection::ask_to_be_woken() {
    const auto due = stream_->due();
    if (due && *due != wakes_at_) {
        wakes_at_ = *due;
        watch_.wake_at(*due, weak_from_this());
    }
    if (stream_->awaits_records()) watch_.watch(stream_->position());
}

// Leaves what there is to do to the coroutine.
void Connection::resume_stream() {
    wait_.end();
    channel_.cancel();
}

void Connection::tick_stream(TimePoint time) {
    if (stream_->has_notice(wall_clock_now())) return resume_stream();
    if (stream_->append_heartbeat(output_, time) || stream_->is_behind()) send_new_records();
}

}  // namespace freshet::http
