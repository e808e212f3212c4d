#include "engine/sequencing/verdict.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/records/stream_arn.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// The last number of that stream; null if the item never had a record of it.
const storage::SequenceNumber* last_of(const ItemHead& head, std::uint32_t stream) {
    if (head.stream == stream) return &head.sequence;
    if (!head.others) return nullptr;
    const auto other = std::find_if(head.others->begin(), head.others->end(),
                                    [&](const auto& one) { return one.stream == stream; });
    return other == head.others->end() ? nullptr : &other->sequence;
}

// What the item knows of other streams than `stream`, once that one is its newest.
std::shared_ptr<const std::vector<ItemHead::Other>> others_after(const ItemHead& head,
                                                                 std::uint32_t stream) {
    if (head.stream == 0 || head.stream == stream) return head.others;
    std::vector<ItemHead::Other> others;
    if (head.others) others.reserve(head.others->size() + 1);
    if (head.others) {
        std::copy_if(head.others->begin(), head.others->end(), std::back_inserter(others),
                     [&](const auto& other) { return other.stream != stream; });
    }
    others.push_back({head.stream, head.sequence});
    return std::make_shared<const std::vector<ItemHead::Other>>(std::move(others));
}

// The time of the newest record, if that has one.
std::optional<storage::SourceTime> dated(const ItemHead& head) {
    return head.undated ? std::nullopt : head.time;
}

// Whether an export of that moment knew what the change says.
bool is_in_export(const storage::Change& change, std::optional<storage::SourceTime> moment) {
    return moment && change.time && *change.time < *moment - export_slack;
}

ItemHead reconciled_head(const std::optional<ItemHead>& head, const storage::Change& change) {
    ItemHead after = head.value_or(ItemHead{.imported = true, .others = {}});
    after.time = change.time;
    after.reconciled = true;
    after.undated = false;
    after.changed = ItemHead().changed;
    return after;
}

}  // namespace

Verdict judge_reconciled(std::optional<storage::SourceTime> known, bool imported,
                         storage::SourceTime moment) {
    if (!known) return imported ? Verdict::next : Verdict::undated;
    return *known < moment - export_slack ? Verdict::next : Verdict::duplicate;
}

Ruling judge(const std::optional<ItemHead>& head, const storage::Change& change,
             std::uint32_t stream, const Lineage& lineage, bool joins) {
    const std::optional<Lineage::Reconciled>& even = lineage.reconciled();
    if (!head) {
        const bool is_of_stream = !change.imported && !change.reconciled;
        const bool is_known = is_of_stream && even && is_in_export(change, even->moment);
        return {is_known ? Verdict::overtaken : Verdict::next};
    }
    if (change.imported) return {Verdict::duplicate};
    if (change.reconciled) {
        invariant(change.time.has_value(), "what is reconciled is of a moment");
        return {judge_reconciled(dated(*head), head->imported, *change.time)};
    }

    const bool has_times = change.time && head->time;
    const auto is_later_by = [&](std::chrono::seconds by) {
        return has_times && *change.time > *head->time + by;
    };
    const storage::SequenceNumber* last = last_of(*head, stream);
    if (last != nullptr && change.sequence <= *last) {
        return {Verdict::duplicate, change.sequence < *last && is_later_by({})};
    }
    const bool is_even = even && head->changed <= even->begun && (dated(*head) || head->imported);
    if (is_in_export(change, head->reconciled ? head->time : std::nullopt) ||
        (is_even && is_in_export(change, even->moment))) {
        return {Verdict::overtaken};
    }
    if (head->imported) return {Verdict::next};
    switch (joins ? lineage.order_of_next(stream_name(change), head->stream)
                  : lineage.order(stream, head->stream)) {
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
    if (change.reconciled) return reconciled_head(head, change);
    ItemHead after{.stream = change.imported ? 0 : stream,
                   .sequence = change.sequence,
                   .time = change.time,
                   .imported = change.imported,
                   .reconciled = false,
                   .undated = false,
                   .others = {}};
    if (!head) return after;
    after.undated = !after.time && head->time;
    if (!after.time) after.time = head->time;
    after.others = others_after(*head, after.stream);
    return after;
}

}  // namespace freshet::engine
