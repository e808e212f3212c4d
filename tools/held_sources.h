// From which streams the tables of a data folder took so far, as far as its state is on disk.
#pragma once

#include <map>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/folding/lineage.h"
#include "storage/result.h"

namespace freshet::tools {

// By table. Empty if there is no such folder. Fails with damaged_state or io.
Result<std::map<std::string, engine::Lineage>> held_sources(const std::string& folder,
                                                            const engine::Catalog& catalog);

// What a person has to know of them: from where the table took, and what its `from` means for that.
std::string sources_text(const engine::Table& table, const engine::Lineage& lineage);

}  // namespace freshet::tools
