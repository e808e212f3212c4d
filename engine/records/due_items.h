// Items whose time seems to be over: what the server hands in as a batch of its own. They are
// judged by what they are at their place in the log (engine/sequencing/group_expiry.cc).
//
// Threads: values.
#pragma once

#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/values/due_times.h"

namespace freshet::engine {

struct DueItems {
    const Table* table = nullptr;   // one that has `expires`
    DueTimes times;                 // those that are over
    std::vector<std::string> keys;  // in order-preserving bytes, each once
};

}  // namespace freshet::engine
