#include "engine/folding/items.h"

#include "storage/invariant.h"

namespace freshet::engine {

using storage::ChangeKind;
using storage::ItemParts;

ItemParts fold_item(const storage::Record& record, const std::optional<ItemParts>& known) {
    invariant(!known || known->changed < record.position(),
              "the records of an item are folded in order");
    ItemParts item{.source = record.source(),
                   .label = record.label(),
                   .sequence = record.sequence(),
                   .created = record.position(),
                   .changed = record.position(),
                   .stale = !record.after() && record.kind() != ChangeKind::remove,
                   .imported = record.imported(),
                   .image = record.after()};

    const bool was_there = known && known->image;
    const bool goes_on = was_there && record.kind() == ChangeKind::modify;
    if (goes_on) item.created = known->created;
    if (goes_on && !item.image) item.image = known->image;
    return item;
}

}  // namespace freshet::engine
