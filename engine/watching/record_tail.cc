#include "engine/watching/record_tail.h"

#include <algorithm>
#include <utility>

#include "storage/invariant.h"
namespace freshet::engine {

using storage::Position;

namespace {

// What a record costs besides its bytes, roughly: for records so small that this is the most of it.
constexpr std::size_t record_overhead = 512;

std::size_t cost_of(const WatchedRecord& watched) {
    return watched.record().bytes().size() + record_overhead;
}

}  // namespace

RecordTail::RecordTail(const Catalog& catalog, std::size_t bytes_max)
    : catalog_(catalog), bytes_max_(bytes_max) {}

void RecordTail::restart(Position position) {
    std::deque<std::shared_ptr<const WatchedRecord>> forgotten;  // let go of without the lock
    const std::lock_guard lock(mutex_);
    forgotten.swap(records_);
    bytes_ = 0;
    begin_ = position;
}

void RecordTail::publish(const std::vector<storage::Record>& records) {
    WatchedRecords watched;
    watched.reserve(records.size());
    for (const storage::Record& record : records) {
        watched.push_back(std::make_shared<const WatchedRecord>(record, catalog_));
    }

    WatchedRecords forgotten;  // let go of without the lock
    const std::lock_guard lock(mutex_);
    for (auto& record : watched) {
        const Position newest = records_.empty() ? begin_ : records_.back()->record().position();
        invariant(record->record().position() > newest, "positions in the tail increase");
        bytes_ += cost_of(*record);
        records_.push_back(std::move(record));
    }
    while (bytes_ > bytes_max_) {
        begin_ = records_.front()->record().position();
        bytes_ -= cost_of(*records_.front());
        forgotten.push_back(std::move(records_.front()));
        records_.pop_front();
    }
}

std::optional<WatchedRecords> RecordTail::after(Position after, Position up_to,
                                                const storage::ReadLimit& limit) const {
    const std::lock_guard lock(mutex_);
    if (after < begin_) return std::nullopt;
    auto next = std::upper_bound(records_.begin(), records_.end(), after,
                                 [](Position position, const auto& watched) {
                                     return position < watched->record().position();
                                 });
    WatchedRecords found;
    std::size_t bytes = 0;
    for (; next != records_.end() && (*next)->record().position() <= up_to; ++next) {
        const std::size_t size = (*next)->record().bytes().size();
        const bool fits = found.size() < limit.records && bytes + size <= limit.bytes;
        if (!found.empty() && !fits) break;
        bytes += size;
        found.push_back(*next);
    }
    return found;
}

}  // namespace freshet::engine
