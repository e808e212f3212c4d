#include "engine/reconciling/item_finding.h"

#include "engine/sequencing/verdict.h"
#include "engine/values/same_value.h"

namespace freshet::engine {
namespace {

bool is_same(const storage::ItemParts& known, const std::optional<storage::ImageView>& exported) {
    if (!exported) return !known.image;
    return known.image && !known.stale && same_value(*known.image, *exported);
}

}  // namespace

ItemFinding finding_of(const std::optional<storage::ItemParts>& known,
                       const std::optional<storage::ImageView>& exported,
                       storage::SourceTime moment) {
    if (!known) return exported ? ItemFinding::added : ItemFinding::unchanged;
    if (is_same(*known, exported)) return ItemFinding::unchanged;
    const auto time = known->undated ? std::nullopt : known->time;
    switch (judge_reconciled(time, known->imported, moment)) {
        case Verdict::next:
            break;
        case Verdict::undated:
            return ItemFinding::undated;
        default:
            return ItemFinding::newer;
    }
    if (!exported) return ItemFinding::removed;
    return known->image ? ItemFinding::replaced : ItemFinding::added;
}

}  // namespace freshet::engine
