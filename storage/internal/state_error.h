// What goes wrong with a state: what is damaged there can be folded anew, unlike what is damaged in
// the log.
#pragma once

#include <rocksdb/status.h>

#include <string>

#include "storage/internal/rocks.h"
#include "storage/result.h"

namespace freshet::storage::internal {

// A state waits for its disk rather than be busy: that word is the log's, which has nothing of a
// group then.
inline Error of_state(Error error) {
    if (error.code == Errc::corrupt) error.code = Errc::damaged_state;
    if (error.code == Errc::busy) error.code = Errc::io;
    return error;
}

inline Error state_error(const rocksdb::Status& status, const std::string& doing) {
    return of_state(error_of(status, doing));
}

}  // namespace freshet::storage::internal
