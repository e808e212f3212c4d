// A view that is read again and again with `wait_s` and If-None-Match: answered once it is another,
// or, mostly with 304, when the time is over. For what can be watched: items, groups, and pages of
// 100 rows at most.
#pragma once

#include <chrono>

#include "http/routes/routes.h"

namespace freshet::http {

// What reads the view that the call asks for, and answers 304 if its client has it.
using ReadView = NextStep (*)(const Call& call);

// The client has what is shown now. `read` is asked again when the view may be another.
NextStep await_other_view(const Call& call, ReadView read, std::chrono::milliseconds wait);

}  // namespace freshet::http
