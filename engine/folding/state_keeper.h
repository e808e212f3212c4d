// Keeps a state true to its log and to the catalog: brings it up to both, and builds the lists and
// totals that it lacks. A server does that at its start, after a fault of the disk and between two
// groups; a rebuild does it beside the state of a server that is stopped.
//
//     trusted_mark  ->  take_over  ->  fold  ->  build, build, build …
//     bring_up: the first three, in a state that is emptied if it cannot be used
//
// Invariants
//   - What the state holds is known before anything is folded into it.
//   - What is folded is in the log first: a state is never ahead of it.
//   - Rows are built of everything that is in the log.
//
// Threads: none of its own; one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/folding/bulk_fold.h"
#include "engine/folding/log_fold.h"
#include "engine/folding/state_contents.h"
#include "engine/observing/status.h"
#include "storage/change_log.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

struct KeeperOptions {
    // From so many positions on, a whole log is folded at once (engine/folding/bulk_fold.h).
    std::uint64_t bulk_positions_min = 65'536;
    BulkOptions bulk;
};

class StateKeeper {
public:
    // Borrows all but the options.
    StateKeeper(const Catalog& catalog, const storage::ChangeLog& log, storage::StateStore& store,
                const Clock& clock, const KeeperOptions& options = {})
        : catalog_(catalog), log_(log), store_(store), clock_(clock), options_(options) {}

    // Makes the state take account of the whole log and hold what the catalog declares, as far as
    // that needs no building. A state that cannot be used is emptied; `before_clearing` is called
    // then, and must let go of its snapshots.
    // Fails with refused  if a table with items is declared with another key; as `report` does; and
    //                     as reading the log and writing the state do. It may be called again.
    Result<storage::LogMark> bring_up(const LogFold::Report& report,
                                      const std::function<void()>& before_clearing);

    // Up to where the state takes account of the log; the log's beginning if the state is empty.
    // Fails with damaged_state  if it cannot be read, is laid out otherwise, is not of this log, or
    //                           is distrusted; and as reading the log does.
    [[nodiscard]] Result<storage::LogMark> trusted_mark() const;

    // Makes a state that takes account of the log up to `mark` hold what the catalog declares.
    // Returns false, having changed nothing, if the log has to be folded from its beginning.
    // Fails as engine::take_over() and writing the state do.
    Result<bool> take_over(const storage::LogMark& mark);

    // Folds the records after `from` up to the log's head, which is returned: a whole log, if it is
    // long, at once where there is room on the disk for that, else record by record.
    // Fails as LogFold::run().
    Result<storage::LogMark> fold(const storage::LogMark& from, const LogFold::Report& report);

    // Ends a batch of the state that takes account of the log up to its head, `mark`.
    // Fails as StateStore::commit() does.
    Result<void> commit(storage::StateBatch batch, const storage::LogMark& mark);

    // Whether the state still lacks something that the catalog declares.
    [[nodiscard]] bool is_building() const { return !contents_.walks.empty(); }

    // Builds one slice of what is lacking, of at most so many items. Returns whether something
    // became whole, so that there is more to show. Only while is_building().
    // Fails as TableWalk::next_slice() and take_over() do.
    Result<bool> build(std::size_t items_max);

    // What is being built and how far it is. Fails with unavailable  while the state is reopened.
    [[nodiscard]] Result<std::vector<BuildStatus>> builds() const;

    // The state was seen to be damaged: bring_up() will empty it.
    void distrust() { is_trusted_ = false; }

    // What the state holds. Only once it was taken over.
    [[nodiscard]] const StateContents& contents() const;
    // Up to where the state takes account of the log.
    [[nodiscard]] const storage::LogMark& folded() const { return folded_; }
    // How many records fold() has folded, also where it failed.
    [[nodiscard]] std::uint64_t records() const { return records_; }
    // What the state holds, if fold() has folded the whole log at once.
    [[nodiscard]] const std::optional<BulkSum>& bulk_sum() const { return bulk_sum_; }

private:
    [[nodiscard]] bool folds_at_once(const storage::LogMark& from) const;
    Result<void> fold_at_once(const LogFold::Report& report);
    Result<storage::LogMark> clear(const std::function<void()>& before_clearing);

    const Catalog& catalog_;
    const storage::ChangeLog& log_;
    storage::StateStore& store_;
    const Clock& clock_;
    const KeeperOptions options_;
    StateContents contents_;
    storage::LogMark folded_;
    std::uint64_t records_ = 0;
    std::optional<BulkSum> bulk_sum_;
    bool is_trusted_ = true;
    bool was_interrupted_ = false;  // a fold at once, by the end of its process or a fault
};

}  // namespace freshet::engine
