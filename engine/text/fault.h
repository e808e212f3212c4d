// What is wrong with a writer's records, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace freshet::engine {

inline constexpr std::size_t faults_max = 100;  // named in one answer; the rest is only counted
// Beyond that no more are named: a pointer holds names, each of which may be as long as the body.
inline constexpr std::size_t fault_pointer_bytes_max = std::size_t{64} << 10U;

struct Fault {
    std::string pointer;     // a JSON Pointer (RFC 6901) into the body, or into its line
    std::string detail;      // what was found and what was expected
    std::uint64_t line = 0;  // of a body of lines, counted from 1; 0: the body is one text
};

}  // namespace freshet::engine
