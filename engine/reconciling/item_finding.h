// What a reconciliation finds of one item: what is known of it, beside what an export says.
//
// Threads: pure.
#pragma once

#include <optional>

#include "storage/image.h"
#include "storage/item.h"
#include "storage/time.h"

namespace freshet::engine {

// The names are told to clients (docs/from-dynamodb.md).
enum class ItemFinding {
    unchanged,  // both say the same
    added,      // only the export has it
    replaced,   // the export has another image
    removed,    // the export does not have it any more
    newer,      // the stream told of it at the export's moment or later, so the export is not asked
    undated     // they differ, and when the item was changed is not known: it is left alone
};

// `known` is what the table knows of the item, and `exported` what the export of that moment has;
// one of them may be missing.
ItemFinding finding_of(const std::optional<storage::ItemParts>& known,
                       const std::optional<storage::ImageView>& exported,
                       storage::SourceTime moment);

}  // namespace freshet::engine
