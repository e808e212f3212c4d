#include "http/serving/followed_stream.h"

#include <string>
#include <utility>

#include "http/credentials/renewal.h"
#include "http/serving/jitter.h"

namespace freshet::http {

namespace {

// What one follower may have waiting in memory; a single record may be longer.
constexpr std::size_t stream_bytes_max = 64U << 10U;

// A client that comes again after a fault of the log will most likely meet it again.
constexpr unsigned failed_retry_ms = 30'000;

// Heartbeats are put off by up to a fifth more, so that not all clients are due at once.
constexpr int heartbeat_jitter_part = 5;

}  // namespace

FollowedStream::FollowedStream(const Service& service, Identity identity,
                               std::unique_ptr<Stream> stream, Seats::Seat seat,
                               Subscribers::Who who)
    : service_(service),
      identity_(std::move(identity)),
      stream_(std::move(stream)),
      subject_seat_(std::move(seat)),
      subscription_(service.subscribers, std::move(who)) {
    subscription_.move(stream_->position());
}

FollowedStream::~FollowedStream() {
    hold(0);
}

void FollowedStream::begin(std::string& out, WallTime wall_time) {
    if (stream_->reset()) service_.metrics.count_reset(*stream_->reset());
    stream_->begin(out);
    put_off_heartbeat();
    if (identity_.expires) warns_at_ = expiring_at(wall_time, *identity_.expires);
}

FollowedStream::Filled FollowedStream::fill(std::string& out) {
    const std::size_t sent = stream_->sent();
    const bool is_roomy = service_.held_bytes < service_.held_bytes_max;
    const auto caught_up = stream_->fill(out, is_roomy ? stream_bytes_max : 1);
    service_.metrics.count_events_sent(stream_->sent() - sent);
    if (!out.empty()) put_off_heartbeat();
    subscription_.move(stream_->position());
    is_behind_ = !caught_up || !*caught_up;
    if (stream_->has_ended()) return Filled::ended;
    if (caught_up) return *caught_up ? Filled::caught_up : Filled::more;
    if (caught_up.error().code != Errc::corrupt) return Filled::later;
    service_.log->error("a stream ends at position " + std::to_string(stream_->position().value) +
                        ": " + caught_up.error().message);
    service_.metrics.count_cut(CutReason::failed);
    Stream::append_farewell(out, "the log cannot be read: see the server's own log",
                            failed_retry_ms);
    return Filled::damaged;
}

// Whatever is written shows that the stream is alive, so a heartbeat is due only after silence.
void FollowedStream::put_off_heartbeat() {
    heartbeat_at_ = std::chrono::steady_clock::now() + service_.heartbeat +
                    jitter(service_.heartbeat / heartbeat_jitter_part);
}

bool FollowedStream::append_heartbeat(std::string& out, TimePoint now) {
    if (now < heartbeat_at_) return false;
    stream_->append_bookmark(out);
    put_off_heartbeat();
    return true;
}

bool FollowedStream::has_notice(WallTime wall_time) const {
    return is_warning_due(wall_time) || !end(wall_time).empty();
}

std::string_view FollowedStream::end(WallTime wall_time) const {
    return is_cut() ? "an admin has ended this stream" : identity_.end(wall_time);
}

void FollowedStream::append_warning(std::string& out, WallTime wall_time) {
    if (!is_warning_due(wall_time)) return;
    Stream::append_expiring(out, *identity_.expires);
    warns_at_.reset();
}

void FollowedStream::append_farewell(std::string& out, CutReason cut, std::string_view reason) {
    service_.metrics.count_cut(cut);
    Stream::append_farewell(out, reason, static_cast<unsigned>(reconnect_delay().count()));
}

void FollowedStream::note_written(std::size_t count, std::size_t left) {
    service_.metrics.count_stream_bytes_sent(count);
    hold(left);
}

bool FollowedStream::is_in_the_way() const {
    return held_ > 0 && service_.held_bytes > service_.held_bytes_max;
}

void FollowedStream::hold(std::size_t bytes) {
    if (bytes == held_) return;
    service_.held_bytes += bytes - held_;  // wraps around where it is less than before
    held_ = bytes;
    subscription_.hold(bytes);
}

}  // namespace freshet::http
