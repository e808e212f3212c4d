// The item projection: what is known of one item after a record.
//
// Invariants
//   - What was known of the item is of records before this one.
//   - The present life of an item begins at a record, and ends with its image.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/item.h"
#include "storage/record.h"
#include "storage/time.h"

namespace freshet::engine {

// Folds the record into what was known of its item.
//
// INSERT and MODIFY with an after-image have that image. Without one the item is stale: after an
// INSERT it has no image, after a MODIFY the one that was known. REMOVE leaves none; the head
// stays.
// A record that left the item unchanged continues its present life. A reconciled record says what
// the item is, and nothing of a stream: the heads stay as they were, and an item that was never
// seen is as of an import.
//
// `stream` is the number of the record's stream in the table's lineage, and `time` when its source
// says it was made. The answer looks into `record` and `known`.
storage::ItemParts fold_item(const storage::Record& record,
                             const std::optional<storage::ItemParts>& known, std::uint32_t stream,
                             std::optional<storage::SourceTime> time);

}  // namespace freshet::engine
