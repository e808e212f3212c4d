// What one subscriber hears: the bytes of its text/event-stream, as they become due. No sockets.
//
//     begin()  ->  fill() … until caught up  ->  wait  ->  fill() …      heartbeat() in between
//
// A subscriber is a cursor over the log (engine/follower.h). Nothing is queued for it: what is not
// yet sent stands in the log.
//
// Invariants
//   - Ids increase, and whoever resumes after one of them misses nothing and hears nothing twice.
//   - What cannot be honoured is said in a `reset`, before anything else.
//
// Threads: belongs to one connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/access/caller.h"
#include "engine/engine.h"
#include "engine/follower.h"
#include "engine/views/read_point.h"
#include "engine/watching/event_filter.h"
#include "http/streams/event_id.h"
#include "storage/position.h"

namespace freshet::http {

// What a subscriber wants to hear.
struct StreamRequest {
    enum class Kind { events, records };
    Kind kind = Kind::events;
    engine::EventFilter filter;                    // of events
    std::shared_ptr<const engine::Caller> caller;  // hears only what it may
    const engine::Table* table = nullptr;          // of records: only this table's; null: all
    bool notices = false;                          // of records: notices, too

    // After which id to go on, `earliest` or `latest`.
    std::optional<std::string> last_id;
    // Where to begin without such an id; nothing: behind the newest record.
    std::optional<storage::Position> after;

    bool unnamed = false;          // leave `event:` out and put `type` into the data
    bool named_bookmarks = false;  // for clients that do not see frames without data
};

class EventStream {
public:
    // Borrows the engine. `newest` is where `latest` begins.
    EventStream(const engine::Engine& engine, StreamRequest asked, const engine::ReadPoint& newest);

    // Appends how the stream begins: `retry`, then `hello` or `reset`, then a bookmark; last, after
    // the reset of what is no id, a comment that says what would be one.
    void begin(std::string& out);

    // Appends what comes next, about `bytes_max` at most. Returns whether it has caught up.
    //
    // Fails with unavailable  while nothing can be read; the next call goes on where this one was;
    //            corrupt      if the log is damaged.
    Result<bool> fill(std::string& out, std::size_t bytes_max);

    // Appends a bookmark: nothing that was asked for lies before it.
    void append_bookmark(std::string& out) const;

    // Appends that the credential which the stream began with ends then, and the stream with it.
    static void append_expiring(std::string& out, std::chrono::sys_seconds expires);

    // Appends the request to connect again, to another server or a little later.
    static void append_farewell(std::string& out, std::string_view reason, unsigned retry_ms);

    // Where the stream went on from when it began.
    [[nodiscard]] std::string start_id() const;

    // Why that is not where it was asked to.
    [[nodiscard]] std::optional<ResetReason> reset() const { return start_.reset; }

    [[nodiscard]] storage::Position position() const { return follower_.position(); }
    [[nodiscard]] std::size_t sent() const { return sent_; }  // events or records

private:
    void append_event(std::string& out, const engine::WatchedRecord& watched);
    void append_record(std::string& out, const engine::WatchedRecord& watched);
    void append_reset(std::string& out) const;
    [[nodiscard]] std::string id_of(storage::Position position) const;
    [[nodiscard]] std::string requested() const;

    struct Start {
        storage::Position after;
        std::optional<ResetReason> reset;
        bool is_malformed = false;  // what was requested is no id
    };
    static Start start_of(const StreamRequest& asked, const storage::LogMark& head);

    const StreamRequest request_;
    const storage::LogMark head_;  // when the stream began
    const Start start_;
    engine::Follower follower_;
    std::size_t sent_ = 0;
};

}  // namespace freshet::http
