// Who may read a view or hear an event, or write an item: `access` and `write` in the
// configuration.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/config/section.h"

namespace freshet::engine {

// What the entries of an `access` may speak of.
struct AccessScope {
    const std::optional<AttributePath>& owner;  // the table's
    // A list's partition: a page is admitted or refused as a whole, by the partition it is of, so
    // entries may ask for these attributes only. Null where a single item is judged.
    const std::vector<AttributePath>* by = nullptr;
    // The key that is read: `access`, or `write`, which nobody may without a credential.
    std::string_view key = "access";
};

// What the section has under the scope's key; for `admin` only where there is nothing.
Access read_access(const Section& section, const AccessScope& scope);

}  // namespace freshet::engine
