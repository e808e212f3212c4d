// How large an item is, as DynamoDB counts it: the names and values of its attributes.
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

namespace freshet::engine {

std::size_t image_size(storage::ImageView image);

}  // namespace freshet::engine
