// The next events as one JSON document, for clients without Server-Sent Events: they ask again with
// `next`, and wait there for what happens.
//
//     {"events":[{"id":"5f3c.1042","type":"…","topic":"…","data":{…}}],"next":"5f3c.1077"}
//
// Invariants
//   - Who asks after each `next` in turn hears what a stream would have told, each event once.
//   - What cannot be honoured of an id is said at once, in `reset`, with `next` at the log's end.
//
// Threads: belongs to one connection. The engine outlives it.
#pragma once

#include <cstddef>
#include <string>

#include "engine/engine.h"
#include "engine/follower.h"
#include "engine/views/read_point.h"
#include "http/streams/event_stream.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::http {

// Of the JSON of a batch, but for its last event.
inline constexpr std::size_t batch_bytes_max = 256U << 10U;

class EventBatch {
public:
    // Borrows the engine. `newest` is where the events of `latest` begin.
    EventBatch(const engine::Engine& engine, StreamRequest asked, const engine::ReadPoint& newest);

    // Takes in what comes next, a bounded part of the log at most. Returns whether more can come
    // at once: it has not caught up, and has room.
    // Fails as engine::Follower::read() does.
    Result<bool> fill();

    // Whether its client is to be answered without waiting.
    [[nodiscard]] bool has_something() const { return !events_.empty() || start_.reset; }
    // Up to where everything was looked at.
    [[nodiscard]] storage::Position position() const { return follower_.position(); }

    // The document.
    [[nodiscard]] std::string json() const;

private:
    void add(const engine::WatchedRecord& watched);

    const StreamRequest request_;
    const storage::LogMark head_;  // when it began
    const StartPoint start_;
    engine::Follower follower_;
    std::string events_;  // the elements of the array
};

}  // namespace freshet::http
