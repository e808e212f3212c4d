// A [[table]] of the configuration: its key, views, lists, totals and events.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/config/reach.h"
#include "engine/config/section.h"

namespace freshet::engine {

// The names that are taken, each once, and where.
class Names {
public:
    // Notes a name that is taken, or that could not stand in a URL.
    void take(const Word& name, Mistakes& mistakes);

private:
    std::map<std::string, Line> lines_;
};

// The section's `name`, which takes it; empty, and noted, if there is none.
std::string read_name(const Section& section, Names& names);

// `view_names` are those of all tables, since a view is asked for without its table; `reach` knows
// the tables before.
std::unique_ptr<Table> read_table(const toml::table& table, Names& table_names, Names& view_names,
                                  TableReach& reach, Mistakes& mistakes);

}  // namespace freshet::engine
