// A cursor over the log: how everybody follows it.
//
//     read, read, read … until caught up; wait (Engine::when_reached) until there is more; read …
//
// There is no way for history that is joined to a way for what is new, and no queue for each
// follower: what is on disk is the queue, the shared tail of the newest records makes it fast, and
// a follower is a position.
//
// Invariants
//   - What is visited is shown: whoever then reads an item sees at least this change.
//   - Each record behind the beginning is visited once, in order, whatever fails in between.
//
// Threads: belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <functional>

#include "engine/engine.h"
#include "engine/watching/watched_record.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::engine {

// What one call looks at at most, or else one record: those who look for little pass over much, and
// others wait for the end of the call. Of small records it is their number that counts.
inline constexpr std::size_t look_bytes_max = 256U << 10U;
inline constexpr std::size_t look_records_max = 500;

class Follower {
public:
    // Follows what stands behind `after`. Borrows the engine.
    Follower(const Engine& engine, storage::Position after) : engine_(engine), position_(after) {}

    // Up to where everything was visited.
    [[nodiscard]] storage::Position position() const { return position_; }

    // Takes a record in; returns whether there is room for another.
    using Visit = std::function<bool(const WatchedRecord& record)>;

    // Visits what comes next, a bounded part of the log at most, while there is room. Returns
    // whether it has caught up with what is shown.
    //
    // Fails with unavailable  while nothing is shown: the log is being folded or mended;
    //            corrupt      if a record is not what was written.
    Result<bool> read(const Visit& visit);

private:
    const Engine& engine_;
    storage::Position position_;
};

}  // namespace freshet::engine
