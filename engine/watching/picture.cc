#include "engine/watching/picture.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace freshet::engine {
namespace {

constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

// Where each entry of the picture after was before; nowhere if it is new.
template <class KeyBefore>
std::vector<std::size_t> indices_before(std::size_t count, const KeyBefore& key_before,
                                        const Picture& after) {
    std::unordered_map<std::string_view, std::size_t> index;
    index.reserve(count);
    for (std::size_t i = 0; i < count; ++i) index.emplace(key_before(i), i);
    std::vector<std::size_t> indices;
    indices.reserve(after.entries.size());
    for (const PictureEntry& entry : after.entries) {
        const auto found = index.find(entry.key);
        indices.push_back(found == index.end() ? nowhere : found->second);
    }
    return indices;
}

// Which of the indices make up the longest run that rises, others left out: those that stay.
std::vector<bool> longest_rise(const std::vector<std::size_t>& indices) {
    std::vector<std::size_t> ends;  // of the best run of each length, where it ends
    std::vector<std::size_t> previous(indices.size(), nowhere);
    for (std::size_t i = 0; i < indices.size(); ++i) {
        if (indices[i] == nowhere) continue;
        const auto end = std::lower_bound(
            ends.begin(), ends.end(), indices[i],
            [&](std::size_t at, std::size_t index) { return indices[at] < index; });
        if (end != ends.begin()) previous[i] = *(end - 1);
        if (end == ends.end()) {
            ends.push_back(i);
        } else {
            *end = i;
        }
    }
    std::vector<bool> stays(indices.size());
    for (std::size_t i = ends.empty() ? nowhere : ends.back(); i != nowhere; i = previous[i]) {
        stays[i] = true;
    }
    return stays;
}

template <class KeyBefore, class IsOther>
Difference difference_of(std::size_t count, const KeyBefore& key_before,
                         std::string_view next_before, const IsOther& is_other,
                         const Picture& after) {
    const std::vector<std::size_t> indices = indices_before(count, key_before, after);
    const std::vector<bool> stays = longest_rise(indices);
    enum class Fate : std::uint8_t { leaves, moves, remains };
    std::vector<Fate> fates(count, Fate::leaves);
    Difference difference{.taken = {},
                          .shown = {},
                          .next_before = std::string(next_before),
                          .changes_next = next_before != after.next};
    for (std::size_t i = 0; i < indices.size(); ++i) {
        if (indices[i] != nowhere) fates[indices[i]] = stays[i] ? Fate::remains : Fate::moves;
        if (!stays[i] || is_other(indices[i], after.entries[i])) {
            difference.shown.push_back({.index = i, .is_put_in = !stays[i]});
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (fates[i] == Fate::remains) continue;
        difference.taken.push_back(
            {.index = i, .key = std::string(key_before(i)), .comes_back = fates[i] == Fate::moves});
    }
    return difference;
}

}  // namespace

std::size_t Picture::bytes() const {
    std::size_t bytes = sizeof(Picture) + next.capacity();
    for (const PictureEntry& entry : entries) {
        bytes += sizeof(PictureEntry) + entry.key.capacity() + entry.json.capacity();
    }
    return bytes;
}

Difference difference(const Picture& before, const Picture& after) {
    return difference_of(
        before.entries.size(),
        [&](std::size_t i) -> const std::string& { return before.entries[i].key; }, before.next,
        [&](std::size_t i, const PictureEntry& entry) {
            return before.entries[i].json != entry.json;
        },
        after);
}

PictureOrder order_of(const Picture& picture) {
    PictureOrder order{.keys = {}, .next = picture.next};
    order.keys.reserve(picture.entries.size());
    for (const PictureEntry& entry : picture.entries) order.keys.emplace_back(entry.key);
    return order;
}

Difference difference(const PictureOrder& before, const std::set<std::string, std::less<>>& changed,
                      const Picture& after) {
    return difference_of(
        before.keys.size(), [&](std::size_t i) { return before.keys[i]; }, before.next,
        [&](std::size_t /*i*/, const PictureEntry& entry) { return changed.contains(entry.key); },
        after);
}

}  // namespace freshet::engine
