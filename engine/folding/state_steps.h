// Steps of a state that fold no record: taking it over, and one slice of a walk. A running server
// takes them, and so does a rebuild.
//
// Invariants
//   - `mark` is that of the newest commit: a step that folds no record leaves the checkpoint where
//     it is.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/folding/state_contents.h"
#include "engine/folding/table_walk.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// take_over(), in a commit of its own, of a state that takes account of the log up to `mark`.
// Nothing if the log has to be folded anew; then nothing is written.
// Fails as take_over() and writing the state do.
Result<std::optional<StateContents>> take_over_state(const Catalog& catalog,
                                                     storage::StateStore& state,
                                                     const storage::LogMark& mark);

// The next slice of the walk, and how far it has come, in one commit. Returns whether there are
// more. Fails as TableWalk::next_slice() and writing the state do; the walk is then where it was.
Result<bool> walk_on(TableWalk& walk, std::size_t items_max, const Catalog& catalog,
                     storage::StateStore& state, const storage::LogMark& mark, const Clock& clock);

}  // namespace freshet::engine
