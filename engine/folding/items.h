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
#include <string_view>

#include "storage/image.h"
#include "storage/item.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/time.h"

namespace freshet::engine {

// What the fold of an item takes from a record.
struct ItemChange {
    std::string_view source;
    std::string_view label;
    std::string_view sequence;
    storage::Position position;
    storage::Position begun;  // where a life begins that begins with it: at its own position
    storage::ChangeKind kind = storage::ChangeKind::insert;
    bool imported = false;
    bool reconciled = false;
    bool unchanged = false;
    bool stays_hidden = false;
    // Of an expiry, which is none of the rest: the attribute by which the item is hidden.
    std::string_view hides_by = {};
    std::uint32_t stream = 0;                 // its stream's number in the table's lineage
    std::optional<storage::SourceTime> time;  // when its source says it was made
    std::optional<storage::ImageView> after;
};

// It looks into the record.
ItemChange change_of(const storage::Record& record, std::uint32_t stream,
                     std::optional<storage::SourceTime> time);

// Hides the item that `notice`, which is the expiry at `position`, is about. Looks into the notice.
ItemChange expiry_of(const storage::Notice& notice, storage::Position position);

// Folds the change into what was known of its item. An expiry is of one that has an image.
//
// INSERT and MODIFY with an after-image have that image. Without one the item is stale: after an
// INSERT it has no image, after a MODIFY the one that was known. REMOVE leaves none; the head
// stays.
// A record that left the item unchanged continues its present life. A reconciled record says what
// the item is, and nothing of a stream: the heads stay as they were, and an item that was never
// seen is as of an import. An expiry hides the item, which stays as it is, for as long as the
// changes behind it leave it so.
//
// Of the image that was known it asks only whether there is one, and hands on its bytes at most.
// The answer looks into what `change` and `known` look into.
storage::ItemParts fold_item(const ItemChange& change,
                             const std::optional<storage::ItemParts>& known);

}  // namespace freshet::engine
