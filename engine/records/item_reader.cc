#include "engine/records/item_reader.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ValueType;
using storage::ValueView;

std::size_t depth_of(ValueView value) {
    std::size_t depth = 0;
    if (value.type() != ValueType::map && value.type() != ValueType::list) return depth;
    for (std::size_t i = 0; i < value.size(); ++i) depth = std::max(depth, depth_of(value.at(i)));
    return depth + 1;
}

std::string too_deep() {
    return "has lists and maps within each other on more than " + std::to_string(item_depth_max) +
           " levels";
}

std::optional<Image>* part_of(std::string_view name, ItemUpdate& update) {
    if (name == update_set) return &update.set;
    if (name == update_add) return &update.add;
    if (name == update_delete) return &update.taken;
    return nullptr;
}

}  // namespace

std::optional<Image> ItemReader::document(const JsonNode& node, const Place& place) {
    auto image = reader_.read(node, place);
    if (image && depth_of(image->view()) > item_depth_max + 1) {
        faults_.add(place, too_deep());
        return std::nullopt;
    }
    return image;
}

bool ItemReader::update_part(const Table& table, const JsonNode& member, const Place& object,
                             ItemUpdate& update) {
    std::optional<Image>* part = part_of(member.name(), update);
    if (part == nullptr) return false;
    const Place place(object, member.name());
    if (*part) faults_.add(place, "is there twice");
    *part = document(member, place);
    if (!*part) return true;
    for (const KeyPart& key : table.key) {
        if (!(*part)->view().find(key.name)) continue;
        faults_.add(Place(place, key.name), "is of the key, which does not change");
    }
    return true;
}

}  // namespace freshet::engine
