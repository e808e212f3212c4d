// The source tables that no `from` names and whose records are taken all the same, since one of
// their streams was adopted: a table that was restored under another name.
//
//     adopt  ->  lineage, in the state  ->  AskAdopted  ->  RecordReader, where the catalog knows
//                                                           no source of that name
//
// Threads: values.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"

namespace freshet::engine {

// That `table` takes from `source`. What its `from` names is none of these.
struct AdoptedSource {
    std::string source;
    const Table* table;
};

// In the order of the file's tables.
using AdoptedSources = std::vector<AdoptedSource>;

// All that there are now, and never null. Belongs to one thread at a time.
using AskAdopted = std::function<std::shared_ptr<const AdoptedSources>()>;

}  // namespace freshet::engine
