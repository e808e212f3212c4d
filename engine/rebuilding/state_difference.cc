#include "engine/rebuilding/state_difference.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/folding/total_rows.h"
#include "engine/rebuilding/shown_key.h"
#include "engine/rebuilding/side_by_side.h"
#include "storage/state_cursor.h"

namespace freshet::engine {
namespace {

using storage::StateCursor;
using storage::StateKey;
using storage::StateKind;
using storage::StateSnapshot;

using Value = std::optional<std::string_view>;

// What an entry belongs to, and how it is called in it.
struct Place {
    std::string part;
    std::string name;
};

// Takes the text before the next NUL, and that, off the front.
std::string_view take_name(std::string_view& bytes) {
    const std::string_view name = bytes.substr(0, bytes.find('\0'));
    bytes.remove_prefix(std::min(bytes.size(), name.size() + 1));
    return name;
}

Place place_of_item(std::string_view rest) {
    const std::string_view table = take_name(rest);
    return {.part = "table " + std::string(table), .name = shown_key(rest)};
}

// A row of a list, and one that tells of a value in a total, hold the item's key.
Place place_of_row(const Catalog& catalog, std::string_view rest, std::string_view value) {
    constexpr std::size_t fingerprint_bytes = 8;
    const std::string_view whole = rest;
    const std::string name(take_name(rest));
    const std::string_view id = whole.substr(0, name.size() + 1 + fingerprint_bytes);
    const std::string_view place = whole.substr(std::min(whole.size(), id.size() + 1));

    const Catalog::View view = catalog.view(name);
    if (const auto* list = std::get_if<const ListView*>(&view); list && (*list)->rows == id) {
        return {.part = "list " + name, .name = shown_key(value)};
    }
    if (const auto* total = std::get_if<const TotalView*>(&view); total && (*total)->rows == id) {
        const bool is_group = place.starts_with(group_place(""));
        return {.part = "total " + name,
                .name = is_group ? "the group " + shown_key(place.substr(group_place("").size()))
                                 : "a value of " + shown_key(value)};
    }
    if (catalog.has_due(id)) return {.part = "list " + name, .name = shown_key(value)};
    return {.part = name + " by a definition that is not declared", .name = shown_key(value)};
}

Place place_of(const Catalog& catalog, std::string_view key, std::string_view value) {
    StateKey taken = storage::take_apart(key);
    switch (taken.kind) {
        case StateKind::item:
            return place_of_item(taken.rest);
        case StateKind::row:
            return place_of_row(catalog, taken.rest, value);
        case StateKind::fact:
            return {.part = "what the state says of itself",
                    .name = std::string(take_name(taken.rest))};
        case StateKind::checkpoint:
        case StateKind::unknown:
            break;
    }
    return {.part = "what is none of a state", .name = shown_key(key)};
}

class Comparison {
public:
    explicit Comparison(const Catalog& catalog) : catalog_(catalog) {}

    Result<void> take(std::string_view key, Value found, Value expected) {
        const StateKind kind = storage::take_apart(key).kind;
        if (kind == StateKind::checkpoint) return {};
        if (expected && kind == StateKind::item) ++result_.items;
        if (expected && kind == StateKind::row) ++result_.rows;
        if (found != expected) note(key, found, expected);
        return {};
    }

    StateComparison result() && { return std::move(result_); }

private:
    void note(std::string_view key, Value found, Value expected) {
        const Place place = place_of(catalog_, key, expected ? *expected : *found);
        StateDifference& difference = difference_of(place.part);
        std::string what = "other: ";
        if (!found) {
            ++difference.missing;
            what = "missing: ";
        } else if (!expected) {
            ++difference.surplus;
            what = "too many: ";
        } else {
            ++difference.other;
        }
        if (difference.samples.size() == samples_max) return;
        difference.samples.push_back(what + place.name);
    }

    StateDifference& difference_of(const std::string& part) {
        std::vector<StateDifference>& all = result_.differences;
        const auto known = std::find_if(
            all.begin(), all.end(), [&](const StateDifference& one) { return one.part == part; });
        if (known != all.end()) return *known;
        StateDifference& added = all.emplace_back();
        added.part = part;
        return added;
    }

    const Catalog& catalog_;
    StateComparison result_;
};

}  // namespace

Result<StateComparison> compare_states(const Catalog& catalog, const StateSnapshot& found,
                                       const StateSnapshot& expected) {
    StateCursor left(StateCursor::over_everything(found));
    StateCursor right(StateCursor::over_everything(expected));
    Comparison comparison(catalog);
    const auto compared =
        side_by_side(left, right, [&](std::string_view key, Value was, Value ought) {
            return comparison.take(key, was, ought);
        });
    if (!compared) return fail(compared.error());
    return std::move(comparison).result();
}

}  // namespace freshet::engine
