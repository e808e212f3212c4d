// Random delays, so that clients do not come all at once.
//
// Threads: any.
#pragma once

#include <chrono>

namespace freshet::http {

// Anything from nothing to `most`.
std::chrono::milliseconds jitter(std::chrono::milliseconds most);

// How long the client of a stream is asked to wait before it connects again: spreads those who
// were cut at the same time over a few seconds.
std::chrono::milliseconds reconnect_delay();

}  // namespace freshet::http
