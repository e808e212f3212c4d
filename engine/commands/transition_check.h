// Whether a write takes only steps that are declared of an item's status, changes only what may be
// changed in it, and removes the item only where it may be removed.
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
//     [[table.removable]]
//     field  = "status"
//     in     = ["WAITING"]
//     access = ["owner"]
//
// A status is a string. A write takes a step where it changes the status; and a PATCH or an update
// does where it names it, also as it stands: of two who press the same button, the second is told,
// unless a step from that status to itself is declared. A PUT of an item as it was read leaves the
// status alone, unless such a step has `touch`: then to write the same status again makes a record.
// Who may take a step is asked of the item as it is and as it would be; its `where`, of the item as
// it would be. A new item may begin with the `initial` of the schema, or as a step without `from`
// says; with anything if there is neither. What may be edited or removed is decided by the status
// before the write, or by the `initial` of an item that has none.
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

// Whether the item, which is as `known`, may be removed, or why not.
tl::expected<void, CommandRefusal> check_removal(const Command& command, storage::ImageView known);

}  // namespace freshet::engine
