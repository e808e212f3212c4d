// The facts of a state as they lie on disk, read without opening the folder: nothing is written or
// locked, so a server may have it open. What that server has not flushed yet is not seen.
//
// Threads: any.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "storage/result.h"

namespace freshet::storage {

// Those of the data folder at `path` whose names begin with `prefix`. Empty if there is no state.
// Fails with damaged_state or io.
Result<std::map<std::string, std::string>> facts_on_disk(const std::string& path,
                                                         std::string_view prefix);

}  // namespace freshet::storage
