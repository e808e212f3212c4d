// Whether a write takes only steps that are declared of an item's status, and changes only what may
// be changed in it.
//
//     [[table.transition]]
//     field  = "status"
//     from   = ["WAITING", "SUBMITTED"]
//     to     = "SUBMITTED"
//     access = ["owner"]
//     where  = { numItems = [{ numeric = [">", 0] }] }
//     touch  = true
//
//     [[table.editable]]
//     field      = "status"
//     in         = ["WAITING", "SUBMITTED"]
//     attributes = ["items"]
//
// A status is a string. To stay as it is, is no step, and is for everybody who may write the item.
// But where such a step is declared with `touch`, to write the same status again is one, and makes
// a record. A new item may begin with the `initial` of the schema, or as a step without `from`
// says; with anything if there is neither.
//
// Threads: pure.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "engine/commands/command.h"
#include "storage/image.h"

namespace freshet::engine {

// Whether the write, which makes this of the item, is one even if it changes nothing. Or why it may
// not be. `known` is the item as it is; nothing if there is none.
tl::expected<bool, CommandRefusal> check_transitions(const Command& command,
                                                     std::optional<storage::ImageView> known,
                                                     storage::ImageView after);

}  // namespace freshet::engine
