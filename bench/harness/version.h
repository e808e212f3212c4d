// Which release of a program it is that is measured.
//
// Threads: one.
#pragma once

#include <string>

#include "bench/harness/plan.h"

namespace freshet::bench {

// The first line of what it says to --version: "nats-server: v2.9.10".
std::string version_of(const Plan& plan, const std::string& program);

}  // namespace freshet::bench
