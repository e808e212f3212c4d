// What is being done, on standard error, with the time since the first word.
//
// Threads: one.
#pragma once

#include <string>

namespace freshet::bench {

void say_progress(const std::string& text);

// For loops: says `text`, if five seconds have passed without a word.
void say_progress_at_times(const std::string& text);

}  // namespace freshet::bench
