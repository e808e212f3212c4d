#include "engine/folding/total_rows.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/values/ordered_bytes.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

constexpr char tag_group = 'g';
constexpr char tag_value = 'v';
constexpr char separator = ' ';  // no number has one

// Takes the text up to the next separator, and that, off the front of `bytes`.
std::string_view take_number(std::string_view& bytes) {
    const std::string_view number = bytes.substr(0, bytes.find(separator));
    bytes.remove_prefix(std::min(bytes.size(), number.size() + 1));
    return number;
}

}  // namespace

GroupRow empty_group(const TotalView& total) {
    const auto sums = std::count_if(
        total.values.begin(), total.values.end(),
        [](const TotalValue& value) { return value.function == TotalValue::Function::sum; });
    return {.items = 0, .sums = std::vector<Decimal>(static_cast<std::size_t>(sums))};
}

void GroupRow::add(const std::vector<Decimal>& addends) {
    invariant(addends.size() == sums.size(), "an item gives one addend to each sum");
    ++items;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = sums[i] + addends[i];
}

void GroupRow::take_away(const std::vector<Decimal>& addends) {
    invariant(addends.size() == sums.size(), "an item takes one addend from each sum");
    invariant(items > 0, "the count of a group never goes below zero");
    --items;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = sums[i] + -addends[i];
}

void GroupRow::join(const GroupRow& more) {
    invariant(more.sums.size() == sums.size(), "rows of one group have the same sums");
    items += more.items;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = sums[i] + more.sums[i];
}

std::string encode_group(const GroupRow& row) {
    invariant(row.items > 0, "a group without items has no row");
    std::string bytes = std::to_string(row.items);
    for (const Decimal& sum : row.sums) bytes.append(1, separator).append(sum.canonical());
    return bytes;
}

std::optional<GroupRow> decode_group(const TotalView& total, std::string_view bytes) {
    GroupRow row = empty_group(total);
    const std::string_view items = take_number(bytes);
    const auto [end, fault] = std::from_chars(items.data(), items.data() + items.size(), row.items);
    if (fault != std::errc() || end != items.data() + items.size()) return std::nullopt;
    for (Decimal& sum : row.sums) {
        auto number = Decimal::parse(take_number(bytes));
        if (!number) return std::nullopt;
        sum = *std::move(number);
    }
    if (!bytes.empty()) return std::nullopt;
    return row;
}

std::string group_place(std::string_view group) {
    return tag_group + std::string(group);
}

std::optional<std::vector<std::string>> texts_of_group(const TotalView& total,
                                                       std::string_view place) {
    if (place.empty() || place.front() != tag_group) return std::nullopt;
    place.remove_prefix(1);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < total.by.size(); ++i) {
        auto text = take_ordered_text(place);
        if (!text) return std::nullopt;
        texts.push_back(*std::move(text));
    }
    if (!place.empty()) return std::nullopt;
    return texts;
}

std::string extremes_prefix(std::string_view group, std::size_t path) {
    static_assert(total_values_max <= 256, "a path's number has one byte");
    invariant(path < total_values_max, "a path is one of the total's values");
    return tag_value + std::string(group) + static_cast<char>(path);
}

bool is_extreme(const TotalValue& value) {
    return value.function == TotalValue::Function::min ||
           value.function == TotalValue::Function::max;
}

std::size_t path_of_extreme(const TotalView& total, std::size_t value) {
    invariant(value < total.values.size() && is_extreme(total.values[value]),
              "a value with rows of its own is a minimum or maximum");
    const auto first =
        std::find_if(total.values.begin(), total.values.end(), [&](const TotalValue& other) {
            return is_extreme(other) && other.path == total.values[value].path;
        });
    return static_cast<std::size_t>(first - total.values.begin());
}

}  // namespace freshet::engine
