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
    std::uint32_t attempt = 1;
    // Of each record: by what the answer may name it.
    std::vector<std::string> identifiers;
    std::vector<std::string> event_ids;
};

}  // namespace freshet::engine
