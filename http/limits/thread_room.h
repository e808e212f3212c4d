// How many threads the server has, and whether it may have them.
//
// A thread that cannot be made later would be a writer, a flush or a reconciliation that never
// ends. So all are made at once, before anything is opened: what a control group or a limit of the
// user does not allow is then a clear message, and not the end of a server that has begun.
//
// Threads: one, before the others begin.
#pragma once

#include "engine/observing/machine.h"
#include "storage/result.h"

namespace freshet::http {

// How many threads serve connections if the configuration does not say: as many as there are
// processors, but at least two, so that a long request leaves room for others.
unsigned default_threads(const engine::Machine& machine);

// How many the process makes besides the one it begins with, if so many serve connections.
unsigned threads_needed(unsigned serving, bool has_functions = false);

// Makes so many threads at once and ends them.
// Fails with refused  if the system does not allow so many.
Result<void> try_threads(unsigned count, const engine::Machine& machine);

}  // namespace freshet::http
