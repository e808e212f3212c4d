// Tokens that are believed no more: all that one subject had at a time, or a single one.
//
// A revocation is a notice of the log (storage/notice.h), so it lasts beyond a restart, a rebuild
// and a state that is lost. Of the notices of one name, this is what they come to together.
//
// Threads: values.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "storage/notice.h"
#include "storage/position.h"
#include "storage/time.h"

namespace freshet::engine {

// For how much longer than was promised a revocation is kept, by time that is counted rather than
// read off a clock: clocks that are wrong by less than that, put together, lose none.
inline constexpr std::chrono::hours revocation_slack{24};

struct Revocation {
    storage::RevokedBy revoked_by = storage::RevokedBy::subject;
    std::string name;  // as Notice::name
    // When it was asked for. Of a subject: its tokens end that were issued up to then, and those
    // that do not say when. Each further one of the same name is later, if only by a microsecond.
    storage::AppendTime at;
    // From then on none of these tokens could be valid; nothing: it is kept for ever.
    std::optional<storage::AppendTime> until;
    storage::Position position;  // of the newest notice; 0: the log does not have it
    // Who asked for that; of a session its subject, but of an earlier release's empty.
    std::string by;

    bool operator==(const Revocation&) const = default;
};

// When the notice was asked for, which was appended at that time. The log's time is not asked
// where the notice tells its own: it never goes back, so that after a clock that was ahead for a
// moment it is ahead until the clock is there, and would end tokens that are still to be issued.
inline storage::AppendTime asked_at(const storage::Notice& notice, storage::AppendTime appended) {
    return notice.asked.value_or(appended);
}

// When the notice, which was appended at that time, has had its day. Nothing: never.
inline std::optional<storage::AppendTime> end_of(const storage::Notice& notice,
                                                 storage::AppendTime appended) {
    if (notice.kept.count() == 0) return std::nullopt;
    return asked_at(notice, appended) + notice.kept;
}

// Takes in the next notice of the same name. What was promised to be kept is kept for as long.
inline void merge(Revocation& known, const Revocation& next) {
    known.at = std::max(known.at, next.at);
    known.until = known.until && next.until ? std::optional(std::max(*known.until, *next.until))
                                            : std::nullopt;
    known.position = std::max(known.position, next.position);
    known.by = next.by;
}

}  // namespace freshet::engine
