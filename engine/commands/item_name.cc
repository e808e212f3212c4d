#include "engine/commands/item_name.h"

#include <utility>

#include "engine/catalog/item_key.h"
#include "engine/values/plain_json.h"

namespace freshet::engine {

Result<ItemName> ItemName::from_texts(const Table& table, const std::vector<std::string>& texts) {
    auto key = item_key_from_text(table, texts);
    if (!key) return fail(key.error());
    auto keys = key_attributes(table, *key);
    if (!keys) return fail(keys.error());
    if (auto fault = key_length_fault(table, keys->view())) {
        return fail(Errc::refused, std::move(fault->detail));
    }
    return ItemName{.key = *std::move(key), .keys = *std::move(keys)};
}

Result<ItemName> ItemName::from_keys(const Table& table, storage::Image keys) {
    auto key = item_key(table, keys.view());
    if (!key) return fail(Errc::refused, std::move(key.error().detail));
    return ItemName{.key = *std::move(key), .keys = std::move(keys)};
}

std::vector<std::string> ItemName::texts(const Table& table) const {
    return item_key_texts(table, keys.view());
}

std::string ItemName::json() const {
    std::string json;
    append_plain_json(json, keys.view());
    return json;
}

}  // namespace freshet::engine
