// From which families of streams each table takes, as its lineage has it
// (engine/folding/lineage.h): a record goes to the table that knows the family of its stream, also
// where that table's `from` names another source, as that of a table that was restored under
// another name.
//
//     adopt, or a first record  ->  lineage, in the state  ->  ReadPoint  ->  RecordReader
//
// Threads: values.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"

namespace freshet::engine {

struct TableFamilies {
    const Table* table = nullptr;
    std::vector<std::string> families;  // from the earliest to the latest

    // Whether it knows the family.
    [[nodiscard]] bool knows(std::string_view family) const;
    // Whether it takes from the family as it is: also the first one, and the name of what had none.
    [[nodiscard]] bool takes(std::string_view family) const;
    // Whether it knows a family of that source, which its `from` does not name.
    [[nodiscard]] bool has_adopted(std::string_view source) const;
};

// Of all tables, in their order in the file.
using KnownFamilies = std::vector<TableFamilies>;

// The newest there are, and never null. Belongs to one thread at a time.
using AskFamilies = std::function<std::shared_ptr<const KnownFamilies>()>;

}  // namespace freshet::engine
