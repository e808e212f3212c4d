// The fold: turns one record into items and rows. The only code that computes state.
//
// Live traffic, crash recovery and rebuild all run this same function over the same bytes. It
// depends on the record, the catalog and the state before, and on nothing else: no clock, no
// chance, no outside world. That is why state can be thrown away and come back byte for byte.
//
// Threads: none of its own; one thread at a time may call it.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/catalog.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

class Projector {
public:
    explicit Projector(const Catalog& catalog) : catalog_(catalog) {}

    // Takes in one record: the item, then the rows of its table's lists.
    //
    // A record of a table that is no longer declared changes nothing.
    // Fails with refused  if the record's keys do not fit its table's declaration: the key of a
    //                      table with records cannot be changed; and as reading the state does.
    Result<void> apply(const storage::Record& record, storage::StateBatch& state) const;

private:
    const Catalog& catalog_;
};

}  // namespace freshet::engine
