#include "engine/folding/lists.h"

#include "engine/values/ordered_bytes.h"
#include "engine/values/value_text.h"
#include "storage/invariant.h"

namespace freshet::engine {

namespace {

// Returns false if the image lacks a value.
bool append_partition(std::string& bytes, const std::vector<AttributePath>& by,
                      const SeenImage& image) {
    for (const AttributePath& attribute : by) {
        const auto value = image.find(attribute);
        if (value && value->type() == storage::ValueType::string) {
            append_ordered_text(bytes, value->text());
            continue;
        }
        const auto text = value_text(value);
        if (!text) return false;
        append_ordered_text(bytes, *text);
    }
    return true;
}

// Makes `place` that of the item's row. Returns false if the list does not take the item.
bool find_place(const ListView& list, const SeenImage* image, std::string_view key,
                std::string& place) {
    place.clear();
    if (image == nullptr || !list.where.matches(*image)) return false;
    if (!append_partition(place, list.by, *image)) return false;
    for (const SortPart& part : list.sort) {
        append_sort_part(place, image->find(part.path), part.direction);
    }
    place.append(key);
    return true;
}

// A long place, which is rare, is not kept until there is a longer one.
void keep_if_short(std::string& place) {
    constexpr std::size_t bytes_kept = 64U << 10U;
    if (place.capacity() > bytes_kept) std::string().swap(place);
}

}  // namespace

std::optional<std::string> partition_of(const std::vector<AttributePath>& by,
                                        const SeenImage& image) {
    std::string partition;
    if (!append_partition(partition, by, image)) return std::nullopt;
    return partition;
}

std::optional<std::string> place_in(const ListView& list, const SeenImage* image,
                                    std::string_view key) {
    std::string place;
    if (!find_place(list, image, key, place)) return std::nullopt;
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
    // Of this thread, so that a record allocates nothing for them.
    thread_local std::string old_place;
    thread_local std::string new_place;
    const bool was_there = find_place(list, before, key, old_place);
    const bool is_there = find_place(list, after, key, new_place);
    if (!was_there || !is_there || old_place != new_place) {
        if (was_there) state.erase_row(list.rows, old_place);
        if (is_there) state.add_row(list.rows, new_place, key);
    }
    keep_if_short(old_place);
    keep_if_short(new_place);
}

}  // namespace freshet::engine
