#include "engine/read_point.h"

#include <xxhash.h>

#include <utility>

#include "engine/base64.h"
#include "engine/item_key.h"
#include "engine/plain_json.h"
#include "engine/projections/lists.h"

namespace freshet::engine {
namespace {

// A cursor is the list's fingerprint, the place of the last row that was shown, and a hash over
// both: so that a cursor cut short in a mail is told from one that never was.
constexpr std::size_t hash_bytes = 8;

void append_hash(std::string& bytes, std::uint64_t hash) {
    for (std::size_t i = 0; i < hash_bytes; ++i) {
        bytes.push_back(static_cast<char>((hash >> (8 * i)) & 0xFFU));
    }
}

std::string hash_of(std::string_view bytes) {
    std::string hash;
    append_hash(hash, XXH3_64bits(bytes.data(), bytes.size()));
    return hash;
}

std::string fingerprint_of(const ListView& list) {
    std::string fingerprint;
    append_hash(fingerprint, list.fingerprint);
    return fingerprint;
}

std::string write_cursor(const ListView& list, std::string_view place) {
    std::string bytes = fingerprint_of(list);
    bytes.append(place);
    bytes.append(hash_of(bytes));
    std::string cursor;
    append_base64url(cursor, bytes);
    return cursor;
}

// The place of the last row that was shown.
Result<std::string> read_cursor(const ListView& list, std::string_view prefix,
                                std::string_view cursor) {
    const auto bytes = decode_base64url(cursor);
    if (!bytes || bytes->size() <= 2 * hash_bytes) {
        return fail(Errc::malformed,
                    "this is not a cursor of ours: take `next` from the page before, as it is");
    }
    const std::string_view signed_part =
        std::string_view(*bytes).substr(0, bytes->size() - hash_bytes);
    if (bytes->substr(signed_part.size()) != hash_of(signed_part)) {
        return fail(Errc::malformed, "the cursor is damaged: pass it on as it came");
    }
    if (signed_part.substr(0, hash_bytes) != fingerprint_of(list)) {
        return fail(Errc::gone, "the cursor is of another list, or " + list.name +
                                    " has been defined anew since it was given: begin again "
                                    "without it");
    }
    const std::string_view place = signed_part.substr(hash_bytes);
    if (place.substr(0, prefix.size()) != prefix) {
        return fail(Errc::malformed, "the cursor is of another partition of this list");
    }
    return std::string(place);
}

std::string json_of(const Shape& shape, storage::ImageView image) {
    std::string json;
    append_shape_json(json, shape, image);
    return json;
}

}  // namespace

Result<std::optional<ItemAnswer>> ReadPoint::item(const Table& table, const Shape& shape,
                                                  const std::vector<std::string>& key) const {
    const auto key_bytes = item_key_from_text(table, key);
    if (!key_bytes) return fail(key_bytes.error());
    const auto item = state_->item(table.name, *key_bytes);
    if (!item) return fail(noticed(item.error()));
    if (!*item) return std::optional<ItemAnswer>();
    const storage::ItemParts parts = (*item)->parts();
    if (!parts.image) return std::optional<ItemAnswer>();
    return std::optional<ItemAnswer>(ItemAnswer{
        .json = json_of(shape, *parts.image), .changed = parts.changed, .stale = parts.stale});
}

Result<std::optional<ItemAnswer>> ReadPoint::item(const ItemView& view,
                                                  const std::vector<std::string>& key) const {
    return item(*view.table, view.shape, key);
}

Result<std::optional<ItemAnswer>> ReadPoint::item(const Table& table,
                                                  const std::vector<std::string>& key) const {
    static const Shape whole{.fields = {}, .all = true, .hidden = {}};
    return item(table, whole, key);
}

Result<PageAnswer> ReadPoint::page(const ListView& list, const PageRequest& request) const {
    if (request.partition.size() != list.by.size()) {
        return fail(Errc::refused, "found " + std::to_string(request.partition.size()) +
                                       " parts, expected " + std::to_string(list.by.size()) +
                                       ": the partition of list " + list.name);
    }
    const std::string prefix = partition_prefix(request.partition);
    std::string after;
    if (!request.cursor.empty()) {
        auto place = read_cursor(list, prefix, request.cursor);
        if (!place) return fail(place.error());
        after = std::move(*place);
    }

    PageAnswer page;
    std::string last_place;
    std::size_t bytes = 0;
    const auto add_row = [&](std::string_view place, std::string_view key) -> Result<bool> {
        if (page.items.size() >= request.limit || bytes >= page_bytes_max) {
            page.next = write_cursor(list, last_place);
            return false;
        }
        const auto item = state_->item(list.table->name, key);
        if (!item) return fail(item.error());
        if (!*item || !(*item)->parts().image) {
            return fail(Errc::damaged_state, "a row of list " + list.name + " points at no item");
        }
        page.items.push_back(json_of(list.shape, *(*item)->parts().image));
        bytes += page.items.back().size();
        last_place = place;
        return true;
    };
    const auto read = state_->rows(list.name, prefix, after, add_row);
    if (!read) return fail(noticed(read.error()));
    return page;
}

Error ReadPoint::noticed(Error error) const {
    if (error.code == Errc::damaged_state) damage_->store(true);
    return error;
}

}  // namespace freshet::engine
