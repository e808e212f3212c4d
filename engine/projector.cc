#include "engine/projector.h"

#include <optional>
#include <string>

#include "engine/item_key.h"
#include "engine/projections/items.h"
#include "engine/projections/lists.h"

namespace freshet::engine {

Result<void> Projector::apply(const storage::Record& record, storage::StateBatch& state) const {
    const Table* table = catalog_.table(record.table());
    if (table == nullptr) return {};
    const auto key = item_key(*table, record.keys());
    if (!key) {
        return fail(Errc::refused, "the record at position " +
                                       std::to_string(record.position().value) +
                                       " does not fit the key of table " + table->name + ": " +
                                       key.error().detail +
                                       " (the key of a table with records cannot be changed)");
    }

    const auto known = state.item(table->name, *key);
    if (!known) return fail(known.error());
    std::optional<storage::ItemParts> before;
    if (*known) before = (*known)->parts();
    const storage::ItemParts after = fold_item(record, before);

    state.put_item(table->name, *key, after);
    fold_lists(*table, *key, before ? before->image : std::nullopt, after.image, state);
    return {};
}

}  // namespace freshet::engine
