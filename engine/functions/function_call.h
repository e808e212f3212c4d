// One call of a function: a batch of records, ready to be sent.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/position.h"

namespace freshet::engine {

struct FunctionCall {
    std::uint64_t number = 0;  // by which FunctionFeed::answer() knows it
    std::string body;
    storage::Position first;
    storage::Position last;
    // What tells this call from those of the same records for another reason: the end of a window,
    // or an order to hand a record over again. Empty for most; the same at each attempt.
    std::string reason;
    bool ends_window = false;  // it is the last of a tumbling window
    std::uint32_t attempt = 1;
    // Of each record: by what the answer may name it.
    std::vector<std::string> identifiers;
    std::vector<std::string> event_ids;
};

}  // namespace freshet::engine
