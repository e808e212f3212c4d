// How the rows of a total are written.
//
//     'g' GROUP                  -> how many items, and the sums: `12 340 7.5`
//     'v' GROUP PATH VALUE KEY   -> KEY: one for each item that has a value, for each path of which
//                                   the extremes are shown
//
// GROUP is one ordered text for each `by`, PATH the number of the value that first names it, VALUE
// the attribute in order-preserving bytes, KEY that of the item. So a group's minimum is its first
// row of that path, its maximum the last, and the groups stand in the order of their texts.
//
// Invariants
//   - A group that has a row has items; its count never goes below zero.
//   - Each sum gets one addend of each item.
//   - PATH is one byte: it is below total_values_max.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/values/decimal.h"

namespace freshet::engine {

// What a group's own row says.
struct GroupRow {
    std::uint64_t items = 0;
    std::vector<Decimal> sums;  // of each value that is a sum, in their order

    // One item more, or less, and what it gives to each sum.
    void add(const std::vector<Decimal>& addends);
    void take_away(const std::vector<Decimal>& addends);
    // The items of another row of the same group.
    void join(const GroupRow& more);
};

// That of a group without items.
GroupRow empty_group(const TotalView& total);

// Of a group that has items: others have no row.
std::string encode_group(const GroupRow& row);
// Nothing if the bytes are none of encode_group().
std::optional<GroupRow> decode_group(const TotalView& total, std::string_view bytes);

// The place of a group's row; of its first texts alone, what the places of such groups begin with.
std::string group_place(std::string_view group);
// The texts of the group that has its row there; nothing if none has.
std::optional<std::vector<std::string>> texts_of_group(const TotalView& total,
                                                       std::string_view place);

// What the places of all values of a path begin with. `path` is the number of a value.
std::string extremes_prefix(std::string_view group, std::size_t path);
// Whether the total shows an extreme by this value.
bool is_extreme(const TotalValue& value);
// The number of the first value that shows an extreme of the same path: where its rows stand.
std::size_t path_of_extreme(const TotalView& total, std::size_t value);

}  // namespace freshet::engine
