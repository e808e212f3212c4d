// A change of an item that says what to do with it, rather than what it is to be: so that a counter
// needs no read. DynamoDB's update, in JSON.
//
//     {"set":{"status":"PAID"},"add":{"count":1,"tags":["new"]},"delete":{"tags":["old"]}}
//
//   set     merged into the item as a PATCH is: null removes an attribute
//   add     a number to a number, elements to a set or to the end of a list. What is not there
//           becomes what is added
//   delete  elements from a set. A set without any is not kept, as DynamoDB has none
//
// All look into maps. Plain JSON has no sets: an array is added to a set, or deleted from one,
// where there is one.
//
// Invariants
//   - No value is said by two of them. `set` comes first, then `add`, then `delete`.
//
// Threads: pure.
#pragma once

#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/text/fault.h"
#include "storage/image.h"

namespace freshet::engine {

inline constexpr std::string_view update_set = "set";
inline constexpr std::string_view update_add = "add";
inline constexpr std::string_view update_delete = "delete";

struct ItemUpdate {
    std::optional<storage::Image> set = std::nullopt;
    std::optional<storage::Image> add = std::nullopt;
    std::optional<storage::Image> taken = std::nullopt;  // by `delete`
};

// Whatever is wrong with the update whatever its item is: an attribute that is in two of them, and
// values that cannot be added or deleted.
std::vector<Fault> faults_of(const ItemUpdate& update);

// What the update, which has no such fault, makes of the item. A fault for each value that does not
// fit what is there, up to faults_max, as above.
tl::expected<storage::Image, std::vector<Fault>> updated(storage::ImageView item,
                                                         const ItemUpdate& update);

}  // namespace freshet::engine
