// The newest records of the log, in memory, for those who follow it.
//
// A cache and no queue: whoever falls behind it reads the log instead, so it is bounded whatever
// the followers do, and nobody's slowness is another's loss.
//
// Invariants
//   - It holds every record behind its beginning up to the newest that was published, in order.
//
// Threads: any; one publishes.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/watching/watched_record.h"
#include "storage/change_log.h"
#include "storage/position.h"
#include "storage/record.h"

namespace freshet::engine {

using WatchedRecords = std::vector<std::shared_ptr<const WatchedRecord>>;

class RecordTail {
public:
    // `bytes_max` of encoded records are kept, with an allowance for what else each takes. Events
    // that somebody asked for come on top: a few fields of each.
    RecordTail(const Catalog& catalog, std::size_t bytes_max);

    // Forgets what it holds: the next records to be published follow `position`.
    void restart(storage::Position position);

    // Takes in the records of one group, which follow what was published before.
    void publish(const std::vector<storage::Record>& records);

    // The records that follow `after`, up to and including `up_to`; at least one if there is one.
    // Nothing if the tail begins behind `after`: then the log has to be read.
    [[nodiscard]] std::optional<WatchedRecords> after(storage::Position after,
                                                      storage::Position up_to,
                                                      const storage::ReadLimit& limit) const;

private:
    const Catalog& catalog_;
    const std::size_t bytes_max_;
    mutable std::mutex mutex_;  // guards what follows
    storage::Position begin_;   // the records behind it are here
    std::size_t bytes_ = 0;
    std::deque<std::shared_ptr<const WatchedRecord>> records_;
};

}  // namespace freshet::engine
