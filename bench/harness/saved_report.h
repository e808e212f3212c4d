// A report that was written as JSON, read again: so its table and charts can be made without
// measuring.
//
// Threads: one.
#pragma once

#include <string>

#include "bench/harness/report.h"

namespace freshet::bench {

// Adds what Report::json() has written to that file: rounds to those of the same case, and facts
// that are not there yet. Throws a Failure if the file holds no such thing.
void add_saved(Report& report, const std::string& path);

}  // namespace freshet::bench
