// All live views that somebody watches.
//
//     watch(query)  ->  LiveWatch: look(read point, cursor), look, look …
//     note(group)   ->  the views that it touches are marked, and read again when somebody looks
//
// A view is read once for all who watch it, when the first of them looks at a read point at which
// it may be another, and never by the writer. The writer marks the views that its group touches,
// each once for a range of rows and once for an item; while nobody watches, it notes where the log
// is and nothing else. A watcher is a cursor: it is told what its client lacks, however late it
// looks, and the steps in between are merged. So a slow one holds nothing and nobody up.
//
// Invariants
//   - What is told leaves the client with what a read of the view shows at the answer's position.
//   - A group is noted before anybody can read it: what is not marked at a read point is what it
//     was.
//   - A cursor is continued only where it is known what has changed since. Otherwise the answer is
//     a snapshot: after a definition or the state itself was exchanged, all are.
//   - A view is known for some seconds after the last who watched it has left: a client that has
//     lost its connection comes again by then, and is told what has changed. Where there is no room
//     for another one, those that were left go at once.
//   - Views, pictures and histories take a bounded part of memory. A view is taken only if there is
//     room for what it can come to be made of. A picture that does not fit is read again for each
//     who looks, and told as a snapshot.
//
// Threads: note, forget: the sequencer's. The rest: any, but a watch belongs to one at a time. The
// board outlives its watches.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/views/read_point.h"
#include "engine/watching/live_query.h"
#include "engine/watching/live_view.h"
#include "engine/watching/touch_index.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/state_store.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

struct LiveLimits {
    std::size_t views = 16'384;
    std::size_t bytes = 64U << 20U;  // of pictures and histories
    HistoryLimit history;            // of each view
    // For how long a view is known after the last who watched it has left.
    std::chrono::milliseconds linger{10'000};
};

// What a client has of a live view: its picture at a position.
struct LiveCursor {
    storage::Position position;
    // Which the board counts: of this process, and of one definition. 0: of an earlier connection.
    std::uint64_t knowledge = 0;

    bool operator==(const LiveCursor&) const = default;
};

struct LiveAnswer {
    enum class Kind : std::uint8_t {
        overtaken,  // others were shown a later moment: look again, at the newest read point
        unchanged,
        change,
        snapshot,
        ended,  // it may not be read, and is not told of any more
    };

    Kind kind = Kind::unchanged;
    LiveCursor cursor;                         // to look from next; of `overtaken` the same
    std::shared_ptr<const Picture> picture;    // of a snapshot
    std::shared_ptr<const LiveChange> change;  // of a change; of an end what it removes, or null
};

class LiveBoard;

// A part in a live view, until it is let go of.
class LiveWatch {
public:
    LiveWatch(LiveWatch&& other) noexcept;
    LiveWatch& operator=(LiveWatch&& other) noexcept;
    ~LiveWatch();

    // Whether look() may have anything to tell; takes no lock. If not, the client's picture is also
    // that of the read point, to whose position the cursor may be moved.
    [[nodiscard]] bool may_have_changed(const ReadPoint& read_point, const LiveCursor& from) const;

    // What leads from the client's picture to the one at the read point, which must be the newest
    // or have been. A cursor of position 0 has nothing.
    // Fails with refused      if the parts do not fit the view; malformed, gone: its cursor is
    // none;
    //            unavailable  while it is being built;
    //            damaged_state, io. The next call may succeed.
    [[nodiscard]] Result<LiveAnswer> look(const ReadPoint& read_point,
                                          const LiveCursor& from) const;

private:
    friend class LiveBoard;
    struct Watched;
    LiveWatch(LiveBoard& board, std::shared_ptr<Watched> watched);
    void leave();

    LiveBoard* board_;
    std::shared_ptr<Watched> watched_;  // null: it was moved from
};

class LiveBoard {
public:
    explicit LiveBoard(const LiveLimits& limits = {}) : limits_(limits) {}
    LiveBoard(const LiveBoard&) = delete;
    LiveBoard& operator=(const LiveBoard&) = delete;

    // Fails with busy  if there is no room for another view.
    Result<LiveWatch> watch(LiveQuery query);

    // A group is in the log, whose head is `head` now, and its state is about to be shown.
    void note(const storage::StateBatch& state, storage::Position head);
    // The state is about to be shown as of `head`, and may have changed without a record.
    void forget(storage::Position head);

    struct Load {
        std::size_t views = 0;  // that are watched, or were a moment ago
        std::size_t views_max = 0;
        std::size_t watches = 0;
        std::size_t bytes = 0;  // about
        std::size_t bytes_max = 0;
        std::uint64_t reads = 0;    // how often a view was read since the start
        std::uint64_t refused = 0;  // and how often there was no room for one
    };
    [[nodiscard]] Load load() const;

private:
    friend class LiveWatch;
    using Watched = LiveWatch::Watched;
    using Number = TouchIndex::Number;
    using TimePoint = std::chrono::steady_clock::time_point;

    // What a look has to know of what was noted.
    struct Marks {
        std::uint64_t generation;
        storage::Position began;    // what was shown of it first
        storage::Position touched;  // by the newest group that did
        storage::Position until;    // and where nothing had yet, since it was looked at
    };

    Result<LiveAnswer> look(Watched& watched, const ReadPoint& read_point, const LiveCursor& from);
    void leave(const Watched& watched);
    // Lets go of some that nobody has watched for so long.
    void drop_left(TimePoint now) FRESHET_REQUIRES(mutex_);
    // Lets go of one that nobody watches; false if all are watched.
    bool make_room() FRESHET_REQUIRES(mutex_);
    void drop(Watched& watched) FRESHET_REQUIRES(mutex_);

    [[nodiscard]] Marks marks_of(const Watched& watched) const;
    void stay(Watched& watched, storage::Position position);
    void settle(Watched& watched, Footprint footprint, storage::Position position);
    [[nodiscard]] std::uint64_t new_knowledge();
    // Returns whether there is room for that much.
    bool charge(Watched& watched, std::size_t bytes);

    const LiveLimits limits_;
    // Counts the calls of forget().
    std::atomic<std::uint64_t> generation_ = 0;

    mutable Mutex mutex_;  // after that of a view if both are held
    storage::Position began_ FRESHET_GUARDED_BY(mutex_);
    storage::Position noted_ FRESHET_GUARDED_BY(mutex_);
    std::uint64_t knowledge_ FRESHET_GUARDED_BY(mutex_) = 0;
    Number numbers_ FRESHET_GUARDED_BY(mutex_) = 0;
    std::size_t watches_ FRESHET_GUARDED_BY(mutex_) = 0;
    std::size_t bytes_ FRESHET_GUARDED_BY(mutex_) = 0;
    std::uint64_t refused_ FRESHET_GUARDED_BY(mutex_) = 0;
    std::atomic<std::uint64_t> reads_ = 0;
    TouchIndex index_ FRESHET_GUARDED_BY(mutex_);
    std::unordered_map<std::string_view, std::shared_ptr<Watched>> by_id_
        FRESHET_GUARDED_BY(mutex_);
    std::unordered_map<Number, Watched*> by_number_ FRESHET_GUARDED_BY(mutex_);
    // Those that were left, each once; some of them are watched again.
    std::deque<Number> left_ FRESHET_GUARDED_BY(mutex_);
};

}  // namespace freshet::engine
