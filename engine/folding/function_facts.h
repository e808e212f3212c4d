// What the state says of functions: how far each has come, what is parked for it, and whether it is
// paused.
//
//     function/NAME/place                          the newest notice of it, and its position
//     function/NAME/parked/00000000000000000042    the same, of the record at 42
//     function/NAME/paused                         the same, while it is
//
// A notice stands in the log, so what is known of a function is as durable as a record, and a fold
// of the log brings it back. The bytes of a fact are those of the notice: there is no second
// encoding.
//
// Somebody may put a function to another place, by a notice. What the function itself notes rests
// on the last of these, and counts only as long as there is no newer one: so what was under way
// meanwhile does not take it back. In the same way, what is noted of a parked record, by whom ever,
// rests on the notice that it replaces.
//
// Invariants
//   - Nothing is parked behind the place to which a function was put: it comes again.
//
// Threads: pure but for the batch.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/image.h"
#include "storage/notice.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"
#include "storage/time.h"

namespace freshet::engine {

// What may be parked for one function, those included that wait for others.
inline constexpr std::size_t parked_records_max = 100'000;

// How far a function has come.
struct FunctionPlace {
    storage::Position record;  // each record up to it was taken, left out, or parked
    storage::Position reset;   // the notice that has put it to another place; 0 if none has

    bool operator==(const FunctionPlace&) const = default;
};

// A record that a function has not taken.
struct ParkedRecord {
    storage::Position record;
    std::string table;
    storage::Image keys;  // of its item
    storage::ParkedAs status = storage::ParkedAs::failed;
    std::uint32_t attempts = 0;
    std::string error;
    std::string body;           // as somebody has edited it, as JSON; empty: as the log has it
    storage::Position noted;    // of the notice
    storage::AppendTime since;  // of the same
};

// Each fails with damaged_state or io, and answers nothing of a function that has none.

Result<std::optional<FunctionPlace>> find_place(std::string_view function,
                                                storage::StateBatch& state);
Result<std::optional<FunctionPlace>> find_place(std::string_view function,
                                                const storage::StateSnapshot& state);

Result<std::optional<ParkedRecord>> find_parked(std::string_view function, storage::Position record,
                                                storage::StateBatch& state);
Result<std::optional<ParkedRecord>> find_parked(std::string_view function, storage::Position record,
                                                const storage::StateSnapshot& state);

// What is parked of the records behind `after`, in the order of the log, `limit` at most.
Result<std::vector<ParkedRecord>> parked_after(std::string_view function, storage::Position after,
                                               std::size_t limit,
                                               const storage::StateSnapshot& state);

Result<bool> is_paused(std::string_view function, storage::StateBatch& state);
Result<bool> is_paused(std::string_view function, const storage::StateSnapshot& state);

// Whether the notice of a function rests on what the batch has.
Result<bool> is_in_force(const storage::Notice& notice, storage::StateBatch& state);

// Takes in the record of a notice of a function. Fails with damaged_state or io.
Result<void> fold_function(const storage::Record& record, const storage::Notice& notice,
                           storage::StateBatch& state);

}  // namespace freshet::engine
