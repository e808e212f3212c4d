// Which pictures a change of the state touches: the items and the rows that they were made of, and
// from each of these back to who shows it.
//
//     picture  ->  Footprint: items, and ranges of rows  ->  TouchIndex  ->  the pictures touched
//
// What a group changes is looked up, entry by entry, so it costs the same however much is watched
// that it does not touch. An item is known by its hash alone: a picture may be said to be touched
// that is not, and is then found to be what it was.
//
// Invariants
//   - Of the ranges of rows, none begins with another: partitions of one projection have equally
//     many texts, each of which ends itself (engine/values/ordered_bytes.h).
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/state_store.h"

namespace freshet::engine {

// What a picture was made of.
class Footprint {
public:
    void add_item(std::string_view table, std::string_view key);
    // All rows of the projection whose place begins with `prefix`.
    void add_rows(std::string_view projection, std::string_view prefix);
    // To be called before it is handed to an index.
    void sort();

    [[nodiscard]] std::size_t bytes() const;

private:
    friend class TouchIndex;
    std::vector<std::uint64_t> items_;  // hashes
    std::vector<std::string> rows_;     // as StateBatch::visit_entries() tells of them
};

class TouchIndex {
public:
    using Number = std::uint64_t;  // of a picture

    // The picture was made of `before`, and is made of `after` now. Returns whether that is more.
    bool move(Number picture, const Footprint& before, const Footprint& after);

    using Visit = std::function<void(Number picture)>;
    // Calls `visit` for the pictures that show what was put or erased there.
    void find(storage::StateBatch::EntryKind kind, std::string_view entry,
              const Visit& visit) const;

    [[nodiscard]] bool empty() const { return items_.empty() && rows_.empty(); }

private:
    std::unordered_multimap<std::uint64_t, Number> items_;
    std::map<std::string, std::vector<Number>, std::less<>> rows_;
};

}  // namespace freshet::engine
