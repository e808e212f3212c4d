// The changes of one item, newest first, and the item as it was after any of them.
//
//     the item's newest record  ->  Record::previous()  ->  …  ->  its first record
//
// Each record in the log names the item's record before it. So a history is a chain that is walked
// backwards, and there is no index to maintain. A chain may be of any length, and what one call
// looks at of it is bounded. Whoever names the position of one of the item's own records begins
// right there, however far back that is.
//
// Invariants
//   - Everything is as of one read point: records after it are no part of the history.
//   - Positions fall from change to change: a chain only leads to earlier records, and only to
//     those of its item. Each link is the disk's word, so one that does not is `corrupt`.
//   - A page of changes holds a change if there is one.
//
// Threads: immutable; any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/views/read_point.h"
#include "storage/change_log.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"

namespace freshet::engine {

// How many of an item's records one call looks at before it gives up.
struct WalkLimit {
    std::size_t records = 1'000;
    std::size_t bytes = 8U << 20U;  // of encoded records
};

struct HistoryRequest {
    // Only changes at positions below this one.
    storage::Position before{std::numeric_limits<std::uint64_t>::max()};
    std::size_t limit = page_limit_default;
};

struct HistoryPage {
    // Each as JSON, newest first: position, eventName, sequenceNumber, the images before and after
    // as plain JSON (null where the item was not there, left out where it is not known), the names
    // of the attributes whose value changed (left out unless both images are known), `expired`
    // where the item was removed because its time to live was over, and `imported` where it
    // is not a change but what an export says of the item: how it was before is then not known.
    std::vector<std::string> changes;
    storage::Position next;  // `before` of the page that follows; position 0 at the end
};

class ItemHistory {
public:
    // The history of the item as of the read point; nothing if the item never was.
    // `key` has one text for each part of the table's key (engine/catalog/item_key.h).
    // Fails with refused  if `key` does not fit the table; damaged_state; io.
    //
    // Borrows the log and the table, which must outlive it.
    static Result<std::optional<ItemHistory>> find(const storage::ChangeLog& log,
                                                   const ReadPoint& read_point, const Table& table,
                                                   const std::vector<std::string>& key,
                                                   const WalkLimit& limit = {});

    // Fails with too_large    if `before` is no position of this item's and too far back;
    //            corrupt      if a record is not what was written, or the chain is broken;
    //            unavailable  while the log is being reopened.
    [[nodiscard]] Result<HistoryPage> page(const HistoryRequest& request) const;

    // The item as the fold of the log up to `position` has it; nothing if it was not there, or its
    // image is not known. Fails as page() does.
    [[nodiscard]] Result<std::optional<ItemAnswer>> item_at(storage::Position position,
                                                            ItemForm form = ItemForm::plain) const;

private:
    ItemHistory(const storage::ChangeLog& log, const Table& table, std::string key,
                storage::Position newest, const WalkLimit& limit)
        : log_(&log), table_(&table), key_(std::move(key)), newest_(newest), limit_(limit) {}

    // A way down the chain, and what was looked at on it.
    struct Walk {
        storage::Position next;  // the record to be looked at; position 0 at the end
        std::size_t records = 0;
        std::size_t bytes = 0;
    };
    // A walk whose next record is the newest one up to `position`.
    [[nodiscard]] Result<Walk> walk_from(storage::Position position) const;
    // Takes the next record, which must be there.
    [[nodiscard]] Result<storage::Record> step(Walk& walk) const;
    [[nodiscard]] bool is_spent(const Walk& walk) const;
    [[nodiscard]] bool is_of_item(const storage::Record& record) const;
    [[nodiscard]] Error too_far(const Walk& walk, storage::Position wanted) const;

    const storage::ChangeLog* log_;
    const Table* table_;
    std::string key_;  // in order-preserving bytes
    storage::Position newest_;
    WalkLimit limit_;
};

}  // namespace freshet::engine
