#include "engine/sequencing/batch_judgement.h"

#include <cassert>
#include <string>
#include <unordered_map>
#include <utility>

namespace freshet::engine {
namespace {

using storage::Change;

// Items of different tables may have the same key; no table's name holds a NUL.
std::string item_id(const Change& change) {
    return change.table + '\0' + change.key;
}

Fault foreign_source(const ChangeBatch& batch, std::size_t index, const ItemHead& head) {
    RecordPlace place = batch.place(index);
    return Fault{.pointer = std::move(place.pointer) + "/eventSourceARN",
                 .detail = "found a record of source table " + batch.records[index].change->source +
                           ", expected one of " + head.source +
                           ": this item's records come from there",
                 .line = place.line};
}

}  // namespace

std::optional<ItemHead> head_of(const std::shared_ptr<const storage::Item>& item) {
    if (!item) return std::nullopt;
    const storage::ItemParts parts = item->parts();
    auto sequence = storage::SequenceNumber::parse(parts.sequence);
    assert(sequence.has_value());
    return ItemHead{.source = std::string(parts.source),
                    .label = std::string(parts.label),
                    .sequence = std::move(*sequence),
                    .imported = parts.imported};
}

Result<Judgement> judge_batch(const ChangeBatch& batch, storage::StateBatch& state) {
    Judgement judgement{.verdicts = {}, .end = batch.records.size(), .refusal = batch.refusal};
    std::unordered_map<std::string, std::optional<ItemHead>> heads;  // as the batch moves them
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const std::optional<Change>& change = batch.records[i].change;
        if (!change) continue;
        const auto [place, is_new] = heads.try_emplace(item_id(*change));
        std::optional<ItemHead>& head = place->second;
        if (is_new) {
            const auto item = state.item(change->table, change->key);
            if (!item) return fail(item.error());
            head = head_of(*item);
        }

        const Verdict verdict = judge(head, *change);
        if (verdict != Verdict::foreign_source) {
            judgement.verdicts.push_back(verdict);
            if (verdict == Verdict::next) head = head_after(head, *change);
            continue;
        }
        // It stands before whatever decoding found wrong, which lies behind the last record.
        if (judgement.end > i) {
            judgement.end = i;
            judgement.refusal = Refusal{.faults = {}, .sequence = batch.records[i].sequence};
            if (batch.refusal && batch.refusal->code == Errc::forbidden) {
                judgement.refusal->code = Errc::forbidden;
            }
        }
        if (judgement.refusal->faults.size() < faults_max) {
            judgement.refusal->faults.push_back(foreign_source(batch, i, *head));
        }
        if (batch.partial) return judgement;
    }
    // A batch that is refused as a whole is told everything that is wrong with it.
    if (batch.refusal && judgement.end < batch.records.size()) {
        auto& faults = judgement.refusal->faults;
        faults.insert(faults.end(), batch.refusal->faults.begin(), batch.refusal->faults.end());
        if (faults.size() > faults_max) faults.resize(faults_max);
    }
    return judgement;
}

}  // namespace freshet::engine
