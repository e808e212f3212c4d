// What of an item is shown: by this it has rows, and can be read.
//
// An item that expired and that its source has not removed yet is kept as it is, and not shown for
// as long as its table expires by the attribute by which that one did.
//
// Threads: pure.
#pragma once

#include <optional>

#include "engine/catalog/catalog.h"
#include "storage/image.h"
#include "storage/item.h"

namespace freshet::engine {

inline bool is_hidden(const Table& table, const storage::ItemParts& item) {
    return !item.hidden_by.empty() && table.hides_expired() && *table.expires == item.hidden_by;
}

// Nothing if the item has no image, or is hidden.
inline std::optional<storage::ImageView> shown_image(const Table& table,
                                                     const storage::ItemParts& item) {
    return is_hidden(table, item) ? std::nullopt : item.image;
}

}  // namespace freshet::engine
