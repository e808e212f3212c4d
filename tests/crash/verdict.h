// What a data folder must still be after a crash, whatever the crash was.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "storage/data_folder.h"
#include "tests/crash/workload.h"

namespace freshet::crash {

struct Verdict {
    std::vector<std::string> lost;   // what was acknowledged and is not there
    std::vector<std::string> wrong;  // whatever else is not as promised
    std::size_t records = 0;         // in the log

    [[nodiscard]] bool fine() const { return lost.empty() && wrong.empty(); }
    [[nodiscard]] std::string text() const;  // the first few
};

// Opens the folder as it was left behind and looks for:
//   - every answer's record at its position, and what a duplicate repeats at least there;
//   - each record once, holding what was sent, in the order of its item's sequence numbers, with
//     the position and the image before it;
//   - a state that is the naive fold of the log, and byte for byte what folding the log into an
//     empty state gives.
// A folder that does not open has lost everything. Leaves the folder closed, its log as it was.
Verdict judge(const std::string& path, const std::vector<Answer>& answers);

}  // namespace freshet::crash
