#include "engine/watching/record_tail.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {

using storage::Position;

namespace {

// What a record costs besides its bytes, roughly: for records so small that this is the most of it.
constexpr std::size_t record_overhead = 512;

// So many that follow each other share one piece of memory, which stays as long as one of them. So
// they are small ones: what stays for the last of them is less than all may hold by far.
constexpr std::size_t stretch_records = 16;
constexpr std::size_t stretched_bytes_max = 4U << 10U;  // of each
using Stretch = std::array<std::optional<WatchedRecord>, stretch_records>;

// Whether the records from there on are enough for a stretch, and small ones.
bool begins_stretch(const std::vector<storage::Record>& records, std::size_t begin) {
    if (records.size() - begin < stretch_records) return false;
    const auto first = records.begin() + static_cast<std::ptrdiff_t>(begin);
    return std::all_of(first, first + stretch_records, [](const storage::Record& record) {
        return record.bytes().size() <= stretched_bytes_max;
    });
}

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
    std::size_t next = 0;
    while (next < records.size()) {
        if (!begins_stretch(records, next)) {
            watched.push_back(std::make_shared<const WatchedRecord>(records[next++], catalog_));
            continue;
        }
        const auto stretch = std::make_shared<Stretch>();
        for (std::optional<WatchedRecord>& place : *stretch) {
            watched.emplace_back(stretch, &place.emplace(records[next++], catalog_));
        }
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
