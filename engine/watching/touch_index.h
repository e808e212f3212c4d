// Which pictures a change of the state touches: the items and the rows that they were made of, and
// from each of these back to who shows it.
//
//     picture  ->  Footprint: items, and ranges of rows  ->  TouchIndex  ->  the pictures touched
//
// What a group changes is looked up, entry by entry, so it costs the same however much is watched
// that it does not touch. Those who show rows of one range are told of once in a group, however
// many of its rows move. An item is known by its hash alone: a picture may be said to be touched
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
#include <set>
#include <string>
#include <string_view>
#include <utility>
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

    // About what it takes for an item, with its part of an index.
    static constexpr std::size_t bytes_an_item = 72;

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
    // Calls `visit` for the pictures that show what was put or erased there, but for those of a
    // range of rows that were found for `group` already. Groups count up from 1.
    void find(storage::StateBatch::EntryKind kind, std::string_view entry, std::uint64_t group,
              const Visit& visit);

    [[nodiscard]] bool empty() const { return items_.empty() && rows_.empty(); }

private:
    struct Range {
        std::set<Number> pictures;
        std::uint64_t found_for = 0;  // the last group
    };

    std::set<std::pair<std::uint64_t, Number>> items_;  // by hash
    std::map<std::string, Range, std::less<>> rows_;
};

}  // namespace freshet::engine
