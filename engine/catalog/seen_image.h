// An item's image as views, lists, totals and the rules of events and access see it: with its
// derived attributes, which hide stored ones of the same name.
//
//     a stored image  ->  SeenImage::find()  ->  a stored value, or one that is worked out
//
// Invariants
//   - A derived attribute is worked out when it is first asked for, and once. So what is not asked
//     for costs nothing, however long the strings that it would be made of.
//   - What was found stays as long as this and the stored image do.
//
// Threads: one at a time, also to read.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/derivation.h"
#include "engine/values/attribute_path.h"
#include "storage/image.h"

namespace freshet::engine {

class SeenImage {
public:
    // Looks into the bytes of `stored`, and borrows the derivations, which are sorted by name.
    SeenImage(const std::vector<Derivation>& derivations, storage::ImageView stored);
    // As it is stored.
    explicit SeenImage(storage::ImageView stored);
    SeenImage(const SeenImage&) = delete;
    SeenImage& operator=(const SeenImage&) = delete;

    [[nodiscard]] std::optional<storage::ValueView> find(std::string_view attribute) const;
    // The value at the end of the path, of one name or more; nothing where a name is missing or not
    // in a map.
    [[nodiscard]] std::optional<storage::ValueView> find(std::span<const std::string> names) const;
    [[nodiscard]] std::optional<storage::ValueView> find(const AttributePath& path) const {
        return find(path.names());
    }

    // Whether it is a derived attribute, or in one: those who can do without ask for it last.
    [[nodiscard]] bool derives(std::string_view attribute) const {
        return place_of(attribute).has_value();
    }
    [[nodiscard]] bool derives(const AttributePath& path) const {
        return derives(path.names().front());
    }

    // Calls take(name, value) for each attribute whose name `wants`, in the order of names. Works
    // out nothing else.
    template <class Wants, class Take>
    void visit(Wants wants, Take take) const {
        std::size_t next = 0;  // of the derived ones
        const auto take_derived = [&] {
            const std::string& name = derivations_[next].name;
            const auto value = wants(name) ? derived(next) : std::nullopt;
            if (value) take(std::string_view(name), *value);
            ++next;
        };
        for (std::size_t i = 0; i < stored_.size(); ++i) {
            const storage::ValueView attribute = stored_.at(i);
            const std::string_view name = attribute.name();
            while (next < derivations_.size() && derivations_[next].name < name) take_derived();
            const bool hidden = next < derivations_.size() && derivations_[next].name == name;
            if (!hidden && wants(name)) take(name, attribute);
        }
        while (next < derivations_.size()) take_derived();
    }

private:
    struct Slot {
        bool is_known = false;
        std::optional<storage::Image> image;  // of the one attribute
    };

    // The place of the attribute among the derived ones.
    [[nodiscard]] std::optional<std::size_t> place_of(std::string_view attribute) const;
    [[nodiscard]] std::optional<storage::ValueView> derived(std::size_t place) const;

    const std::span<const Derivation> derivations_;
    const storage::ImageView stored_;
    mutable std::vector<Slot> slots_;  // one for each derived one, once one was asked for
};

}  // namespace freshet::engine
