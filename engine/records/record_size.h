// How large a record is, as DynamoDB Streams counts it in `SizeBytes`.
//
// Names and values of the keys, of the image after and of the image before, each as far as the
// source sent it. A record is never refused for its size, and nothing is ever worked out of it, so
// what stands here about numbers need not be exact to the byte:
//
//     S             its bytes in UTF-8
//     N             1, one more for every two significant digits, and one more below zero
//     B             its bytes, not those of base64
//     BOOL, NULL    1
//     SS, NS, BS    its elements
//     L, M          3, and for each element 1 besides its name and value
//
// Threads: pure; any.
#pragma once

#include <cstddef>

#include "storage/image.h"
#include "storage/record.h"

namespace freshet::engine {

// Of the attributes of an image: names and values.
std::size_t image_size(storage::ImageView image);

std::size_t record_size(const storage::Record& record);

}  // namespace freshet::engine
