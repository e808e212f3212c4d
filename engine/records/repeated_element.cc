#include "engine/records/repeated_element.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace freshet::engine {

std::optional<std::size_t> repeated_in(std::span<const std::string_view> elements) {
    std::vector<std::size_t> order(elements.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const int compared = elements[a].compare(elements[b]);
        return compared != 0 ? compared < 0 : a < b;
    });
    const auto pair = std::adjacent_find(
        order.begin(), order.end(),
        [&](std::size_t a, std::size_t b) { return elements[a] == elements[b]; });
    if (pair == order.end()) return std::nullopt;
    return *(pair + 1);
}

}  // namespace freshet::engine
