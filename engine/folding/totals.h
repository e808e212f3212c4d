// The total projection: what an item gives to its group, and what changes when the item does.
//
// A total is kept up with each change, never worked out anew: what the item gave is taken away,
// what it gives is added. That is exact, since sums are exact decimals (engine/values/decimal.h)
// and each value that can become a minimum or maximum has a row of its own. What a group says
// depends on the items that are in it and not on how they came there, so a rebuild gives the same
// bytes.
//
//     count      the items of the group
//     sum        the numbers of an attribute; whatever is none adds nothing
//     min, max   the least and the greatest value of an attribute: numbers, and behind them
//                strings; values over 1 KiB by their first 1 KiB, the same ones by the item's key
//
// Only numbers that DynamoDB can hold are summed: below 10^126, and with no digit below 10^-167.
// So a sum has at most some 300 digits, whatever is sent.
//
// Invariants
//   - A group has a row exactly while it has items, and its count is never negative.
//   - What is taken away is exactly what was added. A row that does not allow it is damaged.
//
// Threads: pure but for the batch that it writes to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/catalog/seen_image.h"
#include "engine/values/decimal.h"
#include "storage/image.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

inline constexpr std::int64_t summed_exponent_max = 126;  // of 0.DIGITS x 10^exponent
inline constexpr std::int64_t summed_digit_min = -167;    // the power of ten of the last digit

// What a value adds to a sum: zero if that is nothing.
Decimal addend_of(std::optional<storage::ValueView> value);

// What one item gives to a total.
struct TotalShare {
    std::string group;
    std::vector<Decimal> addends;     // to each sum
    std::vector<std::string> places;  // of its values that may be extremes

    bool operator==(const TotalShare&) const = default;
};

// Nothing if the total does not take the item. `image` is null where there is none.
std::optional<TotalShare> share_of(const TotalView& total, const SeenImage* image,
                                   std::string_view key);

// Takes away what the item's image `before` gave to the total and adds what `after` gives; either
// is null where there is none.
// Fails with damaged_state  if the group's row is none, or misses the item; io.
Result<void> fold_total(const TotalView& total, std::string_view key, const SeenImage* before,
                        const SeenImage* after, storage::StateBatch& state);

}  // namespace freshet::engine
