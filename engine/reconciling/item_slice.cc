#include "engine/reconciling/item_slice.h"

namespace freshet::engine {

Result<ItemSlice> slice_after(const storage::StateSnapshot& state, std::string_view table,
                              std::string_view after) {
    ItemSlice slice;
    std::size_t bytes = 0;
    const auto walked = state.items(
        table, after, [&](std::string_view key, const storage::Item& item) -> Result<bool> {
            if (slice.entries.size() == slice_max || bytes >= slice_bytes_max) {
                slice.is_last = false;
                return false;
            }
            bytes += key.size() + item.bytes().size();
            slice.entries.push_back(
                {.key = std::string(key), .item = std::make_shared<const storage::Item>(item)});
            return true;
        });
    if (!walked) return fail(walked.error());
    return slice;
}

}  // namespace freshet::engine
