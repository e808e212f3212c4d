// The name of one item: its key, as bytes and as attributes.
//
// Threads: values.
#pragma once

#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "storage/image.h"
#include "storage/result.h"

namespace freshet::engine {

struct ItemName {
    std::string key;      // in order-preserving bytes (engine/catalog/item_key.h)
    storage::Image keys;  // its attributes

    // By one text for each part of the key, as a path has them.
    // Fails with refused  if the texts are no key of the table, or one is too long.
    static Result<ItemName> from_texts(const Table& table, const std::vector<std::string>& texts);

    // By its attributes. Fails with refused  if they are no key of the table.
    static Result<ItemName> from_keys(const Table& table, storage::Image keys);

    [[nodiscard]] std::vector<std::string> texts(const Table& table) const;
    // The attributes as plain JSON.
    [[nodiscard]] std::string json() const;
};

}  // namespace freshet::engine
