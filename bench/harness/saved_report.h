// A report that was written as JSON, read again: so its table and charts can be made without
// measuring.
//
// Threads: one.
#pragma once

#include <string>

#include "bench/harness/report.h"

namespace freshet::bench {

// Adds what Report::json() has written to that file: its cases with their rounds, and facts that
// are not there yet. Throws a Failure, and adds nothing, if the file holds no such thing, or a case
// that is there already: rounds of two runs cannot be compared, so they make no one line.
void add_saved(Report& report, const std::string& path);

}  // namespace freshet::bench
