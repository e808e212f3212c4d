// The histories of all items of a log (engine/folding/item_changes.h): gathered from stretches of
// the log, which are read beside each other, and sorted by item.
//
//     HistoryGatherer::read, read, …  (one a thread)  ->  sorted runs  ->  RunMerge
//
// A stretch is a part of the runs, so what one item has in several is joined in the order of the
// log. What is folded in that order as a whole stands in engine/folding/facts_in_order.h.
//
// Memory: a gatherer takes what it is given, and a slice of the log.
//
// Threads: as storage/sorted_runs.h says of writers and merges.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/facts_in_order.h"
#include "engine/folding/items.h"
#include "engine/folding/part_threads.h"
#include "storage/change_log.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/scratch_folder.h"
#include "storage/sorted_runs.h"

namespace freshet::engine {

// The records after a position up to another one, which there is unless it is the log's head.
struct LogStretch {
    storage::Position after;
    storage::Position up_to;
};

// Cuts a log up to its head into so many stretches, or fewer. Fails as ChangeLog::scan() does.
Result<std::vector<LogStretch>> stretches_of(const storage::ChangeLog& log, storage::Position head,
                                             std::size_t count);

class BulkHistories {
public:
    // `tables` are the names of the catalog's, in the order of their numbers. Borrows all of them.
    BulkHistories(const Catalog& catalog, const std::vector<std::string>& tables,
                  storage::ScratchFolder& folder);
    BulkHistories(const BulkHistories&) = delete;
    BulkHistories& operator=(const BulkHistories&) = delete;

    // To be sealed once everything is gathered. The keys are numbered, the values histories.
    [[nodiscard]] storage::SortedRuns& runs() { return runs_; }

private:
    friend class HistoryGatherer;

    const Catalog& catalog_;
    const std::vector<std::string>& tables_;
    storage::SortedRuns runs_;
    std::atomic<std::size_t> unmergeable_ = 0;  // changes that are kept one by one
};

class HistoryGatherer {
public:
    // Takes about that much memory.
    HistoryGatherer(BulkHistories& histories, FactsInOrder& facts, std::size_t memory);

    // Takes in the stretch of that number; stretches in their order, but those that others take in.
    // Returns false if it ended before, as `control` or `facts` wanted.
    // Fails with unavailable  if the log is one to be folded record by record;
    //            and as LogScan, FactsInOrder, Projector::key_of() and RunWriter do.
    Result<bool> read(const storage::ChangeLog& log, const LogStretch& stretch, std::size_t number,
                      PartsControl& control);

    // Passes on what is left. Fails as RunWriter::flush() does.
    Result<void> flush() { return changes_.flush(); }

    // How many records it has taken in.
    [[nodiscard]] std::uint64_t records() const { return records_; }

private:
    Result<bool> take(const storage::Record& record, std::size_t stretch);
    // Makes `table_` the one of that name; returns false, and notes it, if none is declared.
    bool find_table(std::string_view name);
    Result<bool> take_change(const storage::Record& record, std::size_t stretch);
    Result<bool> take_expiry(const storage::Record& record, const storage::Notice& expiry);
    // `is_kept`: as write_changes() has `of_its_items_stream`.
    Result<bool> add(std::string_view item, const ItemChange& change, bool is_kept);
    [[nodiscard]] std::size_t number_of(const Table& table) const;

    BulkHistories& histories_;
    FactsInOrder& facts_;
    storage::RunWriter changes_;
    const Table* table_ = nullptr;  // of the newest record
    std::size_t table_number_ = 0;
    std::uint64_t records_ = 0;
    std::string key_;
    std::string history_;
};

}  // namespace freshet::engine
