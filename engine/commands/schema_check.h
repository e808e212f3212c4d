// Whether an item is what the schema of its table asks for.
//
// Threads: pure.
#pragma once

#include <vector>

#include "engine/catalog/schema.h"
#include "engine/text/fault.h"
#include "storage/image.h"

namespace freshet::engine {

// A fault, with its pointer into the item, for each value that is not as its rule has it and each
// attribute that is required and missing; up to faults_max.
std::vector<Fault> faults_of(const Schema& schema, storage::ImageView item);

}  // namespace freshet::engine
