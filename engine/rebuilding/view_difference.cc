#include "engine/rebuilding/view_difference.h"

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "engine/catalog/seen_image.h"
#include "engine/catalog/shown_image.h"
#include "engine/folding/lists.h"
#include "engine/folding/total_rows.h"
#include "engine/rebuilding/shown_key.h"
#include "engine/rebuilding/side_by_side.h"
#include "engine/rebuilding/state_difference.h"
#include "storage/item.h"
#include "storage/state_cursor.h"

namespace freshet::engine {
namespace {

using storage::Item;
using storage::StateCursor;
using storage::StateSnapshot;

using Value = std::optional<std::string_view>;

// One list or total by its earlier and its present definition; at least one is there.
template <class Projection>
struct Pair {
    const Projection* before = nullptr;
    const Projection* after = nullptr;
    ViewDifference difference = {};

    [[nodiscard]] const Projection& any() const { return after != nullptr ? *after : *before; }
};

ViewDifference::Kind kind_of(const ListView& /*list*/) {
    return ViewDifference::Kind::list;
}

ViewDifference::Kind kind_of(const TotalView& /*total*/) {
    return ViewDifference::Kind::total;
}

const std::vector<ListView>& projections_of(const Table& table, const ListView* /*kind*/) {
    return table.lists;
}

const std::vector<TotalView>& projections_of(const Table& table, const TotalView* /*kind*/) {
    return table.totals;
}

template <class Projection>
std::vector<Pair<Projection>> pairs_of(const std::vector<const Projection*>& held,
                                       const Catalog& catalog) {
    std::vector<Pair<Projection>> pairs;
    for (const auto& table : catalog.tables()) {
        for (const Projection& present : projections_of(*table, std::add_pointer_t<Projection>())) {
            pairs.push_back({.after = &present});
        }
    }
    const std::size_t declared = pairs.size();
    for (const Projection* earlier : held) {
        std::size_t i = 0;
        while (i < declared && (pairs[i].after->name != earlier->name ||
                                pairs[i].after->table->name != earlier->table->name)) {
            ++i;
        }
        if (i == declared) {
            pairs.push_back({.before = earlier});
        } else {
            pairs[i].before = earlier;
        }
    }
    for (Pair<Projection>& pair : pairs) {
        ViewDifference& difference = pair.difference;
        difference.kind = kind_of(pair.any());
        difference.name = pair.any().name;
        difference.table = pair.any().table->name;
        difference.was_there = pair.before != nullptr;
        difference.is_there = pair.after != nullptr;
        difference.defined_otherwise = pair.before != nullptr && pair.after != nullptr &&
                                       pair.before->rows != pair.after->rows;
    }
    return pairs;
}

void add_sample(std::vector<std::string>& samples, std::string_view key) {
    if (samples.size() < samples_max) samples.push_back(shown_key(key));
}

// Counts what is there before, after, or both.
void count(ViewDifference& difference, std::string_view key, bool was, bool is, bool same) {
    if (was) ++difference.before;
    if (is) ++difference.after;
    if (was && is && !same) ++difference.changing;
    if (is && !was) {
        ++difference.entering;
        add_sample(difference.entering_samples, key);
    }
    if (was && !is) {
        ++difference.leaving;
        add_sample(difference.leaving_samples, key);
    }
}

Result<std::optional<Item>> item_of(Value bytes) {
    if (!bytes) return std::optional<Item>();
    auto item = Item::from_bytes(std::string(*bytes));
    if (!item) return fail(Errc::damaged_state, item.error().message);
    return std::optional<Item>(*std::move(item));
}

std::optional<std::string> place_by(const ListView* list, const std::optional<Item>& item,
                                    std::string_view key) {
    if (list == nullptr || !item) return std::nullopt;
    const auto image = shown_image(*list->table, item->parts());
    if (!image) return std::nullopt;
    const SeenImage seen(list->table->derive, *image);
    return place_in(*list, &seen, key);
}

// Compares the lists of one table, item by item.
Result<void> compare_lists(const std::string& table, const StateSnapshot& before,
                           const StateSnapshot& after, std::vector<Pair<ListView>>& lists) {
    StateCursor left(StateCursor::over_items(before, table));
    StateCursor right(StateCursor::over_items(after, table));
    return side_by_side(
        left, right,
        [&](std::string_view key, Value bytes_before, Value bytes_after) -> Result<void> {
            const auto was = item_of(bytes_before);
            if (!was) return fail(was.error());
            const auto is = item_of(bytes_after);
            if (!is) return fail(is.error());
            for (Pair<ListView>& list : lists) {
                if (list.difference.table != table) continue;
                const auto old_place = place_by(list.before, *was, key);
                const auto new_place = place_by(list.after, *is, key);
                count(list.difference, key, old_place.has_value(), new_place.has_value(),
                      old_place == new_place);
            }
            return {};
        });
}

// No projection has an empty name, so there are no rows where there is no definition.
std::string_view rows_of(const TotalView* total) {
    return total == nullptr ? std::string_view() : std::string_view(total->rows);
}

// Compares a total group by group, by what its groups' own rows say.
Result<void> compare_groups(const StateSnapshot& before, const StateSnapshot& after,
                            Pair<TotalView>& total) {
    const std::string groups = group_place("");
    StateCursor left(StateCursor::over_rows(before, rows_of(total.before), groups));
    StateCursor right(StateCursor::over_rows(after, rows_of(total.after), groups));
    const bool shows_the_same = total.before != nullptr && total.after != nullptr &&
                                total.before->values == total.after->values;
    return side_by_side(left, right,
                        [&](std::string_view place, Value was, Value is) -> Result<void> {
                            count(total.difference, place.substr(groups.size()), was.has_value(),
                                  is.has_value(), shows_the_same && was == is);
                            return {};
                        });
}

template <class Projection>
void move_differences(std::vector<Pair<Projection>>& pairs, bool declared,
                      std::vector<ViewDifference>& differences) {
    for (Pair<Projection>& pair : pairs) {
        if (pair.difference.is_there != declared) continue;
        differences.push_back(std::move(pair.difference));
    }
}

}  // namespace

Result<std::vector<ViewDifference>> compare_views(const HeldProjections& held,
                                                  const StateSnapshot& before,
                                                  const Catalog& catalog,
                                                  const StateSnapshot& after) {
    std::vector<Pair<ListView>> lists = pairs_of(held.lists, catalog);
    std::set<std::string> tables;
    for (const Pair<ListView>& list : lists) tables.insert(list.difference.table);
    for (const std::string& table : tables) {
        const auto compared = compare_lists(table, before, after, lists);
        if (!compared) return fail(compared.error());
    }
    std::vector<Pair<TotalView>> totals = pairs_of(held.totals, catalog);
    for (Pair<TotalView>& total : totals) {
        const auto compared = compare_groups(before, after, total);
        if (!compared) return fail(compared.error());
    }
    std::vector<ViewDifference> differences;
    for (const bool declared : {true, false}) {
        move_differences(lists, declared, differences);
        move_differences(totals, declared, differences);
    }
    return differences;
}

}  // namespace freshet::engine
