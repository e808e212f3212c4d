// Folds what stands in the log into a state, step by step: at a start, after a fault of the disk,
// and in a rebuild (engine/rebuilding/rebuild.h).
//
// Invariants
//   - A fold begins at a point of this very log, and ends at its head.
//   - Each step's records and checkpoint are one commit, so the checkpoint never runs ahead.
//
// Threads: none of its own; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/catalog/catalog.h"
#include "engine/folding/projector.h"
#include "engine/folding/state_contents.h"
#include "storage/change_log.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// How far a fold is, before each of its steps.
struct FoldProgress {
    storage::Position folded;
    storage::Position head;
};

class LogFold {
public:
    // Hears of the progress; a failure ends the fold.
    using Report = std::function<Result<void>(const FoldProgress&)>;

    // Borrows all of them.
    LogFold(const Catalog& catalog, const storage::ChangeLog& log, storage::StateStore& state)
        : projector_(catalog), log_(log), state_(state) {}

    // Folds the records after `from` up to the log's head into the state, which holds `contents`.
    // Each step ends with a commit. Returns the head.
    // Fails as `report`, reading the log, Projector::apply() and writing the state do.
    Result<storage::LogMark> run(const storage::LogMark& from, const StateContents& contents,
                                 const Report& report);

    // How many records were folded so far, also by a run that failed.
    [[nodiscard]] std::uint64_t records() const { return records_; }

private:
    Projector projector_;
    const storage::ChangeLog& log_;
    storage::StateStore& state_;
    std::uint64_t records_ = 0;
};

// Whether a fold of the whole log would meet a record that does not fit its table's declared key:
// looks at the first record of each table.
// Fails with refused  if it would; and as reading the log does.
Result<void> check_keys(const Catalog& catalog, const storage::ChangeLog& log);

// Where a fold of the whole log begins.
storage::LogMark begin_of(const storage::ChangeLog& log);

// What a state says of itself that takes account of the log up to `mark`.
storage::Checkpoint checkpoint_at(const storage::LogMark& mark);

}  // namespace freshet::engine
