// The items of an export, on disk beside the state, in the order in which the table has its own.
// They come in any order; of two with one key the later counts.
//
// Invariants
//   - What is held in memory does not grow with the export.
//   - The files are gone with the object, or, after a crash, at the next start.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/reconciling/item_slice.h"
#include "engine/records/change_batch.h"
#include "storage/data_folder.h"
#include "storage/result.h"
#include "storage/side_state.h"

namespace freshet::engine {

class ExportShelf {
public:
    // An empty one, for items of that table. Fails with disk_full or io.
    static Result<ExportShelf> make(std::string table, storage::DataFolder& folder);

    // Puts the imports of the batch on it. Fails with disk_full or io; it takes no more then.
    Result<void> put(const ChangeBatch& batch);

    // As slice_after().
    [[nodiscard]] Result<ItemSlice> after(std::string_view key) const;

private:
    ExportShelf(std::string table, std::unique_ptr<storage::SideState> side)
        : table_(std::move(table)), side_(std::move(side)) {}

    std::string table_;
    std::unique_ptr<storage::SideState> side_;
    std::uint64_t batches_ = 0;
};

}  // namespace freshet::engine
