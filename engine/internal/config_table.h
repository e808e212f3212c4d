// A [[table]] of the configuration: its key, views, lists and events.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/catalog.h"
#include "engine/internal/config_section.h"

namespace freshet::engine {

// The names that are taken, each once, and where.
class Names {
public:
    // Notes a name that is taken, or that could not stand in a URL.
    void take(const Word& name, Mistakes& mistakes);

private:
    std::map<std::string, Line> lines_;
};

// `view_names` are those of all tables, since a view is asked for without its table.
std::unique_ptr<Table> read_table(const toml::table& table, Names& table_names, Names& view_names,
                                  Mistakes& mistakes);

}  // namespace freshet::engine
