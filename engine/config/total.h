// A [[table.total]] of the configuration.
//
//     values = ["count", { sum = "minutes" }, { min = "dueAt" }, { max = "dueAt" }]
#pragma once

#include <toml++/toml.h>

#include "engine/catalog/catalog.h"
#include "engine/config/section.h"
#include "engine/config/table.h"

namespace freshet::engine {

// `names` are those of all views, lists and totals.
TotalView read_total(const toml::table& source, const Table& table, Names& names,
                     Mistakes& mistakes);

}  // namespace freshet::engine
