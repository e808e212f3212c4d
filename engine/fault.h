// What is wrong with a writer's records, and where.
#pragma once

#include <cstddef>
#include <string>

namespace freshet::engine {

inline constexpr std::size_t faults_max = 100;  // named in one answer; the rest is only counted

struct Fault {
    std::string pointer;  // a JSON Pointer (RFC 6901) into the body that was sent
    std::string detail;   // what was found and what was expected
};

}  // namespace freshet::engine
