// A walk over the entries of a range of the database, in either order, around the stretches that
// are known to be empty (storage/empty_stretches.h). What it steps over itself, the next walk of
// rows goes around.
//
// Invariants
//   - It shows the entries of the written state that it is of: those, and no others.
//
// Threads: one at a time.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/empty_stretches.h"
#include "storage/internal/written_state.h"
#include "storage/state_store.h"

namespace freshet::storage::internal {

// Entries of the database: from `begin` on and below `end`; without an end if that is empty.
struct EntryRange {
    std::string begin;
    std::string end;
};

class RowWalk {
public:
    // Stands at the first entry, or where the order is falling at the last. Borrows the written
    // state, and the stretches: of a walk over rows, which has an end; else null.
    RowWalk(const WrittenState& written, EntryRange range, RowOrder order,
            EmptyStretches* stretches);
    ~RowWalk();
    RowWalk(const RowWalk&) = delete;
    RowWalk& operator=(const RowWalk&) = delete;

    // False behind the last, and if reading failed: status() tells which.
    [[nodiscard]] bool valid() const { return at_->Valid(); }
    [[nodiscard]] std::string_view entry() const { return at_->key().ToStringView(); }
    [[nodiscard]] std::string_view value() const { return at_->value().ToStringView(); }
    void next();
    [[nodiscard]] rocksdb::Status status() const { return at_->status(); }

private:
    void move(bool is_first);
    void rise(bool is_first);
    void fall(bool is_first);

    const EntryRange range_;
    const rocksdb::Slice lower_bound_;
    const rocksdb::Slice upper_bound_;
    const RowOrder order_;
    std::optional<EmptyStretches::Reading> reading_;
    std::unique_ptr<rocksdb::Iterator> at_;
    // Where the next row may be: there or above; falling, only below.
    std::string from_;
};

}  // namespace freshet::storage::internal
