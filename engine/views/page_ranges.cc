#include "engine/views/page_ranges.h"

#include <algorithm>
#include <optional>

#include "engine/values/decimal.h"
#include "engine/values/ordered_bytes.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::after_prefix;
using storage::RowOrder;
using storage::RowRange;

using Bound = std::optional<std::string>;

Direction declared_direction(const ListView& list) {
    return list.sort.empty() ? Direction::ascending : list.sort.front().direction;
}

// Whether the page is asked for in the order that the list does not have.
bool is_turned(const ListView& list, const PageRequest& request) {
    return request.order && *request.order != declared_direction(list);
}

// The places of values of one type from `since` on and below `until`. Both are what the places
// with that value begin with, as `type` is for all values of the type.
RowRange values_between(const std::string& type, const Bound& since, const Bound& until,
                        Direction direction) {
    if (direction == Direction::ascending) {
        return {.begin = since.value_or(type), .end = until ? *until : after_prefix(type)};
    }
    return {.begin = until ? after_prefix(*until) : type,
            .end = after_prefix(since.value_or(type))};
}

RowRange strings_between(const PageRequest& request, const std::string& prefix,
                         Direction direction) {
    const auto place = [&](const Bound& text) -> Bound {
        if (!text) return std::nullopt;
        std::string bytes = prefix;
        append_sort_text(bytes, *text, direction);
        return bytes;
    };
    return values_between(prefix + sort_tag_of_strings(direction), place(request.since),
                          place(request.until), direction);
}

// Nothing if a bound is not a number: no number can be compared with it.
std::optional<RowRange> numbers_between(const PageRequest& request, const std::string& prefix,
                                        Direction direction) {
    bool comparable = true;
    const auto place = [&](const Bound& text) -> Bound {
        if (!text) return std::nullopt;
        const auto number = Decimal::parse(*text);
        comparable = comparable && number;
        if (!number) return std::nullopt;
        std::string bytes = prefix;
        append_sort_number(bytes, *number, direction);
        return bytes;
    };
    const Bound since = place(request.since);
    const Bound until = place(request.until);
    if (!comparable) return std::nullopt;
    return values_between(prefix + sort_tag_of_numbers(direction), since, until, direction);
}

// In the order of places: numbers before strings, descending the other way round.
std::vector<RowRange> bounded_ranges(const PageRequest& request, const std::string& prefix,
                                     Direction direction) {
    std::vector<RowRange> ranges = {strings_between(request, prefix, direction)};
    if (auto numbers = numbers_between(request, prefix, direction)) {
        const bool first = direction == Direction::ascending;
        ranges.insert(first ? ranges.begin() : ranges.end(), *std::move(numbers));
    }
    return ranges;
}

bool are_apart(const RowRange& a, const RowRange& b) {
    return (!a.end.empty() && a.end <= b.begin) || (!b.end.empty() && b.end <= a.begin);
}

}  // namespace

Result<PageRanges> page_ranges(const ListView& list, const PageRequest& request,
                               const std::string& prefix) {
    const bool turned = is_turned(list, request);
    const RowOrder order = turned ? RowOrder::falling : RowOrder::rising;
    if (request.since || request.until) {
        if (list.sort.empty()) {
            return fail(Errc::refused, "found since or until, expected neither: list " + list.name +
                                           " has no sort attribute that they could bound");
        }
        auto ranges = bounded_ranges(request, prefix, declared_direction(list));
        if (turned) std::reverse(ranges.begin(), ranges.end());
        return PageRanges{.ranges = std::move(ranges), .order = order};
    }
    const std::string end = after_prefix(prefix);
    if (!turned || list.sort.empty()) {
        return PageRanges{.ranges = {{.begin = prefix, .end = end}}, .order = order};
    }
    const std::string missing = prefix + sort_tag_missing;
    return PageRanges{.ranges = {{.begin = prefix, .end = missing}, {.begin = missing, .end = end}},
                      .order = order};
}

void go_on_after(PageRanges& read, std::string_view place) {
    for (std::size_t i = 1; i < read.ranges.size(); ++i) {
        invariant(are_apart(read.ranges[i - 1], read.ranges[i]),
                  "the ranges of a page do not overlap");
    }
    const auto found =
        std::find_if(read.ranges.begin(), read.ranges.end(), [&](const RowRange& range) {
            return range.begin <= place && (range.end.empty() || place < range.end);
        });
    read.ranges.erase(read.ranges.begin(), found);
    if (read.ranges.empty()) return;
    if (read.order == RowOrder::falling) {
        read.ranges.front().end = place;
    } else {
        // A NUL after a place makes the smallest one above it.
        read.ranges.front().begin = std::string(place) + '\0';
    }
}

std::string reading_of(const ListView& list, const PageRequest& request) {
    std::string bytes(1, is_turned(list, request) ? '\1' : '\0');
    for (const Bound& bound : {request.since, request.until}) {
        bytes.push_back(bound ? '\1' : '\0');
        if (bound) append_ordered_text(bytes, *bound);
    }
    return bytes;
}

}  // namespace freshet::engine
