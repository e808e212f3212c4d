// Reads a total at one moment: one group as JSON, or a page of groups.
//
//     {"tenant":"acme","status":"OPEN","count":2,"sum":{"minutes":75},"max":{"dueAt":"2026-12-01"}}
//
// Numbers and sums stand in a group's own row; a minimum or maximum is the attribute of the item
// that its first or last row points at, so it is shown with the digits that it came with.
//
// Invariants
//   - A page of groups holds a group if there is one, and its cursor stays within what was asked
//     for. What it reads is bounded, but for one group more: each extreme is a look for a row, and
//     a whole item.
//   - Rows are the disk's word: where they are wrong, that is an error.
//
// Threads: one at a time; the snapshot may be shared.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/total_rows.h"
#include "engine/views/read_point.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

// A page ends once it has read so many extremes, or so many bytes of items.
inline constexpr std::size_t page_extremes_max = 500;
inline constexpr std::size_t page_extreme_bytes_max = 4U << 20U;

class TotalReading {
public:
    TotalReading(const storage::StateSnapshot& state, const TotalView& total);

    // The group of these texts, one for each `by`; that of a group without items shows count 0,
    // sums of 0 and null for each extreme.
    // The keys of the items whose attributes it shows are added to `shown`, if that is given.
    // Fails with refused  if there are more or fewer texts; damaged_state; io.
    [[nodiscard]] Result<std::string> group(const std::vector<std::string>& texts,
                                            std::vector<std::string>* shown = nullptr) const;

    // Fails with refused    if `request.first` has more texts than there are `by`;
    //            malformed  if the cursor is none of ours, or of groups with another beginning;
    //            gone       if the cursor is of an earlier definition of the total;
    //            damaged_state, io.
    [[nodiscard]] Result<PageAnswer> page(const GroupsRequest& request,
                                          Patience patience = Patience::any) const;

    // The texts of the first group; nothing if there is none. Fails with damaged_state or io.
    [[nodiscard]] Result<std::optional<std::vector<std::string>>> first_group() const;

private:
    // The values of one function, and the names that they are shown under.
    struct Members {
        TotalValue::Function function;
        std::vector<std::size_t> values;
        std::vector<std::string> names;
    };

    // What was read to show extremes.
    struct Work {
        std::size_t extremes = 0;
        std::size_t bytes = 0;                      // of items
        std::vector<std::string>* shown = nullptr;  // takes the keys of these items

        [[nodiscard]] bool is_enough() const {
            return extremes >= page_extremes_max || bytes >= page_extreme_bytes_max;
        }
        [[nodiscard]] bool takes_long() const {
            return extremes >= long_page_rows || bytes > long_item_bytes;
        }
    };

    void add_members(TotalValue::Function function);
    [[nodiscard]] Result<std::string> json(const std::vector<std::string>& texts,
                                           const GroupRow& row, Work& work) const;
    Result<void> append_extremes(std::string& out, const std::string& group, const Members& members,
                                 Work& work) const;
    // The attribute of the item at an end of the path's rows; null if there is no row.
    Result<void> append_extreme(std::string& out, const std::string& group, std::size_t value,
                                Work& work) const;
    [[nodiscard]] Error damaged() const;

    const storage::StateSnapshot& state_;
    const TotalView& total_;
    std::vector<std::string> by_names_;
    std::vector<Members> members_;
};

}  // namespace freshet::engine
