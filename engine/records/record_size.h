// How large a record is, as DynamoDB Streams counts it in `SizeBytes`.
//
// Names and values of the keys, of the image after and of the image before, each as far as the
// source sent it. A record is never refused for its size, and nothing is ever worked out of it, so
// what engine/values/image_size.h says of numbers need not be exact to the byte.
//
// Threads: pure; any.
#pragma once

#include <cstddef>

#include "storage/record.h"

namespace freshet::engine {

std::size_t record_size(const storage::Record& record);

}  // namespace freshet::engine
