// Good inputs that more than one fuzz test begins with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"

namespace freshet::fuzz {

// Tables with a key of each type: `orders` by a string, `meters` by a number, `blobs` by a binary
// and a string.
std::shared_ptr<const engine::Catalog> catalog();

// Bodies of change records for these tables: a pizza shop's, and one of all ten attribute types.
std::vector<std::string> record_bodies();

}  // namespace freshet::fuzz
