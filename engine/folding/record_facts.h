// What a record changes besides its item and rows: its table's lineage, and the facts that notices
// bring. These are folded in the order of the log, whatever becomes of items meanwhile.
//
// Threads: pure but for the batch.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/catalog/catalog.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"
#include "storage/time.h"

namespace freshet::engine {

// Whether the record is of the stream of its item, where that has one: a release before lineages
// wrote it, and it does not name its stream.
bool is_of_its_items_stream(const storage::Record& record);

// The number of the record's stream, where no lineage has to be asked for it or told of it.
std::optional<std::uint32_t> stream_without_lineage(const storage::Record& record);

// The number of the record's stream in its table's lineage, which the stream may join with it; 0 of
// what an export says. Of a record that is_of_its_items_stream() it is what holds where the item
// has none; then no lineage changes by asking, since one that gave an item its stream has that.
// Fails with damaged_state  if the lineage is not as it was when the record was admitted; and as
// reading the state does.
Result<std::uint32_t> fold_stream(const storage::Record& record, storage::StateBatch& state);

// When the record's source says that it was made: only a release before lineages did not write it
// down.
std::optional<storage::SourceTime> time_of(const storage::Record& record);

// Takes in a notice. Fails with newer_format  if it is of a kind that this release does not know;
// and as reading the state does.
Result<void> fold_notice(const storage::Record& record, const Catalog& catalog,
                         storage::StateBatch& state);

}  // namespace freshet::engine
