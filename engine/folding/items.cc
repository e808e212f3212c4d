#include "engine/folding/items.h"

#include <vector>

#include "storage/invariant.h"

namespace freshet::engine {

using storage::ChangeKind;
using storage::ItemParts;

namespace {

// The heads of the streams that the item knew, but for `stream`.
std::vector<storage::StreamHead> others_of(const std::optional<ItemParts>& known,
                                           std::uint32_t stream) {
    std::vector<storage::StreamHead> others;
    if (!known) return others;
    for (const storage::StreamHead& other : known->others) {
        if (other.stream != stream) others.push_back(other);
    }
    if (known->stream != 0 && known->stream != stream) {
        others.push_back({.stream = known->stream, .sequence = known->sequence});
    }
    return others;
}

// What an export says has no number in any stream.
void keep_head(const std::optional<ItemParts>& known, ItemParts& item) {
    item.imported = !known || known->imported;
    if (!known) return;
    item.source = known->source;
    item.label = known->label;
    item.sequence = known->sequence;
    item.stream = known->stream;
    item.others = known->others;
}

}  // namespace

ItemParts fold_item(const storage::Record& record, const std::optional<ItemParts>& known,
                    std::uint32_t stream, std::optional<storage::SourceTime> time) {
    invariant(!known || known->changed < record.position(),
              "the records of an item are folded in order");
    ItemParts item{.source = record.source(),
                   .label = record.label(),
                   .sequence = record.sequence(),
                   .created = record.position(),
                   .changed = record.position(),
                   .stale = !record.after() && record.kind() != ChangeKind::remove,
                   .imported = record.imported(),
                   .reconciled = record.reconciled(),
                   .undated = !time && known && known->time,
                   .stream = stream,
                   .time = time || !known ? time : known->time,
                   .others = others_of(known, stream),
                   .image = record.after()};

    if (record.reconciled()) keep_head(known, item);

    const bool was_there = known && known->image;
    const bool goes_on = was_there && (record.kind() == ChangeKind::modify || record.unchanged());
    if (goes_on) item.created = known->created;
    if (goes_on && !item.image) item.image = known->image;
    return item;
}

}  // namespace freshet::engine
