#include "engine/folding/totals.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/folding/lists.h"
#include "engine/folding/total_rows.h"
#include "engine/values/ordered_bytes.h"

namespace freshet::engine {

using storage::ValueType;
using storage::ValueView;

namespace {

bool can_be_extreme(std::optional<ValueView> value) {
    if (!value) return false;
    if (value->type() == ValueType::string) return true;
    return value->type() == ValueType::number && Decimal::parse(value->text());
}

// Moves the rows of the item's values.
void move_places(const TotalView& total, std::string_view key, const std::optional<TotalShare>& was,
                 const std::optional<TotalShare>& is, storage::StateBatch& state) {
    static const std::vector<std::string> none;
    const std::vector<std::string>& old_places = was ? was->places : none;
    const std::vector<std::string>& new_places = is ? is->places : none;
    const auto stands_in = [](const std::vector<std::string>& places, const std::string& place) {
        return std::find(places.begin(), places.end(), place) != places.end();
    };
    for (const std::string& place : old_places) {
        if (!stands_in(new_places, place)) state.erase_row(total.rows, place);
    }
    for (const std::string& place : new_places) {
        if (!stands_in(old_places, place)) state.add_row(total.rows, place, key);
    }
}

// Changes the row of a group that the item leaves, joins, or stays in with another share: then it
// does both.
Result<void> change_group(const TotalView& total, const std::string& group,
                          const TotalShare* leaves, const TotalShare* joins,
                          storage::StateBatch& state) {
    const std::string place = group_place(group);
    const auto stored = state.row(total.rows, place);
    if (!stored) return fail(stored.error());
    auto row = *stored ? decode_group(total, **stored) : empty_group(total);
    if (!row || (leaves != nullptr && row->items == 0)) {
        return fail(Errc::damaged_state,
                    "a group of total " + total.name + " is not as it was left");
    }
    if (leaves != nullptr) row->take_away(leaves->addends);
    if (joins != nullptr) row->add(joins->addends);
    if (row->items == 0) {
        state.erase_row(total.rows, place);
    } else if (*stored) {
        state.put_row(total.rows, place, encode_group(*row));
    } else {
        state.add_row(total.rows, place, encode_group(*row));
    }
    return {};
}

}  // namespace

Decimal addend_of(std::optional<ValueView> value) {
    if (!value || value->type() != ValueType::number) return {};
    auto number = Decimal::parse(value->text());
    const bool summed =
        number && number->exponent() <= summed_exponent_max && number->lowest() >= summed_digit_min;
    return summed ? *std::move(number) : Decimal();
}

std::optional<TotalShare> share_of(const TotalView& total, const SeenImage* image,
                                   std::string_view key) {
    if (image == nullptr || !total.where.matches(*image)) return std::nullopt;
    auto group = partition_of(total.by, *image);
    if (!group) return std::nullopt;

    TotalShare share{.group = *std::move(group), .addends = {}, .places = {}};
    for (std::size_t i = 0; i < total.values.size(); ++i) {
        const TotalValue& value = total.values[i];
        if (value.function == TotalValue::Function::sum) {
            share.addends.push_back(addend_of(image->find(value.path)));
        }
        if (!is_extreme(value) || path_of_extreme(total, i) != i) continue;
        const auto found = image->find(value.path);
        if (!can_be_extreme(found)) continue;
        std::string place = extremes_prefix(share.group, i);
        append_sort_part(place, found, Direction::ascending);
        share.places.push_back(place.append(key));
    }
    return share;
}

Result<void> fold_total(const TotalView& total, std::string_view key, const SeenImage* before,
                        const SeenImage* after, storage::StateBatch& state) {
    const auto was = share_of(total, before, key);
    const auto is = share_of(total, after, key);
    if (was == is) return {};
    move_places(total, key, was, is, state);
    if (was && is && was->group == is->group) {
        if (was->addends == is->addends) return {};
        return change_group(total, is->group, &*was, &*is, state);
    }
    if (was) {
        if (auto left = change_group(total, was->group, &*was, nullptr, state); !left) return left;
    }
    return is ? change_group(total, is->group, nullptr, &*is, state) : Result<void>();
}

}  // namespace freshet::engine
