#include "engine/catalog/seen_image.h"

#include <algorithm>

#include "storage/invariant.h"

namespace freshet::engine {

using storage::ImageView;
using storage::ValueView;

SeenImage::SeenImage(const std::vector<Derivation>& derivations, ImageView stored)
    : derivations_(derivations), stored_(stored) {
    const auto is_sorted = std::adjacent_find(derivations.begin(), derivations.end(),
                                              [](const Derivation& one, const Derivation& next) {
                                                  return one.name >= next.name;
                                              }) == derivations.end();
    invariant(is_sorted, "derived attributes are sorted by name, and each is there once");
}

SeenImage::SeenImage(ImageView stored) : stored_(stored) {}

std::optional<ValueView> SeenImage::find(std::string_view attribute) const {
    const auto place = place_of(attribute);
    return place ? derived(*place) : stored_.find(attribute);
}

std::optional<ValueView> SeenImage::find(std::span<const std::string> names) const {
    std::optional<ValueView> value = find(std::string_view(names.front()));
    for (const std::string& name : names.subspan(1)) {
        if (!value) return std::nullopt;
        value = value->find(name);
    }
    return value;
}

std::optional<std::size_t> SeenImage::place_of(std::string_view attribute) const {
    for (std::size_t i = 0; i < derivations_.size(); ++i) {
        if (derivations_[i].name == attribute) return i;
    }
    return std::nullopt;
}

std::optional<ValueView> SeenImage::derived(std::size_t place) const {
    if (slots_.empty()) slots_.resize(derivations_.size());
    Slot& slot = slots_[place];
    if (!slot.is_known) slot.image = derive(derivations_[place], stored_);
    slot.is_known = true;
    if (!slot.image) return std::nullopt;
    return slot.image->view().at(0);
}

}  // namespace freshet::engine
