// The keys of items as a catalog's tables encode them.
//
// Threads: any.
#pragma once

#include <string>

#include "engine/catalog/catalog.h"
#include "engine/catalog/item_key.h"
#include "storage/record.h"

namespace freshet::support {

// The change as one of that table, with its key. Throws if the table does not
// accept its key attributes.
inline storage::Change keyed(const engine::Catalog& catalog, storage::Change change,
                             const std::string& table = "orders") {
    change.table = table;
    change.key = engine::item_key(*catalog.table(table), change.keys->view()).value();
    return change;
}

}  // namespace freshet::support
