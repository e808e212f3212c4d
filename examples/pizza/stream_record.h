// What happened to an order, as DynamoDB Streams would tell it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "examples/pizza/shop.h"

namespace freshet::pizza {

// The change record as one line of JSON, without the line's end, in the form of a Lambda event's
// records with both images. Its sequence number grows with `nanoseconds`, those since 1970.
std::string stream_record(const OrderChange& change, std::uint64_t nanoseconds);

// A time since 1970 in ISO 8601, with milliseconds, in UTC.
std::string iso_time(std::uint64_t nanoseconds);

}  // namespace freshet::pizza
