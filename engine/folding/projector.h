// The fold: turns one record into items and rows.
//
// Live traffic, crash recovery and rebuild all run this same function over the same bytes. A walk
// that builds a new list (engine/folding/table_walk.h) makes its rows with the same fold_rows(); as
// far as the walk has come, a record is folded into these rows like into all others.
//
// The fold depends on the record, the catalog and the state before, and on nothing else: no clock,
// no chance, no outside world. That is why state can be deleted and comes back byte for byte.
//
// Invariants
//   - The records of an item are folded in the order of their positions, each once. A state that
//     says otherwise is damaged.
//   - Rows are written only for what the state contains, whole or as far as its walk has come.
//
// Threads: none of its own; one thread at a time may call it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/catalog/catalog.h"
#include "engine/folding/state_contents.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

class Projector {
public:
    explicit Projector(const Catalog& catalog) : catalog_(catalog) {}

    // Takes in one record: the item, then the rows that it leads to, of those which the state
    // contains; and what it says of the table's lineage, as a notice does. A notice that revokes
    // tokens becomes facts (engine/folding/revocation_facts.h), and so does the name of a write
    // (engine/folding/first_answers.h). An expiry hides its item. A record of a table
    // that is not declared is noted as skipped.
    // Fails with refused  if the record's keys do not fit its table's declaration: the key of a
    //                      table with records cannot be changed;
    //            damaged_state  if the item is as of a record that is not before this one, or the
    //                           table's lineage is not as it was when the record was admitted, or
    //                           the item that is to be hidden is not there;
    //            newer_format  if it is a notice of a kind that this release does not know;
    //            and as reading the state does.
    Result<void> apply(const storage::Record& record, const StateContents& contents,
                       storage::StateBatch& state) const;

    // The same for a record whose item was looked up already: its key in `table`, and what `state`
    // knows of it. Fails with damaged_state and as reading the state does, as above.
    static Result<void> apply_to(const Table& table, std::string_view key,
                                 storage::StateBatch::KnownItem& known,
                                 const storage::Record& record, const StateContents& contents,
                                 storage::StateBatch& state);

    // The key of the record's item, as the table declares it. Fails with refused  as apply() does.
    static Result<std::string> key_of(const storage::Record& record, const Table& table);
    // The same of the record's attributes, where it is a notice about an item.
    static Result<std::string> key_of(const storage::Record& record, const Table& table,
                                      storage::ImageView keys);

private:
    Result<void> apply_expiry(const storage::Record& record, const storage::Notice& expiry,
                              const StateContents& contents, storage::StateBatch& state) const;

    const Catalog& catalog_;
};

}  // namespace freshet::engine
