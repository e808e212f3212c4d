#include "engine/sequencing/batch_judgement.h"

#include <string>
#include <unordered_map>
#include <utility>

namespace freshet::engine {
namespace {

using storage::Change;

// An item's head while a batch is judged: that of the state, or after a change of the batch.
class Head {
public:
    Head() = default;
    explicit Head(std::optional<ItemHead> first) : first_(std::move(first)) {}

    [[nodiscard]] const std::optional<ItemHead>& now() const { return moved_ ? *moved_ : first_; }
    // Borrows `head`.
    void move_to(const std::optional<ItemHead>& head) { moved_ = &head; }

private:
    std::optional<ItemHead> first_;
    const std::optional<ItemHead>* moved_ = nullptr;
};

using Heads = std::unordered_map<const storage::StateBatch::KnownItem*, Head>;

Fault foreign_source(const ChangeBatch& batch, std::size_t index, const ItemHead& head) {
    RecordPlace place = batch.place(index);
    return Fault{.pointer = std::move(place.pointer) + "/eventSourceARN",
                 .detail = "found a record of source table " + batch.records[index].change->source +
                           ", expected one of " + head.source +
                           ": this item's records come from there",
                 .line = place.line};
}

// Nothing if `item` is null. Fails with damaged_state  if it has no sequence number.
Result<std::optional<ItemHead>> head_of(const std::shared_ptr<const storage::Item>& item) {
    if (!item) return std::optional<ItemHead>();
    const storage::ItemParts parts = item->parts();
    auto sequence = storage::SequenceNumber::parse(parts.sequence);
    if (!sequence) return fail(Errc::damaged_state, "an item has no sequence number");
    return std::optional(ItemHead{.source = std::string(parts.source),
                                  .label = std::string(parts.label),
                                  .sequence = std::move(*sequence),
                                  .imported = parts.imported});
}

}  // namespace

Result<Judgement> judge_batch(const ChangeBatch& batch, storage::StateBatch& state) {
    Judgement judgement{.changes = {}, .end = batch.records.size(), .refusal = batch.refusal};
    judgement.changes.reserve(batch.records.size());
    Heads heads;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const std::optional<Change>& change = batch.records[i].change;
        if (!change) continue;
        const auto known = state.known_item(change->table, change->key);
        if (!known) return fail(known.error());
        const auto [entry, is_new] = heads.try_emplace(*known);
        Head& head = entry->second;
        if (is_new) {
            auto first = head_of((*known)->item());
            if (!first) return fail(first.error());
            head = Head(*std::move(first));
        }

        Judged judged{.verdict = judge(head.now(), *change), .known = *known, .head = {}};
        if (judged.verdict != Verdict::foreign_source) {
            if (judged.verdict == Verdict::next) judged.head = head_after(head.now(), *change);
            judgement.changes.push_back(std::move(judged));
            if (judgement.changes.back().head) head.move_to(judgement.changes.back().head);
            continue;
        }
        // It comes before whatever decoding found wrong, which follows the last record.
        if (judgement.end > i) {
            judgement.end = i;
            judgement.refusal = Refusal{.faults = {}, .sequence = batch.records[i].sequence};
            if (batch.refusal && batch.refusal->code == Errc::forbidden) {
                judgement.refusal->code = Errc::forbidden;
            }
        }
        if (judgement.refusal->faults.size() < faults_max) {
            judgement.refusal->faults.push_back(foreign_source(batch, i, *head.now()));
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
