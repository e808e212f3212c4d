// The two clocks of a record: the server's, and its source's.
//
// Both count microseconds since 1970 began.
#pragma once

#include <chrono>

namespace freshet::storage {

// When the server appended a record. The default stands for a release that did not keep it.
using AppendTime = std::chrono::sys_time<std::chrono::microseconds>;

// When a source says that a change was made.
using SourceTime = std::chrono::sys_time<std::chrono::microseconds>;

}  // namespace freshet::storage
