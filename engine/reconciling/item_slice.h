// The next few items of one side of a comparison.
//
// Invariants
//   - A slice holds at most slice_max items, and little more than slice_bytes_max of them.
//   - Its keys rise, and all are after the one that it was read after.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/item.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

inline constexpr std::size_t slice_max = 256;
inline constexpr std::size_t slice_bytes_max = 4U << 20U;

struct ItemSlice {
    struct Entry {
        std::string key;
        std::shared_ptr<const storage::Item> item;
    };

    std::vector<Entry> entries;
    bool is_last = true;  // there are no more after these
};

// The items of the table after that key, those that were removed included; the first of them if
// it is empty. Fails with damaged_state or io.
Result<ItemSlice> slice_after(const storage::StateSnapshot& state, std::string_view table,
                              std::string_view after);

}  // namespace freshet::engine
