// The whole log folded anew, beside the state of a server that is stopped: to take its place, to be
// compared with it, or to show what another configuration would change.
//
// It is the same fold as a start's, over an empty state. While it is worked out, the folder's own
// state stands untouched; what fails, or is cut short, leaves it as it was.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/folding/bulk_fold.h"
#include "engine/folding/log_fold.h"
#include "engine/rebuilding/state_difference.h"
#include "engine/rebuilding/view_difference.h"
#include "storage/data_folder.h"
#include "storage/position.h"
#include "storage/result.h"

namespace freshet::engine {

// What a rebuild has made.
struct RebuildSum {
    storage::Position position;
    std::uint64_t records = 0;
    std::uint64_t items = 0;  // those that were removed as well
    std::uint64_t rows = 0;
};

// What the comparison of a state with the log has found.
struct RebuildCheck {
    StateComparison comparison;
    std::uint64_t records_behind = 0;    // that the state did not take account of yet
    std::vector<std::string> completed;  // lists and totals that were not built to their end
};

// What another configuration would change.
struct RebuildPreview {
    // Of a table that is declared no more.
    struct GoneTable {
        std::string name;
        std::uint64_t items = 0;  // those that were removed as well
    };

    std::vector<GoneTable> gone_tables;
    std::vector<ViewDifference> views;
    std::vector<std::string> unknown;  // held by definitions that this release cannot read
    storage::Position before;          // up to where the state takes account of the log
    storage::Position after;
};

class Rebuild {
public:
    // Borrows both; the folder must be open without its state. `report` hears of the progress of
    // each fold, and a failure of it ends the work.
    Rebuild(const Catalog& catalog, storage::DataFolder& folder, LogFold::Report report)
        : catalog_(catalog), folder_(folder), report_(std::move(report)) {}

    // Folds the log into a new state and puts it in the place of the folder's own.
    // Fails with refused  if a record does not fit its table's declared key; corrupt; disk_full;
    //            io.
    Result<RebuildSum> run();

    // Compares the folder's own state with the log folded anew. What the state lacks is first made
    // up for in a copy of it, as the next start would: records that it does not take account of,
    // lists that are not built to their end.
    // Fails with damaged_state  if the state cannot be read, or is not of this log; and as run().
    Result<RebuildCheck> check();

    // Compares the lists and totals that the state holds, by their own definitions, with those that
    // the catalog declares.
    // Fails with refused  if a table with items is declared with another key; and as check().
    Result<RebuildPreview> preview();

private:
    Result<std::unique_ptr<storage::SideState>> fold_beside(std::uint64_t& records,
                                                            std::optional<BulkSum>& counted);
    Result<std::vector<RebuildPreview::GoneTable>> gone_from(const storage::StateSnapshot& state);
    Result<void> bring_up(storage::StateStore& state, RebuildCheck& check);

    const Catalog& catalog_;
    storage::DataFolder& folder_;
    LogFold::Report report_;
    const SystemClock clock_;
};

}  // namespace freshet::engine
