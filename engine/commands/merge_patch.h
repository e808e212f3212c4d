// JSON Merge Patch (RFC 7396) over images.
//
// A map is merged into a map, name by name; NULL removes the name. Anything else replaces what was
// there. So no NULL of a patch is ever stored, except within a list, which is replaced as a whole.
//
// Threads: pure.
#pragma once

#include "storage/image.h"

namespace freshet::engine {

storage::Image merge_patch(storage::ImageView target, storage::ImageView patch);

}  // namespace freshet::engine
