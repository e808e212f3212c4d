#include "engine/reconciling/comparison.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace freshet::engine {
namespace {

// Up to which key both slices are complete; nothing if they are to the end.
std::optional<std::string> common_end(const ItemSlice& table, const ItemSlice& exported) {
    if (table.is_last && exported.is_last) return std::nullopt;
    if (table.is_last) return exported.entries.back().key;
    if (exported.is_last) return table.entries.back().key;
    return std::min(table.entries.back().key, exported.entries.back().key);
}

}  // namespace

Result<std::vector<ComparedItem>> Comparison::next(const storage::StateSnapshot& state) {
    std::vector<ComparedItem> compared;
    if (is_at_end_) return compared;
    auto table = slice_after(state, table_, key_);
    if (!table) return fail(table.error());
    auto exported = shelf_.after(key_);
    if (!exported) return fail(exported.error());

    const auto end = common_end(*table, *exported);
    compared.reserve(table->entries.size() + exported->entries.size());
    auto t = table->entries.begin();
    auto e = exported->entries.begin();
    while (t != table->entries.end() || e != exported->entries.end()) {
        const bool is_in_table =
            t != table->entries.end() && (e == exported->entries.end() || t->key <= e->key);
        const bool is_exported =
            e != exported->entries.end() && (t == table->entries.end() || e->key <= t->key);
        ComparedItem item{.key = is_in_table ? t->key : e->key};
        if (end && item.key > *end) break;
        if (is_in_table) item.known = (t++)->item;
        if (is_exported) item.exported = (e++)->item;

        std::optional<storage::ItemParts> known;
        if (item.known) known = item.known->parts();
        std::optional<storage::ImageView> image;
        if (item.exported) image = item.exported->parts().image;
        item.finding = finding_of(known, image, moment_);
        compared.push_back(std::move(item));
    }
    if (end) key_ = *end;
    is_at_end_ = !end;
    return compared;
}

}  // namespace freshet::engine
