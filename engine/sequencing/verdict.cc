#include "engine/sequencing/verdict.h"

namespace freshet::engine {

Verdict judge(const std::optional<ItemHead>& head, const storage::Change& change) {
    if (!head) return Verdict::next;
    if (change.imported) return Verdict::duplicate;
    const bool both_name_source = !head->source.empty() && !change.source.empty();
    if (both_name_source && head->source != change.source) return Verdict::foreign_source;

    if (head->imported) return Verdict::next;

    // Labels are ISO timestamps of one width: their order as text is their order in time.
    const bool both_name_label = !head->label.empty() && !change.label.empty();
    if (both_name_label && head->label != change.label) {
        return head->label < change.label ? Verdict::next : Verdict::duplicate;
    }
    return change.sequence > head->sequence ? Verdict::next : Verdict::duplicate;
}

ItemHead head_after(const std::optional<ItemHead>& head, const storage::Change& change) {
    ItemHead after{.source = change.source,
                   .label = change.label,
                   .sequence = change.sequence,
                   .imported = change.imported};
    if (head && after.source.empty()) after.source = head->source;
    if (head && after.label.empty()) after.label = head->label;
    return after;
}

}  // namespace freshet::engine
