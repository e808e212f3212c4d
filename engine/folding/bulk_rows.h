// The rows of a state whose items are known: gathered from the items in any order, sorted, and
// written as files.
//
//     RowGatherer::add, add, …  (one a thread)  ->  sorted runs  ->  BulkRows::write
//
// An item gives what fold_rows() gives it that comes from nothing: its place in each list, and its
// share of each total. What a group of a total says does not depend on the order in which items
// join it (engine/folding/totals.h), so shares are added up where they meet.
//
// Memory: a gatherer takes what it is given, groups of totals included.
//
// Threads: as storage/sorted_runs.h says of writers and merges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/catalog/seen_image.h"
#include "engine/folding/part_threads.h"
#include "engine/folding/projection_set.h"
#include "engine/folding/total_rows.h"
#include "storage/item.h"
#include "storage/result.h"
#include "storage/scratch_folder.h"
#include "storage/sorted_runs.h"
#include "storage/state_files.h"

namespace freshet::engine {

class BulkRows {
public:
    // Of the tables of these names. Borrows both.
    BulkRows(const ProjectionSet& projections, const std::vector<std::string>& tables,
             storage::ScratchFolder& folder);
    BulkRows(const BulkRows&) = delete;
    BulkRows& operator=(const BulkRows&) = delete;

    // Everything is gathered. Fails as SortedRuns::seal() does.
    Result<void> seal(const std::function<Result<void>()>& check) { return runs_.seal(check); }
    // As SortedRuns::bounds() does.
    [[nodiscard]] std::vector<std::string> bounds(std::size_t ranges) const {
        return runs_.bounds(ranges);
    }

    // Writes the rows between two bounds, each an empty one for none, in their order. Returns their
    // number, or that of those before the end that `control` wanted.
    // Fails as RunMerge::next() and StateFiles do.
    Result<std::uint64_t> write(const std::string& begin, const std::string& end,
                                storage::StateFiles& files, PartsControl& control) const;

private:
    friend class RowGatherer;

    // A list or a total, in the order in which their rows stand in a state.
    struct Projection {
        std::string id;
        const TotalView* total = nullptr;  // null of a list
    };

    [[nodiscard]] std::size_t number_of(const std::string& id) const;
    void join(std::string_view key, std::string& earlier, std::string_view later) const;

    const ProjectionSet& set_;
    std::vector<Projection> projections_;
    storage::SortedRuns runs_;
};

class RowGatherer {
public:
    // Takes about that much memory.
    RowGatherer(BulkRows& rows, std::size_t memory);

    // Takes in the rows of an item. Fails as RunWriter::add() does.
    Result<void> add(std::string_view table, std::string_view key, const storage::ItemParts& item);

    // Passes on what is left. Fails as add() does.
    Result<void> flush();

private:
    Result<void> add_to_list(const ListView& list, std::string_view key, const SeenImage& image);
    Result<void> add_to_total(const TotalView& total, std::string_view key, const SeenImage& image);
    Result<void> add_row(const std::string& id, std::string_view place, std::string_view value);
    Result<void> flush_groups();

    BulkRows& rows_;
    const std::size_t groups_memory_;
    storage::RunWriter writer_;
    // What the groups of totals say so far, by the key of their row.
    std::unordered_map<std::string, GroupRow> groups_;
    std::size_t groups_bytes_ = 0;
    std::string row_;
};

}  // namespace freshet::engine
