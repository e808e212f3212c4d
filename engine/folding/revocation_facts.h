// What the state says of revoked tokens (engine/access/revocation.h): a fact for each name, and one
// that leads to it by the time at which it has had its day.
//
//     revoked/subject/ann                          at, until, position and by whom
//     revoked-until/00001800003600000000/subject/ann
//     revoked-dropped                              up to when those that ended were dropped
//
// A notice first drops what has ended by the time at which it was itself appended, and then adds
// what it says. No clock is asked, so a fold of the same log gives the same bytes, whenever it is.
// What has ended since the newest notice is still there: those who read the facts look at `until`.
//
// Invariants
//   - Of each name there is one fact, and one that leads to it unless it is kept for ever.
//   - What is not yet over is never dropped, and is kept for at least as long as each of its
//     notices says.
//
// Threads: pure but for the batch.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/access/revocation.h"
#include "storage/notice.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// What the batch knows of that name; nothing if no notice that it still knows of named it.
// Fails with damaged_state or io.
Result<std::optional<Revocation>> find_revocation(storage::RevokedBy revoked_by,
                                                  std::string_view name,
                                                  storage::StateBatch& state);

// Takes in the record of such a notice. Fails with damaged_state or io.
Result<void> fold_revocation(const storage::Record& record, const storage::Notice& notice,
                             storage::StateBatch& state);

// Everything that the state holds, also what has ended since the newest notice.
// Fails with damaged_state or io.
Result<std::vector<Revocation>> revocations_in(const storage::StateSnapshot& state);

}  // namespace freshet::engine
