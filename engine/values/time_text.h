// Times as people read them, in UTC (ISO 8601).
//
// Threads: pure.
#pragma once

#include <string>

#include "storage/time.h"

namespace freshet::engine {

// 2026-11-20T11:39:28Z.
std::string text_of(storage::SourceTime time);

// 2026-11-20T11:39:28.004, without the Z.
std::string millisecond_text_of(storage::SourceTime time);

}  // namespace freshet::engine
