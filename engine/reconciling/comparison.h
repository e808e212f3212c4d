// Goes through a table and an export of it at once, in the order of keys.
//
// Each step reads the table as it is then. What a stream changes behind the walk is not seen.
//
// Invariants
//   - Every key of either is found once, as long as the comparison lives.
//   - What is held in memory does not grow with the table or the export.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/reconciling/export_shelf.h"
#include "engine/reconciling/item_finding.h"
#include "storage/item.h"
#include "storage/result.h"
#include "storage/state_store.h"
#include "storage/time.h"

namespace freshet::engine {

struct ComparedItem {
    std::string key;
    std::shared_ptr<const storage::Item> known;     // null if nothing is known of it
    std::shared_ptr<const storage::Item> exported;  // null if the export does not have it
    ItemFinding finding = ItemFinding::unchanged;
};

class Comparison {
public:
    // Borrows the shelf.
    Comparison(std::string table, storage::SourceTime moment, const ExportShelf& shelf)
        : table_(std::move(table)), moment_(moment), shelf_(shelf) {}

    // The next few, with those that are even; none once it has come to the end.
    // Fails with damaged_state or io.
    Result<std::vector<ComparedItem>> next(const storage::StateSnapshot& state);

    // Up to which key it has come.
    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] bool is_at_end() const { return is_at_end_; }

private:
    const std::string table_;
    const storage::SourceTime moment_;
    const ExportShelf& shelf_;
    std::string key_;
    bool is_at_end_ = false;
};

}  // namespace freshet::engine
