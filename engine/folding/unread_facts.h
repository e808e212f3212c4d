// What the state says of records that were sent and could not be understood, as long as they are
// kept. Their texts stand in the log alone, in the notices by which they are kept.
//
//     unread/at/00000000000000000042    what is known of the one whose notice stands at 42
//     unread/text/HASH                  where a record of that text is kept: the same text, sent
//                                       again, is not kept twice
//     unread/total                      how many there are, and the bytes of their texts
//
// Invariants
//   - What is kept has one fact of each of the first two kinds, and the total is theirs.
//
// Threads: pure but for the batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/observing/status.h"
#include "storage/notice.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"
#include "storage/time.h"

namespace freshet::engine {

// What is kept at once.
inline constexpr std::size_t unread_records_max = 10'000;
inline constexpr std::size_t unread_bytes_max = std::size_t{64} << 20U;

// A record that is kept, but for its text.
struct UnreadRecord {
    storage::Position position;  // of its notice
    storage::AppendTime since;
    std::string by;        // who sent it
    std::string sequence;  // as storage::UnreadNote, as the two below
    std::string error;
    std::string pointer;
    std::uint64_t bytes = 0;  // of its text
    std::string hash;         // of the same

    bool operator==(const UnreadRecord&) const = default;
};

// By which a text is told from others: XXH3 of 128 bits, in hexadecimal digits.
std::string hash_of_unread(std::string_view text);

// Each fails with damaged_state or io.

Result<UnreadTotal> unread_total(storage::StateBatch& state);
Result<UnreadTotal> unread_total(const storage::StateSnapshot& state);

// Where a record of the text with that hash is kept; nothing if none is.
Result<std::optional<storage::Position>> find_unread(std::string_view hash,
                                                     storage::StateBatch& state);
// The one whose notice stands there; nothing if it is not kept.
Result<std::optional<UnreadRecord>> find_unread(storage::Position position,
                                                storage::StateBatch& state);

// What is kept, in the order of the log, from behind `after` on, `limit` at most.
Result<std::vector<UnreadRecord>> unread_after(storage::Position after, std::size_t limit,
                                               const storage::StateSnapshot& state);

// Takes in the record of a notice of what is unread or discarded.
Result<void> fold_unread(const storage::Record& record, const storage::Notice& notice,
                         storage::StateBatch& state);

}  // namespace freshet::engine
