// [[table.transition]], [[table.editable]] and [[table.removable]] in the configuration
// (engine/commands/transition_check.h).
#pragma once

#include "engine/catalog/catalog.h"
#include "engine/config/section.h"

namespace freshet::engine {

// Reads the section's into the table, whose key, owner and schema are read already.
void read_transitions(const Section& section, Table& table);

}  // namespace freshet::engine
