#include "engine/watching/touch_index.h"

#include <algorithm>
#include <iterator>

#include "storage/hashed_key.h"

namespace freshet::engine {
namespace {

std::string entry_of(std::string_view name, std::string_view rest) {
    std::string entry;
    entry.reserve(name.size() + 1 + rest.size());
    return entry.append(name).append(1, '\0').append(rest);
}

template <class Values>
void make_set(Values& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

// Those of `values` that are not among `others`.
template <class Values>
Values without(const Values& values, const Values& others) {
    Values left;
    std::set_difference(values.begin(), values.end(), others.begin(), others.end(),
                        std::back_inserter(left));
    return left;
}

}  // namespace

void Footprint::add_item(std::string_view table, std::string_view key) {
    items_.push_back(storage::HashedKey(entry_of(table, key)).hash());
}

void Footprint::add_rows(std::string_view projection, std::string_view prefix) {
    rows_.push_back(entry_of(projection, prefix));
}

void Footprint::sort() {
    make_set(items_);
    make_set(rows_);
}

bool TouchIndex::move(Number picture, const Footprint& before, const Footprint& after) {
    for (const std::uint64_t item : without(before.items_, after.items_)) {
        items_.erase({item, picture});
    }
    for (const std::string& row : without(before.rows_, after.rows_)) {
        const auto found = rows_.find(row);
        if (found == rows_.end()) continue;
        found->second.pictures.erase(picture);
        if (found->second.pictures.empty()) rows_.erase(found);
    }
    const auto items = without(after.items_, before.items_);
    for (const std::uint64_t item : items) items_.emplace(item, picture);
    const auto rows = without(after.rows_, before.rows_);
    for (const std::string& row : rows) rows_[row].pictures.insert(picture);
    return !items.empty() || !rows.empty();
}

void TouchIndex::find(storage::StateBatch::EntryKind kind, std::string_view entry,
                      std::uint64_t group, const Visit& visit) {
    if (kind == storage::StateBatch::EntryKind::item) {
        const std::uint64_t hash = storage::HashedKey(entry).hash();
        auto shown = items_.lower_bound({hash, 0});
        for (; shown != items_.end() && shown->first == hash; ++shown) visit(shown->second);
        return;
    }
    // The only range that the entry can be in is the last that is not above it.
    auto range = rows_.upper_bound(entry);
    if (range == rows_.begin()) return;
    --range;
    if (!entry.starts_with(range->first)) return;
    if (std::exchange(range->second.found_for, group) == group) return;
    for (const Number picture : range->second.pictures) visit(picture);
}

}  // namespace freshet::engine
