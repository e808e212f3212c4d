// Folds a whole log into an empty state at once: what LogFold makes of it record by record, to the
// letter, in a fraction of the time.
//
//     1. read    stretches of the log beside each other: facts in the order of the log, each change
//                to its item's history, sorted by item (engine/folding/bulk_histories.h)
//     2. items   each history to its item, in the order of keys, and its rows, sorted by place
//     3. rows    in their order
//     4. take in what 2 and 3 have written, with the checkpoint, in one step
//
// Why it is the same: an item depends on its own records alone, in their order, and so does its
// history; rows depend on the item's newest image alone; and facts depend on records in the order
// of the log, which is how they are folded here (engine/folding/facts_in_order.h). What a state
// holds in the end does not depend on when it was committed.
//
// A crash leaves the empty state, or one that says it is unfinished, which is on disk before
// anything else is done, or the whole one. It needs
// room on the disk for what is sorted: beside the state about as much as the log has of newest
// images and of rows, until it ends. It gives up before it takes the room that others need to write
// (storage/disk_room.h).
//
// Memory: `memory` bytes for sorting, of which each thread has its share; and a few MiB for each
// thread and each file that is read. Where the state's cache is smaller than that, as much as the
// cache (StateKeeper).
//
// Invariants
//   - It begins with an empty state: no item, no row, and no list or total to build.
//   - The state is shown to nobody before the end.
//
// Threads: called by one; works on some of its own meanwhile.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/bulk_histories.h"
#include "engine/folding/bulk_rows.h"
#include "engine/folding/log_fold.h"
#include "engine/folding/state_contents.h"
#include "storage/change_log.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/scratch_folder.h"
#include "storage/state_store.h"

namespace freshet::engine {

inline constexpr std::size_t bulk_memory_min = std::size_t{16} << 20U;

struct BulkOptions {
    std::size_t memory = std::size_t{256} << 20U;
    std::size_t threads = 2;
};

// What a state then holds.
struct BulkSum {
    std::uint64_t records = 0;
    std::uint64_t items = 0;  // those that were removed as well
    std::uint64_t rows = 0;
};

class BulkFold {
public:
    // Borrows all of them.
    BulkFold(const Catalog& catalog, const storage::ChangeLog& log, storage::StateStore& state,
             const BulkOptions& options);
    ~BulkFold();
    BulkFold(const BulkFold&) = delete;
    BulkFold& operator=(const BulkFold&) = delete;

    // Folds the log up to its head into the state, which holds `contents` and takes account of
    // nothing. `report` hears of the share that is done, told as a position.
    // Fails with unavailable  if the log is one to be folded record by record;
    //            disk_full    likewise, since there is no room for what is sorted;
    //            and as LogFold::run() does. The state is then to be cleared.
    Result<BulkSum> run(const StateContents& contents, const LogFold::Report& report);

private:
    Result<void> begin_state();
    Result<void> read_log(const LogFold::Report& report);
    Result<void> fold_items(const LogFold::Report& report);
    Result<void> fold_items_between(const std::string& begin, const std::string& end,
                                    std::vector<std::string>& files, RowGatherer& rows,
                                    PartsControl& control);
    Result<void> write_rows(const LogFold::Report& report);
    [[nodiscard]] Result<void> tell(const LogFold::Report& report, double share) const;

    const Catalog& catalog_;
    const storage::ChangeLog& log_;
    storage::StateStore& state_;
    const BulkOptions options_;
    const storage::LogMark head_;

    std::vector<std::string> tables_;  // in the order in which their items stand in a state
    std::unique_ptr<storage::ScratchFolder> folder_;
    std::unique_ptr<BulkHistories> histories_;
    std::unique_ptr<BulkRows> rows_;
    std::vector<std::string> files_;  // of entries, in their order
    std::atomic<std::uint64_t> items_ = 0;
    BulkSum sum_;
};

}  // namespace freshet::engine
