// An item's key as order-preserving bytes, from a record's key attributes or from a URL.
//
// Equal keys have equal bytes: a number key is made canonical, so 7.50 and 7.5 are one item. No
// two different keys have the same bytes, whatever characters they hold.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>
#include "engine/catalog/catalog.h"
#include "engine/text/fault.h"
#include "storage/image.h"
#include "storage/result.h"

namespace freshet::engine {

// The fault's pointer is relative to the key attributes: "" or "/pk".
tl::expected<std::string, Fault> item_key(const Table& table, storage::ImageView keys);

// The longest parts that DynamoDB takes, the partition key and the sort key, in bytes. With each of
// their bytes percent-encoded, both fit into a URL that we take.
inline constexpr std::array<std::size_t, 2> key_bytes_max{2'048, 1'024};

// What is wrong with a key that no URL could name, since a part of it is too long; nothing if none
// is. Asked of what comes from outside: an older log may hold such keys.
std::optional<Fault> key_length_fault(const Table& table, storage::ImageView keys);

// The attributes of the table's key, from its bytes: a number in its canonical form.
// Fails with damaged_state  if the bytes are no key of the table.
Result<storage::Image> key_attributes(const Table& table, std::string_view key);

// One text for each part of an item's key, as item_key_from_text() reads them.
std::vector<std::string> item_key_texts(const Table& table, storage::ImageView keys);

// From one text for each part of the key: a string as it is, a number as decimal text, binary in
// base64url. Fails with refused  if the count or a part's form is wrong.
Result<std::string> item_key_from_text(const Table& table, const std::vector<std::string>& parts);

// Those of an item's key as text: a string as it is, a number as its canonical decimal, binary in
// base64url. Of two parts both, joined by `/`, with `%` and `/` inside a part written `%25` and
// `%2F`. A part that is missing or of another type is empty.
std::string item_key_text(const Table& table, storage::ImageView keys);

}  // namespace freshet::engine
