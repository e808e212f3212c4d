// The list projection: where an item stands in a list, and what changes when the item does.
//
// Invariants
//   - An item has at most one row in a list, and only while it has an image that the list takes.
//   - A row points at its item: its place ends with the item's key.
//   - A row is removed from exactly the place where the image before had put it.
//
// Threads: pure but for the batch that it writes to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/catalog/seen_image.h"
#include "storage/state_store.h"

namespace freshet::engine {

// The place of the item's row: partition, sort parts, key, in order-preserving bytes. Nothing if
// the list does not take the item: `where` does not match, or it has no value to partition by.
// `image` is null where there is none.
std::optional<std::string> place_in(const ListView& list, const SeenImage* image,
                                    std::string_view key);

// The bytes of the partition that the image is in; nothing if it lacks a value to be in one by.
std::optional<std::string> partition_of(const std::vector<AttributePath>& by,
                                        const SeenImage& image);

// The bytes with which every place in a partition begins.
std::string partition_prefix(const std::vector<std::string>& partition);

// Moves the item's row from where `before` put it to where `after` puts it; either is
// null where there is none. Writes nothing where that is the same place: a row points at its item
// and holds nothing else.
void fold_list(const ListView& list, std::string_view key, const SeenImage* before,
               const SeenImage* after, storage::StateBatch& state);

}  // namespace freshet::engine
