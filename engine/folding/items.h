// The item projection: what is known of one item after a record.
//
// Invariants
//   - What was known of the item is of records before this one.
//   - The present life of an item begins at a record, and ends with its image.
//
// Threads: pure.
#pragma once

#include <optional>

#include "storage/item.h"
#include "storage/record.h"

namespace freshet::engine {

// Folds the record into what was known of its item.
//
// INSERT and MODIFY with an after-image have that image. Without one the item is stale: after an
// INSERT it has no image, after a MODIFY the one that was known. REMOVE leaves none; the head
// stays.
// The answer looks into `record` and `known`.
storage::ItemParts fold_item(const storage::Record& record,
                             const std::optional<storage::ItemParts>& known);

}  // namespace freshet::engine
