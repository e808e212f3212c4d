// What is being done, on standard error, with the time since the first word.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::bench {

void say_progress(const std::string& text);

// For loops: says "17 records sent", if five seconds have passed without a word.
void say_progress_at_times(std::uint64_t count, std::string_view what);

}  // namespace freshet::bench
