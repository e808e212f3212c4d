// The item projection: what is known of one item after a record.
#pragma once

#include <optional>

#include "storage/item.h"
#include "storage/record.h"

namespace freshet::engine {

// Folds the record into what was known of its item.
//
// INSERT and MODIFY with an after-image have that image. INSERT without one has none. MODIFY
// without one keeps what was known, now stale. REMOVE leaves none; the head stays.
// The answer looks into `record` and `known`.
storage::ItemParts fold_item(const storage::Record& record,
                             const std::optional<storage::ItemParts>& known);

}  // namespace freshet::engine
