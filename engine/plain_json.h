// Attribute values as the plain JSON that readers see.
//
// A number keeps its exact digits, a binary is base64, a set is an array in ascending order.
#pragma once

#include <string>

#include "engine/catalog.h"
#include "storage/image.h"

namespace freshet::engine {

// Numbers whose text is no JSON number (`+5`, `.5`, `007`) are written as the same value in JSON's
// grammar, with the same digits.
void append_plain_json(std::string& out, storage::ValueView value);

// Writes the item in the shape of a view. Attributes that the item lacks are left out.
void append_shape_json(std::string& out, const Shape& shape, storage::ImageView image);

}  // namespace freshet::engine
