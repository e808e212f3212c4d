#include "engine/sequencing/verdict.h"

#include <algorithm>
#include <utility>

namespace freshet::engine {
namespace {

// The last number of that stream; null if the item never had a record of it.
const storage::SequenceNumber* last_of(const ItemHead& head, std::uint32_t stream) {
    if (head.stream == stream) return &head.sequence;
    const auto other = std::find_if(head.others.begin(), head.others.end(),
                                    [&](const auto& one) { return one.stream == stream; });
    return other == head.others.end() ? nullptr : &other->sequence;
}

}  // namespace

Ruling judge(const std::optional<ItemHead>& head, const storage::Change& change,
             std::uint32_t stream, const Lineage& lineage) {
    if (!head) return {Verdict::next};
    if (change.imported) return {Verdict::duplicate};
    if (head->imported) return {Verdict::next};

    const bool has_times = change.time && head->time;
    const auto is_later_by = [&](std::chrono::seconds by) {
        return has_times && *change.time > *head->time + by;
    };
    const storage::SequenceNumber* last = last_of(*head, stream);
    if (last != nullptr && change.sequence <= *last) {
        return {Verdict::duplicate, change.sequence < *last && is_later_by({})};
    }
    switch (lineage.order(stream, head->stream)) {
        case Lineage::Order::same:
            return {Verdict::next};
        case Lineage::Order::earlier_label:
            return {Verdict::duplicate, is_later_by({})};
        case Lineage::Order::earlier_family:
            return {Verdict::duplicate, is_later_by(suspicious_after)};
        case Lineage::Order::later:
            break;
    }
    const bool is_overtaken = has_times && *change.time < *head->time - overtaken_after;
    return {is_overtaken ? Verdict::overtaken : Verdict::next};
}

ItemHead head_after(const std::optional<ItemHead>& head, const storage::Change& change,
                    std::uint32_t stream) {
    ItemHead after{.stream = change.imported ? 0 : stream,
                   .sequence = change.sequence,
                   .time = change.time,
                   .imported = change.imported,
                   .others = {}};
    if (!head) return after;
    if (!after.time) after.time = head->time;
    for (const ItemHead::Other& other : head->others) {
        if (other.stream != after.stream) after.others.push_back(other);
    }
    if (head->stream != 0 && head->stream != after.stream) {
        after.others.push_back({head->stream, head->sequence});
    }
    return after;
}

}  // namespace freshet::engine
