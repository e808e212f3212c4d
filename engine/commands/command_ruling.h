// Whether a command is carried out, and what it makes of its item.
//
//     the item as it is, a command  ->  rule()  ->  the item as it is to be, or why not
//
// What is asked, in this order: whether the caller may write the item as it is; whether the item is
// in the state that the client expects; what the command would make of it; whether the caller may
// write that, too; and whether it differs from what is there. So who may not write an item learns
// nothing of its state.
//
// Threads: pure.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "engine/commands/command.h"
#include "storage/image.h"
#include "storage/item.h"

namespace freshet::engine {

struct CommandRuling {
    CommandEffect effect = CommandEffect::unchanged;
    std::optional<storage::Image> after;  // of created and changed
};

// `known` is what is known of the command's item; nothing if it never was.
tl::expected<CommandRuling, CommandRefusal> rule(const Command& command,
                                                 const std::optional<storage::ItemParts>& known);

}  // namespace freshet::engine
