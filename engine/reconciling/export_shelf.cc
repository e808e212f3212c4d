#include "engine/reconciling/export_shelf.h"

#include <utility>

#include "storage/item.h"
#include "storage/position.h"
#include "storage/state_store.h"

namespace freshet::engine {

Result<ExportShelf> ExportShelf::make(std::string table, storage::DataFolder& folder) {
    auto side = folder.make_shelf();
    if (!side) return fail(side.error());
    return ExportShelf(std::move(table), *std::move(side));
}

Result<void> ExportShelf::put(const ChangeBatch& batch) {
    auto state = side_->state().begin();
    if (!state) return fail(state.error());
    const storage::Position position{batches_ + 1};
    for (const BatchRecord& record : batch.records) {
        if (!record.change) continue;
        const storage::Change& item = *record.change;
        const storage::ItemParts parts{.sequence = item.sequence.text(),
                                       .created = position,
                                       .changed = position,
                                       .imported = true,
                                       .others = {},
                                       .image = item.after->view()};
        state->put_item(table_, item.key, parts);
    }
    const storage::Checkpoint checkpoint{.mark = {.epoch = 1, .position = position}};
    auto committed = side_->state().commit(*std::move(state), checkpoint);
    if (committed) batches_ = position.value;
    return committed;
}

Result<ItemSlice> ExportShelf::after(std::string_view key) const {
    const auto snapshot = side_->state().snapshot();
    if (!snapshot) return fail(snapshot.error());
    return slice_after(**snapshot, table_, key);
}

}  // namespace freshet::engine
