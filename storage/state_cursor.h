// Everything of one kind that stands in a state, one after the other, in the order of keys: for
// walking through two states side by side.
//
// Invariants
//   - It sees the moment of the snapshot that it was made of, which must outlive it.
//   - It is read and moved only while it is valid.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::storage {

namespace internal {
class StateWalk;
}

// What stands in a state, by the first byte of its key; see storage/README.md.
enum class StateKind { item, row, fact, checkpoint, unknown };

// The kind, and the key behind it: TABLE NUL KEY of an item, PROJECTION NUL PLACE of a row, the
// name of a fact.
struct StateKey {
    StateKind kind = StateKind::unknown;
    std::string_view rest;
};

StateKey take_apart(std::string_view key);

class StateCursor {
public:
    // Stands at the first of everything there is. The keys are those that take_apart() reads.
    static StateCursor over_everything(const StateSnapshot& state);
    // Stands at the first item of a table; the keys are the items'.
    static StateCursor over_items(const StateSnapshot& state, std::string_view table);
    // Stands at the first row of a projection whose place begins with `prefix`; the keys are the
    // places.
    static StateCursor over_rows(const StateSnapshot& state, std::string_view projection,
                                 std::string_view prefix);

    ~StateCursor();
    StateCursor(const StateCursor&) = delete;
    StateCursor& operator=(const StateCursor&) = delete;

    // False behind the last, and if reading failed: status() tells which.
    [[nodiscard]] bool valid() const;
    // Of what it stands at; until next().
    [[nodiscard]] std::string_view key() const;
    [[nodiscard]] std::string_view value() const;
    void next();

    // Fails with damaged_state or io  if reading did.
    [[nodiscard]] Result<void> status() const;

private:
    StateCursor(const StateSnapshot& state, std::string first, const std::string& begin);

    std::string first_;  // what stands before each key that it shows
    std::unique_ptr<internal::StateWalk> at_;
};

}  // namespace freshet::storage
