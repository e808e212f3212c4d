// Which tables and projections a state holds, and how far each is built; and what is to be done
// when the configuration declares others.
//
// The state remembers it as facts, written together with the rows that they tell of:
//
//     table/TABLE          how the keys of its items are made
//     skipped/TABLE        the log has records of it that were not folded: it was not declared
//     rows/ID              these rows are whole; by the configuration of that hash
//     building/ID          these rows are being built by walking that table
//     walk/TABLE           the key up to which its walk has come
//     configuration/HASH   its text, for as long as rows refer to it
//     lineage/TABLE        from which streams its records came (engine/folding/lineage.h)
//
// What tokens are believed no more stands beside these facts, and no configuration changes it
// (engine/folding/revocation_facts.h).
//
// A configuration's own text is kept so that a list of an earlier definition can be read and folded
// until the new one is built. The present catalog knows how to read it (Catalog::earlier), so that
// the fold knows no parser.
//
// Invariants
//   - The facts tell of the rows and items of the same commit.
//   - A table has at most one walk, and rows are whole or being built, never both.
//   - What a walk has built is declared by the catalog in whose name it is noted as whole.
//
// Threads: pure but for the batch that it writes to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/projection_set.h"
#include "engine/folding/table_walk.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// How keys, rows and facts are written. A state of another layout is folded anew.
inline constexpr std::uint64_t state_layout = 3;
// That of a state which is being made as a whole: what there is of it is of no use.
inline constexpr std::uint64_t unfinished_layout = 0;

struct StateContents {
    std::shared_ptr<const ProjectionSet> whole;
    std::vector<TableWalk> walks;  // at most one of a table
};

// Compares what `state` holds with what the catalog declares, and writes into `batch`, which must
// be committed, what makes it so: the rows of what is declared no more go; what is new begins to be
// built, or is whole at once if its table has no items.
//
// Nothing if the log has to be folded anew: a table is declared whose records were skipped.
// Fails with refused  if a table with items has another key; damaged_state; io.
Result<std::optional<StateContents>> take_over(const Catalog& catalog,
                                               const storage::StateSnapshot& state,
                                               storage::StateBatch& batch);

// What is whole in a state, by the definitions by which it was built.
struct HeldProjections {
    std::vector<const ListView*> lists;
    std::vector<const TotalView*> totals;
    std::vector<std::string> unknown;  // names of those whose definition cannot be read any more
    std::vector<std::shared_ptr<const Catalog>> catalogs;  // which declare them
};

// `catalog` reads the texts of the configurations that the state keeps.
// Fails with damaged_state or io.
Result<HeldProjections> held_projections(const Catalog& catalog,
                                         const storage::StateSnapshot& state);

// The names of the tables whose items the state holds. Fails with damaged_state or io.
Result<std::vector<std::string>> held_tables(const storage::StateSnapshot& state);

// Writes down how far the walk has come, or that it has come to its end and its rows are whole.
void note_progress(const TableWalk& walk, storage::StateBatch& batch);
void note_end(const TableWalk& walk, const Catalog& catalog, storage::StateBatch& batch);

// Writes down that records of a table that is not declared were skipped.
void note_skipped(std::string_view table, storage::StateBatch& batch);

}  // namespace freshet::engine
