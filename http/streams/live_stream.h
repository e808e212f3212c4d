// A stream of live views, and of events beside them: each view's `snapshot` first, then a `change`
// for each read point at which one of them is another, with what has changed of all of them.
//
// An id says what was sent on this stream (http/streams/event_id.h). A change of several views is
// one frame and moves them together. Where it takes more frames than one, a bookmark that takes
// back what was said of the views comes before them, and only the last of them has an id. So a
// client that was cut in between begins with snapshots again.
//
//     hello  bookmark   snapshot … snapshot   change   event   change …      ended
//            E-0-F               E-V-F        E-V-F    E-V-F   E-V-F
//
// Invariants
//   - A frame with an id leaves the client with what a GET of each view shows at V, and with the
//     events up to E.
//   - With `every`, time is divided in stretches of that length, the same for all streams, and each
//     has one `change` at most: the views rest until the next one begins. All who watch the same
//     are told the same then, which is made once. Events do not rest.
//   - Of a view that it may not read (any more) a client is told that it has ended, and nothing
//     after that; before it what to remove, where that is known. The ids after it say that the
//     client has not all of its views, so one that comes again begins with snapshots.
//
// Threads: belongs to one connection. The engine outlives it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/views/read_point.h"
#include "engine/watching/live_board.h"
#include "http/streams/event_id.h"
#include "http/streams/event_stream.h"
#include "http/streams/stream.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::http {

// What somebody wants to watch.
struct LiveRequest {
    struct View {
        std::string name;  // as it was asked for: `order/7c9e`
        engine::LiveWatch watch;
        std::uint64_t fingerprint;  // of the query
    };
    // As JSON of its own, or as JSON Patch (RFC 6902).
    enum class Form : std::uint8_t { change, patch };

    std::vector<View> views;  // at least one
    // Frames name their view, and the stream continues when one has ended. Otherwise it is of one
    // view.
    bool names_views = false;
    Form form = Form::change;
    std::chrono::milliseconds every{0};   // 0: each read point that it can keep up with
    std::optional<StreamRequest> events;  // with the same id to resume after
    std::optional<std::string> last_id;   // after which to continue, `earliest` or `latest`
    bool named_bookmarks = false;         // for clients that do not see frames without data
};

class LiveStream final : public Stream {
public:
    // Borrows the engine. `newest` is where the events of `latest` begin.
    LiveStream(const engine::Engine& engine, LiveRequest asked, const engine::ReadPoint& newest);

    void begin(std::string& out) override;
    Result<bool> fill(std::string& out, std::size_t bytes_max) override;
    void append_bookmark(std::string& out) const override;

    [[nodiscard]] std::string start_id() const override { return start_id_; }
    [[nodiscard]] std::optional<ResetReason> reset() const override;
    [[nodiscard]] storage::Position position() const override;
    [[nodiscard]] bool awaits_records() const override { return events_ || !rests_until_; }
    [[nodiscard]] std::optional<TimePoint> due() const override { return rests_until_; }
    [[nodiscard]] std::size_t sent() const override;
    [[nodiscard]] bool has_ended() const override;

private:
    struct Watched {
        std::string name;
        std::optional<engine::LiveWatch> watch;  // nothing once it has ended
        engine::LiveCursor cursor;
    };
    using Answers = std::vector<engine::LiveAnswer>;  // one for each view

    [[nodiscard]] EventId id() const;
    [[nodiscard]] std::string id_text() const;
    [[nodiscard]] bool may_have_changed(const engine::ReadPoint& read_point) const;
    [[nodiscard]] Result<Answers> look(const engine::ReadPoint& read_point);
    [[nodiscard]] bool is_resting();
    void rest();
    Result<bool> tell_newest(std::string& out);
    Result<bool> tell(const engine::ReadPoint& read_point, std::string& out);
    void say_seen(storage::Position position);
    void append(std::string& out, const Answers& answers, storage::Position position);
    void append_snapshot(std::string& out, const Watched& watched, const engine::LiveAnswer& answer,
                         std::string_view id);
    [[nodiscard]] const std::string& json_of(const engine::LiveChange& change) const;
    void append_change(std::string& out, const Answers& answers, std::string_view id);
    void append_ended(std::string& out, const Watched& watched);

    const engine::Engine& engine_;
    const std::uint64_t epoch_;
    const bool names_views_;
    const LiveRequest::Form form_;
    const bool named_bookmarks_;
    const std::chrono::milliseconds every_;
    std::vector<Watched> views_;
    std::optional<EventStream> events_;
    storage::Position seen_;  // of the read point that was looked at last
    SentViews sent_views_;
    bool has_looked_ = false;  // at the views, since the stream began
    std::optional<TimePoint> rests_until_;
    std::size_t sent_ = 0;
    std::string start_id_;
};

}  // namespace freshet::http
