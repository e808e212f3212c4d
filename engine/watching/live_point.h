// The read point at which live views are looked at, for all who are told of them in one pass.
//
// A pass tells thousands of streams one after the other, and meanwhile there are newer read points.
// If each stream took the newest, views would be read again for every few of them, and each would
// be told another change. So those of one pass are told of the same read point: a view is read
// once, its change is made once, and all who had the same have the same again.
//
//     begin_pass()   current() … current() …   the pass ends with its Pass
//
// Invariants
//   - The read point of a pass is the one that is the newest when it is first asked for. Passes at
//     the same time share that of the last that has begun, so that none is ahead of another for
//     long.
//   - Between passes nothing is kept, and current() is the newest.
//   - What current() gives during a pass is at most as old as the pass.
//
// Threads: any. It outlives its passes.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "engine/views/read_point.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

class LivePoint {
public:
    using Answer = Result<std::shared_ptr<const ReadPoint>>;

    // Until it goes, or end() is called.
    class Pass {
    public:
        Pass() = default;
        Pass(Pass&& other) noexcept : point_(std::exchange(other.point_, nullptr)) {}
        Pass& operator=(Pass&& other) noexcept;
        ~Pass() { end(); }

        void end();
        [[nodiscard]] bool is_under_way() const { return point_ != nullptr; }

    private:
        friend class LivePoint;
        explicit Pass(LivePoint& point) : point_(&point) {}

        LivePoint* point_ = nullptr;
    };

    // `newest` gives the newest read point. It is called with a lock held, and must not come back.
    explicit LivePoint(std::function<Answer()> newest) : newest_(std::move(newest)) {}
    LivePoint(const LivePoint&) = delete;
    LivePoint& operator=(const LivePoint&) = delete;

    [[nodiscard]] Pass begin_pass();

    // That of the passes that are under way; the newest where there are none. Fails as `newest`.
    Answer current();
    // The newest, and from now on that of the passes that are under way. Fails likewise.
    Answer renewed();
    // That of the passes if it is later than the position, which it is once another pass has begun;
    // or else renewed(). Fails likewise.
    Answer later_than(storage::Position position);

private:
    void end_pass();
    Answer renew() FRESHET_REQUIRES(mutex_);

    const std::function<Answer()> newest_;
    Mutex mutex_;
    std::size_t passes_ FRESHET_GUARDED_BY(mutex_) = 0;
    std::shared_ptr<const ReadPoint> kept_
        FRESHET_GUARDED_BY(mutex_);  // null: until it is asked for
};

}  // namespace freshet::engine
