#include "engine/text/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace freshet::engine {

namespace {

// Longer names are not measured: the table of distances would be as large as their product.
constexpr std::size_t measured_bytes_max = 255;

// How many letters must be put in, taken out, replaced or swapped with the next to get from one
// to the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row_before_last(b.size() + 1);
    std::vector<std::size_t> last_row(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;

    for (std::size_t i = 1; i <= a.size(); ++i) {
        row_before_last.swap(last_row);
        last_row.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last_row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last_row[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], row_before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

bool begin_alike(std::string_view a, std::string_view b) {
    return a.substr(0, 1) == b.substr(0, 1);
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known) {
    if (name.size() > measured_bytes_max) return std::nullopt;
    std::optional<std::string_view> nearest;
    std::size_t nearest_distance = 0;
    for (const std::string_view candidate : known) {
        const std::size_t wrong = distance(name, candidate);
        const bool near = 3 * wrong <= std::max(name.size(), candidate.size());
        const bool nearer = !nearest || wrong < nearest_distance ||
                            (wrong == nearest_distance && begin_alike(candidate, name) &&
                             !begin_alike(*nearest, name));
        if (!near || !nearer) continue;
        nearest = candidate;
        nearest_distance = wrong;
    }
    return nearest;
}

std::string expected_name(std::string_view name, std::span<const std::string_view> known) {
    std::string text = known.empty() ? "expected none" : "expected ";
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (i > 0) text += i + 1 == known.size() ? " or " : ", ";
        text.append("\"").append(known[i]).append("\"");
    }
    if (const auto nearest = nearest_name(name, known)) {
        text.append(": did you mean \"").append(*nearest).append("\"?");
    }
    return text;
}

}  // namespace freshet::engine
