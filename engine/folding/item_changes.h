// The changes of one item, each cut down to what the fold of the item takes from a record, as bytes
// that can be sorted and joined.
//
// Of the images only the newest is kept: fold_item() hands on the bytes of an image that was known
// and asks nothing of them, and a change that has an image replaces it. And two neighbours become
// one where that one makes of any item what the two make of it (merged() says of which). So a
// history stays short, however many records an item has: they are mostly of one stream.
//
// Invariants
//   - What is joined stands in the order of the log. In which order it is joined changes nothing of
//     what it folds to.
//   - A history ends where it is; nothing of it points elsewhere. It may begin at any multiple of
//     eight bytes, and its image lies at one.
//
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/folding/items.h"
#include "storage/item.h"
#include "storage/result.h"

namespace freshet::engine {

// The history of one change, in the place of what stands in `history`. `of_its_items_stream`: the
// change's stream is that of its item, where that has one (engine/folding/record_facts.h).
void write_changes(std::string& history, const ItemChange& change, bool of_its_items_stream);

// A change that makes of any item what the two make of it, one after the other: the later one, but
// for how a life begins (ItemChange::begun, kind and unchanged) and whether it stays hidden. An
// expiry is gone where the change behind it shows the item again. Nothing if there is none such.
// Neither is of a stream that its item is asked for.
std::optional<ItemChange> merged(const ItemChange& earlier, const ItemChange& later);

// Puts the later changes of an item to the earlier ones.
void join_changes(std::string& earlier, std::string_view later);

// The item after its whole history. The answer looks into `history`.
// Fails with damaged_state  if an item is to be hidden that is not there.
Result<storage::ItemParts> fold_changes(std::string_view history);

}  // namespace freshet::engine
