// The newest read point, where all can see it, and those who wait for a later one.
//
//     put_up, wake (the sequencer)  ->  [newest]  ->  newest, when_reached (any thread)
//
// A wait has a ticket, by which it is found at once. Waits are called back without the lock of the
// board, so that nobody who reads is held up by them, and only so many at once, so that the writers
// who come next are not held up by them either.
//
// Invariants
//   - A read point never goes back, not even after none was shown for a while.
//   - Each wait is called back once, or not at all once give_up() has returned.
//
// Threads: newest, shown, when_reached, give_up: any. The rest: the one that shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/views/read_point.h"
#include "storage/position.h"
#include "storage/thread_safety.h"

namespace freshet::engine {

inline constexpr std::size_t wakes_max = 1'000;  // about a millisecond

class ReadPointBoard {
public:
    ReadPointBoard() = default;
    ReadPointBoard(const ReadPointBoard&) = delete;
    ReadPointBoard& operator=(const ReadPointBoard&) = delete;

    // Null while there is none to show.
    [[nodiscard]] std::shared_ptr<const ReadPoint> newest() const;
    // The latest position that was ever shown.
    [[nodiscard]] storage::Position shown() const;

    // Calls `reached` once the newest read point is at `position` or later: from this call, or from
    // wake(). `reached` must neither block nor call the board. Returns a ticket for give_up().
    std::uint64_t when_reached(storage::Position position, std::function<void()> reached);
    // Forgets the wait. If it is just being called back, this waits for the end of that: `reached`
    // is not running, and will not be called, once this has returned.
    void give_up(std::uint64_t ticket);

    // Shows `read_point` to those who ask from now on. wake() is to follow.
    void put_up(std::shared_ptr<const ReadPoint> read_point);
    // Calls back those whose position is reached, wakes_max of them at most. Returns whether more
    // are to be called back.
    bool wake();
    // Shows none until the next, so that nothing here keeps the state open.
    void take_down();

private:
    struct Wait {
        std::uint64_t ticket;
        std::function<void()> reached;
    };
    using Waits = std::multimap<storage::Position, Wait>;

    std::vector<std::function<void()>> take_reached();
    [[nodiscard]] bool has_reached() const;

    Mutex waking_;  // held while waits are called back; before mutex_ if both are
    mutable Mutex mutex_;
    std::shared_ptr<const ReadPoint> newest_ FRESHET_GUARDED_BY(mutex_);
    storage::Position shown_ FRESHET_GUARDED_BY(mutex_);
    std::uint64_t tickets_ FRESHET_GUARDED_BY(mutex_) = 0;
    Waits waits_ FRESHET_GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, Waits::iterator> by_ticket_ FRESHET_GUARDED_BY(mutex_);
};

}  // namespace freshet::engine
