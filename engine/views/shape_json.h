// An item in the shape of a view, as the plain JSON that readers see.
//
// Threads: pure.
#pragma once

#include <string>

#include "engine/catalog/catalog.h"
#include "engine/catalog/seen_image.h"

namespace freshet::engine {

// Appends the fields of the shape in their order, then, where the shape shows all, every other
// attribute that it does not hide. Leaves out the attributes that the item lacks, and has none
// worked out that it does not show.
void append_shape_json(std::string& out, const Shape& shape, const SeenImage& image);

}  // namespace freshet::engine
