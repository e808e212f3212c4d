// How large a batch can be that a body holds, and what it takes of memory.
//
// Threads: constants.
#pragma once

#include <cstddef>

namespace freshet::engine {

inline constexpr std::size_t batch_records_max = 10'000;

// What a record takes of memory beside its text, about: its parts are values of their own.
inline constexpr std::size_t record_memory = 1'024;

}  // namespace freshet::engine
