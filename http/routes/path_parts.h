// The texts by which a path names a key, a partition of a list or a group of a total: a segment for
// each part, or a ?key= for each. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/values/attribute_path.h"
#include "http/messages/answer.h"
#include "http/messages/query.h"
#include "http/messages/target.h"

namespace freshet::http {

// The texts of the segments but the first `from` and the last `behind`, or those of ?key=; 400 if
// there are both.
OrAnswer<std::vector<std::string>> parts_of(const Target& target, std::size_t from,
                                            std::size_t behind = 0);

// The texts of the key of an item of the table, behind the first `from` segments and before the
// last `behind`; 400 if it has more or fewer parts.
OrAnswer<std::vector<std::string>> key_of(const Target& target, const engine::Table& table,
                                          std::size_t from, std::size_t behind = 0);

// Where a key begins, behind /tables/TABLE/items.
inline constexpr std::size_t item_key_begin = 3;

// Whether a path below /tables/TABLE/items names an item of the table and then `last`, as in
// /tables/orders/items/7c9e/history. Of a key with a part more, that would be its end.
bool ends_behind_item(const Target& target, const engine::Table& table, std::string_view last);

// The answer to more or fewer parts than `what` has. `names` are those of the parts.
Answer wrong_part_count(std::string_view what, const std::vector<std::string>& names);

// How the parts of a partition or a group are named: as they were written.
std::vector<std::string> names_of(const std::vector<engine::AttributePath>& by);

}  // namespace freshet::http
