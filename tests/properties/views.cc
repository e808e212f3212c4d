#include "tests/properties/views.h"

#include <rapidcheck.h>

#include "tests/properties/story_run.h"
#include "tests/properties/value_in.h"
#include "tests/world/random_changes.h"

namespace freshet::properties {
namespace {

using support::ListDefinition;
using support::Moment;
using support::TableDefinition;

const engine::ListView& view_of(const ListDefinition& list) {
    return *std::get<const engine::ListView*>(catalog()->view(list.name));
}

// Page after page, to the end.
std::vector<std::string> read_list(const engine::ReadPoint& read_point, const ListDefinition& list,
                                   const std::optional<std::string>& partition) {
    constexpr std::size_t page_rows = 2;
    engine::PageRequest request{.partition = {}, .limit = page_rows, .cursor = ""};
    if (partition) request.partition = {*partition};
    std::vector<std::string> rows;
    do {
        const auto page = value_in(read_point.page(view_of(list), request, *engine::everybody()));
        RC_ASSERT(page.items.size() == page_rows || page.next.empty());
        rows.insert(rows.end(), page.items.begin(), page.items.end());
        request.cursor = page.next;
    } while (!request.cursor.empty());
    return rows;
}

void check_list(const engine::ReadPoint& read_point, const Moment& expected,
                const TableDefinition& table, const ListDefinition& list) {
    if (!list.by) {
        RC_ASSERT(read_list(read_point, list, std::nullopt) ==
                  expected.list(table, list, std::nullopt));
        return;
    }
    std::set<std::string> partitions = expected.partitions(table, list);
    partitions.insert({"ann", "bob", "7.5", "0", "true", "", "nobody"});
    for (const std::string& partition : partitions) {
        RC_ASSERT(read_list(read_point, list, partition) == expected.list(table, list, partition));
    }
}

}  // namespace

void check_item(const engine::ReadPoint& read_point, const Moment& expected,
                const std::string& table, const support::Attributes& keys) {
    const auto item = value_in(read_point.item(
        *catalog()->table(table), support::url_parts(table, keys), *engine::everybody()));
    const support::ModelItem* known = expected.item(support::name_of(table, keys));
    const bool is_there = known != nullptr && known->image;
    RC_ASSERT(item.has_value() == is_there);
    if (!is_there) return;
    RC_ASSERT(item->json ==
              support::plain_json({.type = storage::ValueType::map, .attributes = *known->image}));
    RC_ASSERT(item->stale == known->stale);
}

void check_views(const engine::ReadPoint& read_point, const Moment& expected) {
    for (const auto& [name, item] : expected.items()) {
        check_item(read_point, expected, name.table, item.keys);
    }
    for (const TableDefinition& table : support::defined_tables()) {
        for (const ListDefinition& list : table.lists) {
            check_list(read_point, expected, table, list);
        }
    }
}

}  // namespace freshet::properties
