#include "engine/folding/lists.h"

#include "engine/values/ordered_bytes.h"
#include "engine/values/value_text.h"
#include "storage/invariant.h"

namespace freshet::engine {

std::optional<std::string> partition_of(const std::vector<AttributePath>& by,
                                        const SeenImage& image) {
    std::string partition;
    for (const AttributePath& attribute : by) {
        const auto text = value_text(image.find(attribute));
        if (!text) return std::nullopt;
        append_ordered_text(partition, *text);
    }
    return partition;
}

std::optional<std::string> place_in(const ListView& list, const SeenImage* image,
                                    std::string_view key) {
    if (image == nullptr || !list.where.matches(*image)) return std::nullopt;
    auto place = partition_of(list.by, *image);
    if (!place) return std::nullopt;
    for (const SortPart& part : list.sort) {
        append_sort_part(*place, image->find(part.path), part.direction);
    }
    place->append(key);
    return place;
}

std::string partition_prefix(const std::vector<std::string>& partition) {
    std::string prefix;
    for (const std::string& text : partition) append_ordered_text(prefix, text);
    return prefix;
}

void fold_list(const ListView& list, std::string_view key, const SeenImage* before,
               const SeenImage* after, storage::StateBatch& state) {
    invariant(!key.empty(), "a row points at an item");
    const auto old_place = place_in(list, before, key);
    const auto new_place = place_in(list, after, key);
    if (old_place == new_place) return;
    if (old_place) state.erase_row(list.rows, *old_place);
    if (new_place) state.put_row(list.rows, *new_place, key);
}

}  // namespace freshet::engine
