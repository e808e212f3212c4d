#include "engine/sequencing/read_point_board.h"

#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {

using storage::Position;

std::shared_ptr<const ReadPoint> ReadPointBoard::newest() const {
    const MutexLock lock(mutex_);
    return newest_;
}

Position ReadPointBoard::shown() const {
    const MutexLock lock(mutex_);
    return shown_;
}

std::uint64_t ReadPointBoard::when_reached(Position position, std::function<void()> reached) {
    invariant(reached != nullptr, "who waits can be called back");
    std::uint64_t ticket = 0;
    {
        const MutexLock lock(mutex_);
        ticket = ++tickets_;
        const bool is_reached = newest_ && newest_->position() >= position;
        if (!is_reached) {
            by_ticket_[ticket] =
                waits_.emplace(position, Wait{.ticket = ticket, .reached = std::move(reached)});
            return ticket;
        }
    }
    reached();
    return ticket;
}

void ReadPointBoard::give_up(std::uint64_t ticket) {
    {
        const MutexLock lock(mutex_);
        const auto found = by_ticket_.find(ticket);
        if (found != by_ticket_.end()) {
            waits_.erase(found->second);
            by_ticket_.erase(found);
            return;
        }
    }
    const MutexLock until_called_back(waking_);
}

void ReadPointBoard::put_up(std::shared_ptr<const ReadPoint> read_point) {
    // The earlier one is let go of without the lock: it may be the last to hold its snapshot.
    const MutexLock lock(mutex_);
    invariant(read_point->position() >= shown_, "a read point never goes back");
    shown_ = read_point->position();
    newest_.swap(read_point);
}

bool ReadPointBoard::wake() {
    const MutexLock waking(waking_);
    for (const auto& reached : take_reached()) reached();
    return has_reached();
}

bool ReadPointBoard::has_reached() const {
    const MutexLock lock(mutex_);
    return newest_ && !waits_.empty() && waits_.begin()->first <= newest_->position();
}

std::vector<std::function<void()>> ReadPointBoard::take_reached() {
    std::vector<std::function<void()>> taken;
    const MutexLock lock(mutex_);
    if (!newest_) return taken;
    auto end = waits_.begin();
    while (end != waits_.end() && end->first <= newest_->position() && taken.size() < wakes_max) {
        by_ticket_.erase(end->second.ticket);
        taken.push_back(std::move(end->second.reached));
        ++end;
    }
    waits_.erase(waits_.begin(), end);
    return taken;
}

void ReadPointBoard::take_down() {
    std::shared_ptr<const ReadPoint> taken_down;  // let go of without the lock, as above
    const MutexLock lock(mutex_);
    taken_down.swap(newest_);
}

}  // namespace freshet::engine
