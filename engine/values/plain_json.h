// Attribute values as the plain JSON that readers see.
//
// A number keeps its exact digits, a binary is base64, a set is an array in ascending order.
//
// Threads: pure.
#pragma once

#include <string>

#include "storage/image.h"

namespace freshet::engine {

// Numbers whose text is no JSON number (`+5`, `.5`, `007`) are written as the same value in JSON's
// grammar, with the same digits.
void append_plain_json(std::string& out, storage::ValueView value);

}  // namespace freshet::engine
