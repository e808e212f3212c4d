// What the state says of revoked tokens (engine/access/revocation.h): a fact for each name, and one
// that leads to it by the time at which it has had its day.
//
//     revoked/subject/ann                          at, until, when it is dropped, position, by whom
//     revoked-until/00001800003600000000/subject/ann
//     revoked-dropped                              the counted time: until then those were dropped
//     revoked-asked                                when a notice was last asked for
//
// A notice first drops what has had its day, and then adds what it says. No clock is asked, so a
// fold of the same log gives the same bytes, whenever it is.
//
// Whether something has had its day cannot be read off the times of the notices: one that was asked
// for while a clock was a year ahead would drop everything, and the log's own time stays ahead for
// good. So time is counted, from notice to notice: as much as lies between when the two were asked
// for, but no more than an hour, and nothing where the clock went back. Where it went back by no
// more than an hour, nothing is counted until it is there again. So counted time runs with the true
// one or behind it, but that each larger jump back and ahead again adds an hour at most. A fact is
// dropped once what its notice promised has been counted, and revocation_slack: so 24 such jumps in
// the life of one token lose nothing. What is rarely written is kept for longer, but no more than
// one fact is added for each hour that is counted.
//
// What has ended is mostly still there: those who read the facts look at `until`.
//
// A notice that does not tell when it was asked for is of an earlier release. It is folded as that
// release did, by the time at which it was appended, so that the state is the same.
//
// Invariants
//   - Of each name there is one fact, and one that leads to it unless it is kept for ever.
//   - What is not yet over is never dropped, and is kept for at least as long as each of its
//     notices says.
//   - A notice drops no more than revocations_dropped_max.
//
// Threads: pure but for the batch.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/access/revocation.h"
#include "storage/notice.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

inline constexpr std::size_t revocations_dropped_max = 1'000;
inline constexpr std::chrono::hours counted_at_once_max{1};  // from one notice to the next

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
