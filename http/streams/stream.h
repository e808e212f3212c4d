// What one subscriber hears: the bytes of its text/event-stream, as they become due. No sockets.
//
//     begin()  ->  fill() … until caught up  ->  wait for what is after position(), or until due()
//         ->  fill() …            in between: append_bookmark() as a heartbeat
//
// A subscriber is a cursor: nothing is queued for it. What it was not sent yet stands in the log
// and in the state.
//
// Invariants
//   - A frame is appended whole. A client that resumes after the last id that it has heard misses
//     nothing and is told nothing twice.
//   - Where events cannot continue after an id, that is said before anything else. Views begin with
//     snapshots then.
//
// Threads: belongs to one connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/streams/event_id.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::http {

class Stream {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    Stream() = default;
    virtual ~Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // Appends how the stream begins: `retry`, then `hello` or `reset`, then a bookmark; last, after
    // the reset of what is no id, a comment that says what would be one.
    virtual void begin(std::string& out) = 0;

    // Appends what comes next, about `bytes_max` at most. Returns whether it has caught up.
    //
    // Fails with corrupt  if the log is damaged. After any other failure the next call continues
    // where this one was.
    virtual Result<bool> fill(std::string& out, std::size_t bytes_max) = 0;

    // Appends a bookmark: nothing that was asked for lies between what was sent and its id.
    virtual void append_bookmark(std::string& out) const = 0;

    // Where the stream continued from when it began.
    [[nodiscard]] virtual std::string start_id() const = 0;
    // Why that is not where it was asked to.
    [[nodiscard]] virtual std::optional<ResetReason> reset() const = 0;

    // Up to where everything was looked at: there is more to say once a record is after it, if
    // records are awaited.
    [[nodiscard]] virtual storage::Position position() const = 0;
    [[nodiscard]] virtual bool awaits_records() const { return true; }
    // When there may be more to say without another record; nothing: never.
    [[nodiscard]] virtual std::optional<TimePoint> due() const { return std::nullopt; }
    // How many events, records or changes were appended.
    [[nodiscard]] virtual std::size_t sent() const = 0;
    // Whether it has said its last.
    [[nodiscard]] virtual bool has_ended() const { return false; }

    // Appends that the credential which the stream began with ends then, and the stream with it.
    static void append_expiring(std::string& out, std::chrono::sys_seconds expires);

    // Appends the request to connect again, to another server or a little later.
    static void append_farewell(std::string& out, std::string_view reason, unsigned retry_ms);

protected:
    // How long a client is to wait that has lost its connection.
    static void append_first_retry(std::string& out);
    // The beginning of a stream that continues after `position`, but for its bookmark.
    static void append_hello(std::string& out, std::uint64_t epoch, storage::Position position);
    // `named`: for clients that do not see frames without data.
    static void append_bookmark(std::string& out, const EventId& id, bool named);
};

}  // namespace freshet::http
