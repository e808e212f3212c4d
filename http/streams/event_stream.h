// A stream of events or records: a cursor over the log (engine/follower.h).
//
// Invariants
//   - Ids increase.
//   - What cannot be honoured of an id is said in a `reset`, before anything else.
//
// Threads: belongs to one connection.
#pragma once

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
#include "http/streams/stream.h"
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
    bool names_topics = false;     // the data is `{"topic":"…","data":{…}}`
    bool named_bookmarks = false;  // for clients that do not see frames without data

    // The record's event, if it is one that was asked for and that the caller may hear; else null.
    [[nodiscard]] const engine::Event* heard(const engine::WatchedRecord& watched) const;
    // What the client has said of where to begin, for a reset.
    [[nodiscard]] std::string requested() const;
};

class EventStream final : public Stream {
public:
    // Borrows the engine. `newest` is where `latest` begins.
    EventStream(const engine::Engine& engine, StreamRequest asked, const engine::ReadPoint& newest);

    // What the client has of views that it watches on the same stream: from now on its ids say so,
    // too.
    void set_views(const SentViews& views) { views_ = views; }

    void begin(std::string& out) override;
    Result<bool> fill(std::string& out, std::size_t bytes_max) override;
    void append_bookmark(std::string& out) const override;

    [[nodiscard]] std::string start_id() const override;
    [[nodiscard]] std::optional<ResetReason> reset() const override { return start_.reset; }
    [[nodiscard]] storage::Position position() const override { return follower_.position(); }
    [[nodiscard]] std::size_t sent() const override { return sent_; }

private:
    void append_event(std::string& out, const engine::WatchedRecord& watched);
    void append_record(std::string& out, const engine::WatchedRecord& watched);
    void append_reset(std::string& out) const;
    [[nodiscard]] EventId id_of(storage::Position position) const;
    [[nodiscard]] std::string text_of(storage::Position position) const;

    const StreamRequest request_;
    const storage::LogMark head_;  // when the stream began
    const StartPoint start_;
    engine::Follower follower_;
    std::optional<SentViews> views_;
    std::size_t sent_ = 0;
};

}  // namespace freshet::http
