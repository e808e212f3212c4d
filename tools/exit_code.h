// What the program's end means to a script.
#pragma once

namespace freshet::tools {

inline constexpr int exit_done = 0;
inline constexpr int exit_fault = 1;          // something is wrong: with the file, disk or data
inline constexpr int exit_usage = 2;          // the command line or its configuration is
inline constexpr int exit_log_shortened = 3;  // the log is shorter than its watermark

}  // namespace freshet::tools
