// A function's `filter`: patterns over the record as a function gets it, with type tags.
//
//     filter = { eventName = ["INSERT"], dynamodb = { NewImage = { status = { S = ["OPEN"] } } } }
//
// Several in an array: the record matches one of them, as AWS has it.
#pragma once

#include <cstddef>

#include "engine/catalog/pattern.h"
#include "engine/config/section.h"

namespace freshet::engine {

inline constexpr std::size_t filters_max = 10;

// The section's `filter`; one that takes everything if there is none. What no record has is a
// mistake, since nothing would ever match it. Values under the tags N and NS are read as numbers,
// in quotes or not: a number is the same however it is written.
Pattern read_filter(const Section& section);

}  // namespace freshet::engine
