// A table's `expires` in the configuration: the attribute that says when an item's time is over.
#pragma once

#include "engine/catalog/catalog.h"
#include "engine/config/section.h"

namespace freshet::engine {

// Reads it into the table, whose name, key, schema and derived attributes are read already, and
// makes the list of what is due.
void read_expires(const Section& section, Table& table);

}  // namespace freshet::engine
