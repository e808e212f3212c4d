// A stream that a client follows: what it hears and when, beside the connection's socket.
//
//     begin()  ->  fill() … until caught up  ->  wait  ->  fill() …
//                                                 at each tick: append_heartbeat(), has_notice()
//
// It appends to the connection's output; the connection writes that and says with note_written()
// how much is left.
//
// Invariants
//   - About 64 KiB wait in memory for the client. While all streams together hold 256 MiB, it is
//     one frame.
//   - Something is written at least every heartbeat and a fifth, so a client that has left, or that
//     takes nothing more, is noticed.
//   - What it holds of all streams' memory, and its places among the followers and its subject's
//     streams, are given back with the object.
//
// Threads: one, the connection's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/limits/seats.h"
#include "http/messages/request.h"
#include "http/observing/http_metrics.h"
#include "http/serving/service.h"
#include "http/streams/stream.h"
#include "http/streams/subscribers.h"

namespace freshet::http {

class FollowedStream {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using WallTime = std::chrono::sys_seconds;  // what credentials expire by: right again after a
                                                // machine was suspended

    // What fill() has come to.
    enum class Filled : std::uint8_t {
        caught_up,  // there is nothing to do but wait
        more,       // there is more to say at once
        later,      // nothing can be read while the disk is being mended
        ended,      // the stream has said its last
        damaged     // the log cannot be read: the stream has said goodbye
    };

    // `seat` is its place among the streams of its subject.
    FollowedStream(const Service& service, Identity identity, std::unique_ptr<Stream> stream,
                   Seats::Seat seat, Subscribers::Who who = {});
    ~FollowedStream();
    FollowedStream(const FollowedStream&) = delete;
    FollowedStream& operator=(const FollowedStream&) = delete;

    // Appends how the stream begins.
    void begin(std::string& out, WallTime wall_time);

    // Appends from the log what the client is to hear next.
    Filled fill(std::string& out);

    // Whether fill() has to be asked again without a new record: there was more than it said, or it
    // could not read.
    [[nodiscard]] bool is_behind() const { return is_behind_; }

    // Appends a heartbeat if nothing was said for long enough. Returns whether it did.
    bool append_heartbeat(std::string& out, TimePoint now);

    // Whether there is something to say: that its credential ends soon, or that the stream is over.
    [[nodiscard]] bool has_notice(WallTime wall_time) const;
    // Appends, once, that it ends soon if that is due.
    void append_warning(std::string& out, WallTime wall_time);
    // Why it is over though its client is there: its credential has ended, or an admin has ended
    // it. Empty if it is not.
    [[nodiscard]] std::string_view end(WallTime wall_time) const;
    [[nodiscard]] bool is_cut() const { return subscription_.is_cut(); }

    // Appends the request to connect again, and counts why.
    void append_farewell(std::string& out, CutReason cut, std::string_view reason);

    // Whether its client has not taken all that it was sent, and all streams together hold more
    // than there is memory for.
    [[nodiscard]] bool is_in_the_way() const;

    // So many bytes went to the client, and so many are left in the output.
    void note_written(std::size_t count, std::size_t left);

    [[nodiscard]] storage::Position position() const { return stream_->position(); }
    [[nodiscard]] bool awaits_records() const { return stream_->awaits_records(); }
    [[nodiscard]] std::optional<TimePoint> due() const { return stream_->due(); }
    // Whether it has said its last: what is left is to write it.
    [[nodiscard]] bool has_ended() const { return stream_->has_ended(); }

private:
    void put_off_heartbeat();
    void hold(std::size_t bytes);
    [[nodiscard]] bool is_warning_due(WallTime wall_time) const {
        return warns_at_ && wall_time >= *warns_at_;
    }

    const Service& service_;
    const Identity identity_;
    const std::unique_ptr<Stream> stream_;
    const Seats::Seat subject_seat_;
    Subscribers::Subscription subscription_;
    std::size_t held_ = 0;  // of service_.held_bytes
    bool is_behind_ = false;
    TimePoint heartbeat_at_;            // unless something else is said before
    std::optional<WallTime> warns_at_;  // nothing if it never expires, or the client was told
};

}  // namespace freshet::http
