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

ItemChange change_of(const storage::Record& record, std::uint32_t stream,
                     std::optional<storage::SourceTime> time) {
    return {.source = record.source(),
            .label = record.label(),
            .sequence = record.sequence(),
            .position = record.position(),
            .begun = record.position(),
            .kind = record.kind(),
            .imported = record.imported(),
            .reconciled = record.reconciled(),
            .unchanged = record.unchanged(),
            .stays_hidden = record.stays_hidden(),
            .stream = stream,
            .time = time,
            .after = record.after()};
}

ItemChange expiry_of(const storage::Notice& notice, storage::Position position) {
    return {.position = position, .begun = position, .hides_by = notice.name};
}

ItemParts fold_item(const ItemChange& change, const std::optional<ItemParts>& known) {
    invariant(!known || known->changed < change.position,
              "the records of an item are folded in order");
    if (!change.hides_by.empty()) {
        invariant(known && known->image, "what is hidden is there");
        ItemParts hidden = *known;
        hidden.hidden_by = change.hides_by;
        return hidden;
    }
    ItemParts item{.source = change.source,
                   .label = change.label,
                   .sequence = change.sequence,
                   .created = change.begun,
                   .changed = change.position,
                   .stale = !change.after && change.kind != ChangeKind::remove,
                   .imported = change.imported,
                   .reconciled = change.reconciled,
                   .undated = !change.time && known && known->time,
                   .stream = change.stream,
                   .time = change.time || !known ? change.time : known->time,
                   .others = others_of(known, change.stream),
                   .image = change.after};

    if (change.reconciled) keep_head(known, item);

    const bool was_there = known && known->image;
    const bool goes_on = was_there && (change.kind == ChangeKind::modify || change.unchanged);
    if (goes_on) item.created = known->created;
    if (goes_on && !item.image) item.image = known->image;
    if (change.stays_hidden && known && item.image) item.hidden_by = known->hidden_by;
    return item;
}

}  // namespace freshet::engine
