// The rows that one definition of a table leads to: its lists and totals, folded together.
//
// Invariants
//   - The lists and totals are declared by the table whose `derive` they see images by.
//
// Threads: pure but for the batch that it writes to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "storage/item.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// Some lists and totals of a table as one catalog declares it.
struct TableRows {
    const Table* table = nullptr;  // by its `derive` they see images
    std::vector<const ListView*> lists;
    std::vector<const TotalView*> totals;

    [[nodiscard]] bool empty() const { return lists.empty() && totals.empty(); }
};

// The names of the lists and totals.
std::vector<std::string> names_of(const TableRows& rows);

// Brings the rows from where an item as it was `before` put them to where it puts them `after`: by
// what of it is shown (engine/catalog/shown_image.h), as the definition of these rows has it.
// Fails as fold_total() does.
Result<void> fold_rows(const TableRows& rows, std::string_view key,
                       const std::optional<storage::ItemParts>& before,
                       const storage::ItemParts& after, storage::StateBatch& state);

}  // namespace freshet::engine
