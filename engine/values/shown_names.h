// Under which names a total shows attributes.
//
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "engine/values/attribute_path.h"

namespace freshet::engine {

// The last name of each path, `city` of `address.city`; their whole texts if two of the last names
// are the same. Different paths have different names.
std::vector<std::string> shown_names(const std::vector<AttributePath>& paths);

}  // namespace freshet::engine
