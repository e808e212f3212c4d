#include "engine/folding/rows.h"

#include "engine/catalog/seen_image.h"
#include "engine/catalog/shown_image.h"
#include "engine/folding/lists.h"
#include "engine/folding/totals.h"
#include "storage/invariant.h"

namespace freshet::engine {

using storage::ImageView;

namespace {

const SeenImage* pointer_to(const std::optional<SeenImage>& seen) {
    return seen ? &*seen : nullptr;
}

}  // namespace

std::vector<std::string> names_of(const TableRows& rows) {
    std::vector<std::string> names;
    for (const ListView* list : rows.lists) names.push_back(list->name);
    for (const TotalView* total : rows.totals) names.push_back(total->name);
    return names;
}

Result<void> fold_rows(const TableRows& rows, std::string_view key,
                       const std::optional<storage::ItemParts>& known_before,
                       const storage::ItemParts& known_after, storage::StateBatch& state) {
    if (rows.empty()) return {};
    invariant(rows.table != nullptr, "rows are of a table");
    const std::optional<ImageView> before =
        known_before ? shown_image(*rows.table, *known_before) : std::nullopt;
    const std::optional<ImageView> after = shown_image(*rows.table, known_after);
    // Rows depend on what is shown. A change that came without its image leaves the one that was
    // known, and must not cost what is worked out of it.
    if (before && after && before->bytes() == after->bytes()) return {};
    std::optional<SeenImage> was;
    if (before) was.emplace(rows.table->derive, *before);
    std::optional<SeenImage> is;
    if (after) is.emplace(rows.table->derive, *after);
    for (const ListView* list : rows.lists) {
        invariant(list->table == rows.table, "a list is folded by its own definition of the table");
        fold_list(*list, key, pointer_to(was), pointer_to(is), state);
    }
    for (const TotalView* total : rows.totals) {
        invariant(total->table == rows.table,
                  "a total is folded by its own definition of the table");
        auto folded = fold_total(*total, key, pointer_to(was), pointer_to(is), state);
        if (!folded) return folded;
    }
    return {};
}

}  // namespace freshet::engine
